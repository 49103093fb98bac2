#include "db/writer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/answers_together.hpp"
#include "actors/telemetry.hpp"
#include "db/empty_commit.hpp"
#include "db/query.hpp"
#include "db/run_mark.hpp"

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

// A log of 256 MiB, with pages of the usual size: reads become slow, and the disk may become full.
constexpr std::uint64_t kLongLog = 65536;
constexpr Duration kBetweenTellingOfLog = std::chrono::minutes(1);

std::string trouble_of_log(const Checkpoints& seen) {
  if (seen.error) {
    return "the write-ahead log can't be brought into the database, and grows: " +
           seen.error->message();
  }
  if (seen.log_pages < kLongLog) return {};
  return fmt::format(
      "the write-ahead log has {} pages, and grows: a read that does not end, or reads that leave "
      "no gap, keep it from beginning anew",
      seen.log_pages);
}

void note(WriterActivity::Counter& counter, std::uint64_t more) noexcept {
  if constexpr (actors::kTelemetry) counter.fetch_add(more, std::memory_order_relaxed);
}

// Only if somebody wants to see it: it is formatted for each commit.
void log_commit(std::size_t commands, const Result<Position>& committed,
                std::chrono::duration<double> took) {
  const double ms = took.count() * 1000;
  if (committed) {
    SPDLOG_DEBUG("committed {} commands at {} in {:.1f} ms", commands, to_string(*committed), ms);
  } else {
    SPDLOG_DEBUG("a commit of {} commands failed after {:.1f} ms: {}", commands, ms,
                 committed.error().message());
  }
}

// What is wrong is wrong with the file, and not with who may write to it.
bool is_cured_by_another_file(const Error& why) {
  switch (why.code) {
    case Errc::corrupt:
    case Errc::io_error:
    case Errc::not_found:
    case Errc::unavailable: return true;
    default: return false;
  }
}

// The whole file is read, which takes its time; it happens after a failed commit only.
Result<void> check_whole(Connection& connection) {
  const auto verdict = query_value<std::string>(connection, "PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict == "ok") return {};
  return fail(Errc::corrupt, fmt::format("the database is damaged: {}", verdict->value_or("")));
}

}  // namespace

Result<void> WriterLink::check() {
  const auto writer = address.get();
  if (!writer) return status.check();
  const auto now = writer->runtime().now().time_since_epoch();
  auto last = looked_at.load(std::memory_order_relaxed);
  const bool is_due = now - Duration(last) >= kLongestLookPause;
  if (is_due && looked_at.compare_exchange_strong(last, now.count(), std::memory_order_relaxed)) {
    writer->cast(Writer::Look{}).ignore();
  }
  return status.check();
}

Writer::Writer(WriterOptions options, std::shared_ptr<WriterLink> link)
    : options_(std::move(options)),
      space_(options_.path, options_.free_space_reserve, options_.measure_free_space),
      link_(std::move(link)),
      waiting_(options_.queue) {}

// -- opening -------------------------------------------------------------------------------------

Init Writer::init() {
  link_->address.enter(runtime(), cell().place());
  generation_ = options_.replication->generation();
  takes_over_ = options_.replication->is_replicated() && options_.replication->is_primary();
  note_look();
  const auto opened = open();
  look_later();
  if (opened) return Init::ok();
  const bool may_come = link_->opened || options_.replication->is_replicated();
  if (!may_come) return Init::stop(ExitReason::custom(opened.error().message()));
  refuse(opened.error());
  return Init::ok();
}

