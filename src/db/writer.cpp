#include "db/writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/answers_together.hpp"
#include "db/query.hpp"

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::Error;
using actors::ExitReason;
using actors::fail;
using actors::Init;
using actors::ReplyTo;
using actors::Result;
using actors::Time;

namespace {

constexpr Duration kFirstLook = std::chrono::seconds(1);
constexpr Duration kLongestLookPause = std::chrono::seconds(10);

// Commands that fail tend to come in company, and each costs its batch a second run.
constexpr unsigned kCarefulAfterFailure = 32;

// The whole file is read, which takes its time; it happens after a failed commit only.
Result<void> check_whole(Connection& connection) {
  const auto verdict = query_value<std::string>(connection, "PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict == "ok") return {};
  return fail(Errc::corrupt, fmt::format("the database is damaged: {}", verdict->value_or("")));
}

// A commit that changes nothing. Its frame in the log takes the place of the first one that a
// failed commit may have left, and the rest of those no longer follows from it.
Result<void> write_something(Connection& connection) {
  const auto version = query_value<std::int64_t>(connection, "PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  return connection.execute(fmt::format("PRAGMA user_version = {}", **version));
}

}  // namespace

Writer::Writer(WriterOptions options, std::shared_ptr<WriterLink> link)
    : options_(std::move(options)),
      space_(options_.path, options_.free_space_reserve, options_.measure_free_space),
      link_(std::move(link)),
      waiting_(options_.queue) {}

// -- opening -------------------------------------------------------------------------------------

Init Writer::init() {
  link_->address.enter(runtime(), cell().place());
  set_timer("look", look_pause_, Look{});
  const auto opened = open();
  if (opened) return Init::ok();
  if (!link_->opened) return Init::stop(ExitReason::custom(opened.error().message()));
  refuse(opened.error());
  return Init::ok();
}

Result<void> Writer::open() {
  auto connection = open_for_writing();
  std::optional<Error> read_only;
  if (!connection && connection.error() == Errc::read_only) {
    // Its readers share the log's index with it, which they had to open for reading as well.
    read_only = Error(Errc::read_only, fmt::format("{}; restart {} once it may be written",
                                                   connection.error().context, cell().path()));
    connection = Connection::open({.path = options_.path, .read_only = true});
  }
  if (!connection) return std::unexpected(std::move(connection.error()));
  auto guard = ProcessGuard::acquire(options_.path);
  if (!guard) return std::unexpected(std::move(guard.error()));
  guard_ = std::move(*guard);
  connection_ = std::move(*connection);
  link_->opened = true;
  last_write_failed_ = false;
  remember_position();
  read_only ? refuse(*read_only) : look();
  return {};
}

Result<Connection> Writer::open_for_writing() {
  auto connection = Connection::open({.path = options_.path,
                                      .create = !link_->opened,
                                      .synchronous = options_.synchronous,
                                      .busy_timeout = options_.busy_timeout});
  if (!connection || !link_->suspect) return connection;
  if (const auto sound = regain_trust(*connection); !sound) {
    return fail(sound.error().code,
                fmt::format("{}: {}", options_.path.string(), sound.error().context));
  }
  link_->suspect = false;
  return connection;
}

Result<void> Writer::regain_trust(Connection& connection) {
  if (auto written = write_something(connection); !written) return written;
  return check_whole(connection);
}

void Writer::reopen() {
  connection_.reset();
  guard_.reset();
  if (const auto opened = open(); !opened) refuse(opened.error());
}

// Before migrations have run there is none.
void Writer::remember_position() {
  const auto position = read_position(*connection_);
  position_ = position ? std::optional(*position) : std::nullopt;
}

// -- whether it may write ------------------------------------------------------------------------

Result<void> Writer::check_may_write() {
  if (!connection_ || connection_->read_only()) return link_->status.check();
  return space_.check();
}

void Writer::accept() {
  if (link_->status.accept()) spdlog::info("{} takes writes again", options_.path.string());
}

void Writer::refuse(const Error& why) {
  if (!link_->status.refuse(why)) return;
  spdlog::error("{} takes no writes: {}", options_.path.string(), why.message());
  look_pause_ = kFirstLook;
  set_timer("look", look_pause_, Look{});
}

void Writer::handle(Look /*message*/) {
  connection_ ? look() : reopen();
  look_pause_ = std::min(2 * look_pause_, kLongestLookPause);
  set_timer("look", look_pause_, Look{});
}

void Writer::look() {
  if (connection_->read_only()) return;
  if (const auto enough = space_.check(); !enough) return refuse(enough.error());
  if (last_write_failed_) {
    if (const auto written = write_something(*connection_); !written) return;
    last_write_failed_ = false;
  }
  accept();
}

// Nothing may be written over a database that is not known to be what it was believed to be.
void Writer::distrust(const Error& why) {
  trouble_ = why.message();
  link_->suspect = true;
  refuse(why);
  reopen();
}

void Writer::learn_from(const DatabaseFailure& failure) {
  last_write_failed_ = true;
  if (failure.of_commit) return distrust(failure.error);
  switch (failure.error.code) {
    case Errc::corrupt: return distrust(failure.error);
    case Errc::read_only: return reopen();
    case Errc::busy: return;
    default: return refuse(failure.error);
  }
}

// -- commands ------------------------------------------------------------------------------------

void Writer::handle(Execute message, ReplyTo<CommandReply> reply) {
  waiting_.push({std::move(message.command), std::move(reply), message.client, message.deadline});
  flush_soon();
}

// Behind the mail that waits, which then shares the batch.
void Writer::flush_soon() {
  if (!waiting_.empty() && !std::exchange(flush_is_under_way_, true)) requeue(Flush{});
}

void Writer::handle(Flush /*message*/) {
  flush_is_under_way_ = false;
  run_waiting();
  flush_soon();
}

void Writer::run_waiting() {
  if (waiting_.empty()) return;
  if (const auto may = check_may_write(); !may) {
    refuse(may.error());
    return answer_all_waiting(may.error());
  }
  if (const auto failure = run_batch()) learn_from(*failure);
}

// The transaction ends with the batch, so that what its failure asks for may close the connection.
std::optional<Writer::DatabaseFailure> Writer::run_batch() {
  const bool careful = careful_batches_ > 0;
  if (careful) --careful_batches_;
  auto batch = WriteBatch::begin(*connection_, *options_.commands, runtime().clock(),
                                 careful ? Isolation::savepoints : Isolation::optimistic);
  if (!batch) {
    answer_all_waiting(batch.error());
    if (!connection_->has_failed()) return std::nullopt;
    return DatabaseFailure{batch.error()};
  }
  fill(*batch);
  if (begun_.empty()) return std::nullopt;
  ++batches_;
  last_batch_ = begun_.size();
  commands_ += last_batch_;
  if (batch->has_started_over()) careful_batches_ = kCarefulAfterFailure;
  return batch->is_lost() ? give_up(*batch) : commit(*batch);
}

void Writer::fill(WriteBatch& batch) {
  Time now = runtime().clock().now();
  const Time end = now + options_.batch.time;
  std::size_t bytes = 0;
  const auto has_room = [&] {
    return begun_.size() < options_.batch.commands && bytes < options_.batch.bytes && now < end;
  };
  while (begun_.empty() || has_room()) {
    auto next = next_in_time(now);
    if (!next) return;
    bytes += next->bytes();
    const WaitingCommand& at_work = begun_.emplace_back(std::move(*next));
    batch.run(*at_work.command, at_work.deadline);
    if (batch.is_lost() || batch.database_failed()) return put_back_after(batch.results().size());
    now = runtime().clock().now();
  }
}

// A batch that starts over may fail before it comes to its last command again.
void Writer::put_back_after(std::size_t ran) {
  const auto end = begun_.begin() + static_cast<std::ptrdiff_t>(ran);
  waiting_.put_back({std::make_move_iterator(end), std::make_move_iterator(begun_.end())});
  begun_.erase(end, begun_.end());
}

std::optional<WaitingCommand> Writer::next_in_time(Time now) {
  for (;;) {
    auto next = waiting_.pop();
    if (!next || now <= next->deadline) return next;
    ++expired_;
    next->reply.answer(
        fail(Errc::timeout, next->command->name + " waited too long and was not run"));
  }
}

std::optional<Writer::DatabaseFailure> Writer::commit(WriteBatch& batch) {
  std::optional<DatabaseFailure> failure;
  if (batch.database_failed()) failure = DatabaseFailure{batch.results().back().error()};
  const auto committed = batch.commit();
  if (!committed) failure = DatabaseFailure{committed.error(), batch.commit_failed()};
  answer_begun(std::move(batch).take_results(), committed);
  if (failure) return failure;
  last_write_failed_ = false;
  accept();
  return std::nullopt;
}

// The one that took the others along has its error. The others have lost nothing but time, unless
// it is the database that failed, which they would meet as well.
std::optional<Writer::DatabaseFailure> Writer::give_up(WriteBatch& batch) {
  const Error error = batch.results().back().error();
  if (batch.database_failed()) {
    answer_begun(std::move(batch).take_results(), std::unexpected(error));
    return DatabaseFailure{error};
  }
  begun_.back().reply.answer(std::unexpected(error));
  begun_.pop_back();
  waiting_.put_back(std::exchange(begun_, {}));
  return std::nullopt;
}

void Writer::answer_begun(std::vector<CommandResult> results, const Result<Position>& committed) {
  // Whoever is answered may bring new work at once: this batch is over before that.
  auto begun = std::exchange(begun_, {});
  begun_.reserve(begun.size());
  if (committed) position_ = *committed;
  const actors::AnswersTogether together;
  for (std::size_t i = 0; i < results.size(); ++i) {
    settle(results[i], committed);
    begun[i].reply.answer(std::move(results[i]));
  }
}

void Writer::answer_all_waiting(const Error& error) {
  const actors::AnswersTogether together;
  while (auto waiting = waiting_.pop()) waiting->reply.answer(std::unexpected(error));
}

void Writer::terminate(const ExitReason& reason) {
  if (reason.is_clean()) {
    while (!waiting_.empty()) run_waiting();
    return;
  }
  while (auto waiting = waiting_.pop()) {
    Execute message{std::move(waiting->command), waiting->client, waiting->deadline};
    leave_to_next(std::move(message), std::move(waiting->reply));
  }
}

// -- migrations ----------------------------------------------------------------------------------

// A database that is up to date is served from a full disk as well.
Result<void> Writer::check_may_migrate(const Migrations& migrations) {
  const auto status = migrations.status(*connection_);
  if (status && status->versions(MigrationState::pending).empty()) return {};
  return check_may_write();
}

Result<MigrationRun> Writer::handle(ApplyMigrations message) {
  while (!waiting_.empty()) run_waiting();
  if (!connection_) return std::unexpected(link_->status.check().error());
  if (const auto may = check_may_migrate(*message.migrations); !may) {
    return std::unexpected(may.error());
  }
  auto applied = message.migrations->apply_pending(*connection_, message.newer);
  if (!applied && connection_->has_lost_commit()) {
    distrust(applied.error());
  } else {
    remember_position();
  }
  return applied;
}

Result<Restored> Writer::handle(const Restore& message) {
  while (!waiting_.empty()) run_waiting();
  if (!connection_) return std::unexpected(link_->status.check().error());
  auto restored = restore_running(*message.prepared, options_.path, message.at);
  if (!restored) return restored;
  link_->suspect = false;
  remember_position();
  look();
  spdlog::info("restored {} to {}, now at {}; what was there before is kept as {}",
               options_.path.string(), to_string(restored->manifest.created_at),
               to_string(restored->position), restored->kept.string());
  return restored;
}

std::string Writer::describe() const {
  auto text = fmt::format("{} at {}, {} waiting, {} batches of {} commands, the last of {}",
                          options_.path.string(), position_ ? to_string(*position_) : "no position",
                          waiting_.size(), batches_, commands_, last_batch_);
  if (expired_ > 0) text += fmt::format(", {} expired", expired_);
  if (!trouble_.empty()) text += fmt::format("; opened anew after: {}", trouble_);
  if (const auto status = link_->status.check(); !status) {
    text += "; takes no writes: " + status.error().message();
  }
  return text;
}

}  // namespace coppice::db
