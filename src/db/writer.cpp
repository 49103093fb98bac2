#include "db/writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

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
constexpr Duration kLongestPause = std::chrono::seconds(10);

// The whole file is read, which takes its time; it happens after a failed commit only.
Result<void> check_whole(Connection& connection) {
  const auto verdict = query_value<std::string>(connection, "PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict == "ok") return {};
  return fail(Errc::corrupt, fmt::format("the database is damaged: {}", verdict->value_or("")));
}

// The first error that is the database's own and not a command's.
Result<void> verdict_on(const std::vector<CommandResult>& results) {
  for (const auto& result : results) {
    if (!result && is_of_the_database(result.error())) return std::unexpected(result.error());
  }
  return {};
}

}  // namespace

Writer::Writer(WriterOptions options, std::shared_ptr<WriterLink> link)
    : options_(std::move(options)),
      space_(options_.path, options_.free_space_reserve, options_.measure_free_space),
      link_(std::move(link)),
      waiting_(options_.batch, options_.queue) {}

// -- opening -------------------------------------------------------------------------------------

Init Writer::init() {
  link_->address.enter(runtime(), cell().place());
  if (const auto opened = open(); !opened) {
    return Init::stop(ExitReason::custom(opened.error().message()));
  }
  set_timer("look", look_pause_, Look{});
  return Init::ok();
}

Result<void> Writer::open() {
  auto connection = open_connection();
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
  remember_position();
  read_only ? refuse(*read_only) : look_at_space();
  return {};
}

Result<Connection> Writer::open_connection() {
  auto connection = Connection::open(
      {.path = options_.path, .create = !link_->opened, .synchronous = options_.synchronous});
  if (!connection || !link_->suspect) return connection;
  if (const auto sound = check_whole(*connection); !sound) {
    return fail(sound.error().code,
                fmt::format("{}: {}", options_.path.string(), sound.error().context));
  }
  link_->suspect = false;
  return connection;
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
  look();
  look_pause_ = std::min(2 * look_pause_, kLongestPause);
  set_timer("look", look_pause_, Look{});
}

void Writer::look() {
  if (!connection_) return reopen();
  if (!connection_->read_only()) look_at_space();
}

void Writer::look_at_space() {
  const auto enough = space_.check();
  enough ? accept() : refuse(enough.error());
}

// An error of the database itself, which the next command would meet as well.
void Writer::learn_from(const Error& database_error) {
  switch (database_error.code) {
    case Errc::corrupt: link_->suspect = true; [[fallthrough]];
    case Errc::read_only: break;
    case Errc::disk_full:
    case Errc::io_error: return refuse(database_error);
    default: return;
  }
  trouble_ = database_error.message();
  reopen();
}

// -- commands ------------------------------------------------------------------------------------

void Writer::handle(Execute message, ReplyTo<CommandReply> reply) {
  waiting_.push({std::move(message.command), std::move(reply), message.client});
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
    for (auto& waiting : waiting_.take_all()) waiting.reply.answer(std::unexpected(may.error()));
    return;
  }
  auto batch = without_expired(waiting_.take());
  if (!batch.empty()) run_batch(std::move(batch));
}

std::vector<WaitingCommand> Writer::without_expired(std::vector<WaitingCommand> batch) {
  const Time now = runtime().now();
  std::erase_if(batch, [&](WaitingCommand& waiting) {
    if (!waiting.reply.expired(now)) return false;
    ++expired_;
    waiting.reply.answer(
        fail(Errc::timeout, waiting.command.name + " waited too long and was not run"));
    return true;
  });
  return batch;
}

void Writer::run_batch(std::vector<WaitingCommand> waiting) {
  std::vector<Command> commands;
  commands.reserve(waiting.size());
  replies_.reserve(waiting.size());
  for (auto& [command, reply, client] : waiting) {
    commands.push_back(std::move(command));
    replies_.push_back(std::move(reply));
  }
  WriteBatch batch(*connection_, *options_.commands);
  const TimeLimit limit{runtime().clock(), runtime().clock().now() + options_.batch.time};
  auto results = batch.run(commands, limit);
  const auto begun = static_cast<std::ptrdiff_t>(results.size());
  for (std::size_t i = results.size(); i < waiting.size(); ++i) {
    waiting[i].command = std::move(commands[i]);
    waiting[i].reply = std::move(replies_[i]);
  }
  waiting.erase(waiting.begin(), waiting.begin() + begun);
  waiting_.put_back(std::move(waiting));
  ++batches_;
  last_batch_ = results.size();
  commands_ += last_batch_;
  const auto verdict = verdict_on(results);
  answer(std::move(results));
  if (batch.broken_commit()) {
    link_->suspect = true;
    trouble_ = batch.broken_commit()->message();
    reopen();
  } else if (!verdict) {
    learn_from(verdict.error());
  } else {
    accept();
  }
}

void Writer::answer(std::vector<CommandResult> results) {
  auto replies = std::exchange(replies_, {});
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) position_ = std::max(position_.value_or(Position{}), results[i]->position);
    replies[i].answer(std::move(results[i]));
  }
}

void Writer::terminate(const ExitReason& reason) {
  if (reason.is_clean()) {
    while (!waiting_.empty()) run_waiting();
    return;
  }
  for (auto& [command, reply, client] : waiting_.take_all()) {
    leave_to_next(Execute{std::move(command), client}, std::move(reply));
  }
}

// -- the rest ------------------------------------------------------------------------------------

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
  remember_position();
  return applied;
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