Result<void> Writer::open() {
  auto connection = open_for_writing();
  std::optional<Error> read_only;
  if (!connection && connection.error() == Errc::read_only) {
    // Its readers share the log's index with it, which they had to open for reading as well.
    read_only = connection.error();
    if (options_.replication->is_primary()) {
      read_only->context += fmt::format("; restart {} once it may be written", cell().path());
    }
    connection = Connection::open({.path = options_.path, .read_only = true});
  }
  if (!connection) return std::unexpected(std::move(connection.error()));
  if (auto guarded = guard_process(); !guarded) return guarded;
  if (auto noted = note_file(); !noted) return noted;
  connection_ = std::move(*connection);
  link_->opened = true;
  last_write_failed_ = false;
  remember_position();
  read_only ? refuse(*read_only) : look();
  return {};
}

// It would keep a file of the mount open, which could then never be unmounted; and the locks of a
// replicated database are replication's.
Result<void> Writer::guard_process() {
  if (options_.replication->is_replicated() || guard_) return {};
  auto guard = ProcessGuard::acquire(options_.path);
  if (!guard) return std::unexpected(std::move(guard.error()));
  guard_ = std::move(*guard);
  return {};
}

// What a mount of LiteFS shows is LiteFS's affair.
Result<void> Writer::note_file() {
  if (options_.replication->is_replicated() || link_->file) return {};
  auto file = ServedFile::note(options_.path);
  if (!file) return std::unexpected(std::move(file.error()));
  link_->file.emplace(std::move(*file));
  return {};
}

Result<Connection> Writer::open_for_writing() {
  if (!options_.replication->is_primary()) {
    return std::unexpected(not_primary(options_.replication->standing()));
  }
  auto connection = Connection::open({.path = options_.path,
                                      .create = !link_->opened,
                                      .replicated = options_.replication->is_replicated(),
                                      .synchronous = options_.synchronous,
                                      .busy_timeout = options_.busy_timeout});
  if (!connection) return connection;
  auto usable = link_->suspect ? regain_trust(*connection) : Result<void>();
  if (usable) usable = begin_reign(*connection);
  if (usable && link_->unrecorded) usable = see_one_recorded(*connection);
  if (!usable) {
    return fail(usable.error().code,
                fmt::format("{}: {}", options_.path.string(), usable.error().context));
  }
  link_->suspect = false;
  return connection;
}

Result<void> Writer::regain_trust(Connection& connection) {
  if (auto written = commit_nothing(connection); !written) return written;
  return check_whole(connection);
}

// The guard stays: nobody else is to write meanwhile.
void Writer::reopen() {
  connection_.reset();
  if (const auto opened = open(); !opened) refuse(opened.error());
}

// Before migrations have run there is none.
void Writer::remember_position() {
  const auto position = read_position(*connection_);
  position_ = position ? std::optional(*position) : std::nullopt;
  link_->activity.note_position(position_.value_or(Position{}));
}

// -- whether it may write ------------------------------------------------------------------------

Result<void> Writer::check_may_write() {
  if (!connection_ || connection_->read_only()) return link_->status.check();
  if (link_->unrecorded) return std::unexpected(*link_->unrecorded);
  if (auto may = check_file_and_space(); !may) return may;
  return begin_run();
}

Result<void> Writer::check_file_and_space() {
  if (link_->file) {
    if (auto there = link_->file->check(); !there) return there;
  }
  return space_.check();
}

// Before the first write only: who but reads gives out no new position. On LiteFS each reign begins
// an epoch of its own.
Result<void> Writer::begin_run() {
  if (link_->has_begun || options_.replication->is_replicated()) return {};
  const auto begun = db::begin_run(*connection_, options_.synchronous);
  if (!begun) {
    last_write_failed_ = true;
    const bool is_suspect = connection_->has_lost_commit() || begun.error() == Errc::corrupt;
    if (is_suspect) distrust(begun.error());
    return std::unexpected(begun.error());
  }
  link_->has_begun = true;
  if (!*begun) return {};
  remember_position();
  SPDLOG_INFO(
      "{} goes on at {}, in a new epoch: the run before has not ended cleanly, and may have "
      "lost its last commits",
      options_.path.string(), position_ ? to_string(*position_) : "no position");
  return {};
}

void Writer::end_run() {
  if (!connection_ || !std::exchange(link_->has_begun, false)) return;
  if (const auto ended = db::end_run(*connection_, options_.synchronous); !ended) {
    SPDLOG_WARN("{} is not marked as ended cleanly: {}", options_.path.string(),
                ended.error().message());
  }
}

void Writer::accept() {
  if (link_->status.accept()) SPDLOG_INFO("{} takes writes again", options_.path.string());
}

void Writer::refuse(const Error& why) {
  if (!link_->status.refuse(why)) return;
  const bool is_wrong = options_.replication->is_primary();
  SPDLOG_LOGGER_CALL(spdlog::default_logger_raw(),
                     is_wrong ? spdlog::level::err : spdlog::level::info, "{} takes no writes: {}",
                     options_.path.string(), why.message());
  look_pause_ = kFirstLook;
  look_is_due_ = true;
  set_timer("look", look_pause_, Look{});
}

void Writer::handle(Look /*message*/) {
  look_is_due_ = false;
  note_look();
  look_pause_ = std::min(2 * look_pause_, kLongestLookPause);
  follow_role();
  connection_ ? look() : reopen();
  look_later();
}

bool Writer::is_well() const {
  return connection_ && !connection_->read_only() && !link_->unrecorded && !last_write_failed_ &&
         !options_.replication->is_replicated() && link_->status.check();
}

// What is well shows when it is written to, or asked for; an idle process is not woken for it.
void Writer::look_later() {
  if (is_well() || std::exchange(look_is_due_, true)) return;
  set_timer("look", look_pause_, Look{});
}

void Writer::note_look() {
  const auto now = runtime().now().time_since_epoch().count();
  link_->looked_at.store(now, std::memory_order_relaxed);
}

void Writer::look() {
  if (connection_->read_only() || link_->unrecorded) return;
  if (const auto may = check_file_and_space(); !may) return refuse(may.error());
  if (last_write_failed_) {
    if (const auto written = commit_nothing(*connection_); !written) return;
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
  const auto waited = waiting_.size();
  waiting_.push({.command = std::move(message.command),
                 .reply = std::move(reply),
                 .client = message.client,
                 .deadline = message.deadline,
                 .came = now()});
  if (waiting_.size() == waited) note(link_->activity.overloaded, 1);
  link_->activity.waiting.store(waiting_.size(), std::memory_order_relaxed);
  flush_soon();
}

// Behind the mail that waits, which then shares the batch.
void Writer::flush_soon() {
  if (!waiting_.empty() && !std::exchange(flush_is_under_way_, true)) requeue(Flush{});
}

void Writer::handle(Flush /*message*/) {
  flush_is_under_way_ = false;
  follow_role();
  if (takes_over_) return;  // until the migrations have run
  run_waiting();
  flush_soon();
}

void Writer::run_waiting() {
  if (waiting_.empty()) return;
  if (const auto may = check_may_write(); !may) {
    refuse(may.error());
    return answer_all_waiting(may.error());
  }
  if (const auto failure = run_noted_batch()) learn_from(*failure);
  look_later();
}

// Others see how long it takes while it does.
std::optional<Writer::DatabaseFailure> Writer::run_noted_batch() {
  // Also when it ends by a crash.
  struct Note {
    Writer& writer;
    ~Note() {
      auto& activity = writer.link_->activity;
      activity.batch_began.store(0, std::memory_order_relaxed);
      activity.waiting.store(writer.waiting_.size(), std::memory_order_relaxed);
    }
  };
  const auto now = runtime().now().time_since_epoch().count();
  link_->activity.batch_began.store(now, std::memory_order_relaxed);
  const Note note_end{*this};
  return run_batch();
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
  link_->activity.batch_commands.add(static_cast<double>(last_batch_));
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
    note(link_->activity.expired, 1);
    next->reply.answer(
        fail(Errc::timeout, next->command->name + " waited too long and was not run"));
  }
}

std::optional<Writer::DatabaseFailure> Writer::commit(WriteBatch& batch) {
  std::optional<DatabaseFailure> failure;
  if (batch.database_failed()) failure = DatabaseFailure{batch.results().back().error()};
  const auto committed = commit_timed(batch);
  if (!committed) {
    const bool was_refused =
        options_.replication->is_replicated() && committed.error() == Errc::read_only;
    failure = DatabaseFailure{committed.error(), batch.commit_failed() && !was_refused};
  }
  answer_begun(std::move(batch).take_results(), committed);
  if (failure) return failure;
  last_write_failed_ = false;
  accept();
  return std::nullopt;
}

Result<Position> Writer::commit_timed(WriteBatch& batch) {
  const Time began = runtime().now();
  auto committed = commit_recorded(batch);
  const std::chrono::duration<double> took = runtime().now() - began;
  link_->activity.commit_seconds.add(took.count());
  note_checkpoints();
  if (spdlog::should_log(spdlog::level::debug)) log_commit(begun_.size(), committed, took);
  return committed;
}

// Each belongs to a commit, whose callers it does not concern.
void Writer::note_checkpoints() {
  const auto seen = connection_->take_checkpoints();
  auto& activity = link_->activity;
  note(activity.checkpoints_complete, seen.complete);
  note(activity.checkpoints_partial, seen.partial);
  note(activity.checkpoints_failed, seen.failed);
  activity.log_pages.store(seen.log_pages, std::memory_order_relaxed);
  log_trouble_ = trouble_of_log(seen);
  if (!log_trouble_.empty()) tell_of_log();
}

// It is found with each commit.
void Writer::tell_of_log() {
  const bool is_told = told_of_log_ && now() - *told_of_log_ < kBetweenTellingOfLog;
  if (is_told) return;
  told_of_log_ = now();
  SPDLOG_ERROR("{}: {}", options_.path.string(), log_trouble_);
}

// The one that took the others along has its error. The others have lost nothing but time, unless
// it is the database that failed, which they would meet as well.
std::optional<Writer::DatabaseFailure> Writer::give_up(WriteBatch& batch) {
  if (batch.database_failed()) {
    const Error error = unless_refused(batch.results().back().error());
    answer_begun(std::move(batch).take_results(), std::unexpected(error));
    return DatabaseFailure{error};
  }
  const Error error = batch.results().back().error();
  note(link_->activity.failed, 1);
  begun_.back().reply.answer(std::unexpected(error));
  begun_.pop_back();
  waiting_.put_back(std::exchange(begun_, {}));
  return std::nullopt;
}

void Writer::answer_begun(std::vector<CommandResult> results, const Result<Position>& committed) {
  // Whoever is answered may bring new work at once: this batch is over before that.
  auto begun = std::exchange(begun_, {});
  begun_.reserve(begun.size());
  if (committed) {
    position_ = *committed;
    link_->activity.note_position(*committed);
  }
  const actors::AnswersTogether together;
  for (std::size_t i = 0; i < results.size(); ++i) {
    settle(results[i], committed);
    note(results[i] ? link_->activity.committed : link_->activity.failed, 1);
    begun[i].reply.answer(std::move(results[i]));
  }
}

void Writer::answer_all_waiting(const Error& error) {
  const bool is_full = error == Errc::disk_full;
  note(is_full ? link_->activity.disk_full : link_->activity.refused, waiting_.size());
  link_->activity.waiting.store(0, std::memory_order_relaxed);
  const actors::AnswersTogether together;
  while (auto waiting = waiting_.pop()) waiting->reply.answer(std::unexpected(error));
}

void Writer::terminate(const ExitReason& reason) {
  if (reason.is_clean()) {
    if (takes_over_)
      return answer_all_waiting(
          {Errc::shutting_down, "the migrations of a new primary have not run"});
    while (!waiting_.empty()) run_waiting();
    return end_run();
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
  follow_role();
  while (!takes_over_ && !waiting_.empty()) run_waiting();
  if (!connection_) return std::unexpected(link_->status.check().error());
  if (const auto may = check_may_migrate(*message.migrations); !may) {
    return std::unexpected(may.error());
  }
  takes_over_ = false;
  flush_soon();
  auto applied = message.migrations->apply_pending(*connection_, message.newer);
  if (!applied && connection_->has_lost_commit()) {
    distrust(applied.error());
    return applied;
  }
  note_checkpoints();
  remember_position();
  if (!applied || applied->ran.empty()) return applied;
  if (auto recorded = see_one_recorded(*connection_); !recorded) {
    return std::unexpected(recorded.error());
  }
  return applied;
}

Result<Restored> Writer::restore(const Restore& message) {
  if (!connection_) {
    const auto status = link_->status.check();
    if (!status && !is_cured_by_another_file(status.error())) {
      return std::unexpected(status.error());
    }
    return replace_file(message);
  }
  if (link_->file && !link_->file->check()) return replace_file(message);
  auto restored = restore_running(*message.prepared, options_.path, message.at, message.report);
  // The backup is sound: it is the database that isn't, and nobody had noticed.
  if (!restored && restored.error() == Errc::corrupt) return replace_file(message);
  return restored;
}

// Readers may have the old one open; SQLite tells files with one name apart.
Result<Restored> Writer::replace_file(const Restore& message) {
  if (!link_->file) return fail(Errc::unavailable, "the database has never been open");
  if (link_->activity.position().epoch >= message.prepared->position.epoch) {
    return fail(Errc::conflict, "the database has come to an epoch meanwhile; try again");
  }
  const auto log = link_->file->check() ? LogOwner::the_file : LogOwner::former_file;
  connection_.reset();
  link_->file->bar();
  auto restored = restore_replacing(*message.prepared, options_.path, message.at, log);
  if (restored) guard_.reset();  // which is the former file's
  const auto renewed = restored ? link_->file->renew() : Result<void>();
  if (!restored || !renewed) link_->file->unbar();
  if (restored && options_.has_exchanged_file) options_.has_exchanged_file();
  if (restored) link_->suspect = false;  // it has been checked
  reopen();
  if (restored && !connection_) return std::unexpected(link_->status.check().error());
  return restored;
}

// What can't be marked is marked before the next write.
void Writer::go_on_with_restored() {
  const auto renewed = renew_run(*connection_, options_.synchronous);
  link_->has_begun = renewed.has_value();
  if (!renewed && connection_->has_lost_commit()) return distrust(renewed.error());
  remember_position();
  look();
}

Result<Restored> Writer::handle(const Restore& message) {
  while (!waiting_.empty()) run_waiting();
  auto restored = restore(message);
  if (!restored) return restored;
  link_->suspect = false;
  go_on_with_restored();
  SPDLOG_INFO("restored {} to {}, now at {}; what was there before is kept as {}",
              options_.path.string(), to_string(restored->manifest.created_at),
              to_string(restored->position), restored->kept.string());
  return restored;
}

std::string Writer::describe() const {
  auto text = fmt::format("{} at {}, {} waiting, {} batches of {} commands, the last of {}",
                          options_.path.string(), position_ ? to_string(*position_) : "no position",
                          waiting_.size(), batches_, commands_, last_batch_);
  if (const auto oldest = waiting_.oldest()) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now() - *oldest);
    text += fmt::format(", the oldest waits for {} ms", waited.count());
  }
  if (expired_ > 0) text += fmt::format(", {} expired", expired_);
  if (!log_trouble_.empty()) text += "; " + log_trouble_;
  if (!trouble_.empty()) text += fmt::format("; opened anew after: {}", trouble_);
  if (const auto status = link_->status.check(); !status) {
    text += "; takes no writes: " + status.error().message();
  }
  return text;
}

}  // namespace coppice::db
