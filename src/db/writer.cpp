#include "db/writer.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "db/query.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::ExitException;
using actors::ExitReason;
using actors::fail;
using actors::Init;
using actors::ReplyTo;
using actors::Result;
using actors::Time;

namespace {

// The whole file is read, which takes its time; it happens after a failed commit only.
Result<void> check_whole(Connection& connection) {
  const auto verdict = query_value<std::string>(connection, "PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(verdict.error());
  if (*verdict == "ok") return {};
  return fail(Errc::corrupt, fmt::format("the database is damaged: {}", verdict->value_or("")));
}

}  // namespace

std::size_t Writer::Execute::bytes() const noexcept {
  return command.name.size() + command.arguments.size() + command.idempotency_key.size();
}

Writer::Writer(WriterOptions options, std::shared_ptr<WriterLink> link)
    : options_(std::move(options)), link_(std::move(link)) {}

// -- opening -------------------------------------------------------------------------------------

Init Writer::init() {
  link_->address.enter(runtime(), cell().place());
  if (const auto opened = open(); !opened) {
    return Init::stop(ExitReason::custom(opened.error().message()));
  }
  return Init::ok();
}

Result<void> Writer::open() {
  auto connection = open_connection();
  if (!connection) return std::unexpected(std::move(connection.error()));
  if (!guard_) {
    auto guard = ProcessGuard::acquire(options_.path);
    if (!guard) return std::unexpected(std::move(guard.error()));
    guard_ = std::move(*guard);
  }
  connection_ = std::move(*connection);
  link_->opened = true;
  remember_position();
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

void Writer::reopen(const Error& broken_commit) {
  trouble_ = broken_commit.message();
  link_->suspect = true;
  connection_.reset();
  if (const auto opened = open(); !opened) {
    throw ExitException(ExitReason::custom(
        fmt::format("a commit failed ({}) and the database cannot be opened again: {}", trouble_,
                    opened.error().message())));
  }
}

// Before migrations have run there is none.
void Writer::remember_position() {
  const auto position = read_position(*connection_);
  position_ = position ? std::optional(*position) : std::nullopt;
}

// -- commands ------------------------------------------------------------------------------------

void Writer::handle(Execute message, ReplyTo<CommandReply> reply) {
  waiting_bytes_ += message.bytes();
  waiting_.push_back({std::move(message.command), std::move(reply)});
  const bool is_full =
      waiting_.size() >= options_.batch.commands || waiting_bytes_ >= options_.batch.bytes;
  if (is_full) {
    run_waiting();
  } else if (!std::exchange(flush_is_under_way_, true)) {
    requeue(Flush{});
  }
}

void Writer::handle(Flush /*message*/) {
  flush_is_under_way_ = false;
  run_waiting();
}

void Writer::run_waiting() {
  const auto commands = begin_batch();
  if (commands.empty()) return;
  WriteBatch batch(*connection_, *options_.commands);
  auto results = batch.run(commands);
  ++batches_;
  last_batch_ = commands.size();
  commands_ += last_batch_;
  answer_batch(std::move(results));
  if (batch.broken_commit()) reopen(*batch.broken_commit());
}

std::vector<Command> Writer::begin_batch() {
  const Time now = runtime().now();
  std::vector<Command> commands;
  commands.reserve(waiting_.size());
  replies_.reserve(waiting_.size());
  for (auto& [command, reply] : waiting_) {
    if (reply.expired(now)) {
      ++expired_;
      reply.answer(fail(Errc::timeout, command.name + " waited too long and was not run"));
      continue;
    }
    commands.push_back(std::move(command));
    replies_.push_back(std::move(reply));
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  return commands;
}

void Writer::answer_batch(std::vector<CommandResult> results) {
  auto replies = std::exchange(replies_, {});
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i]) position_ = results[i]->position;
    replies[i].answer(std::move(results[i]));
  }
}

void Writer::terminate(const ExitReason& reason) {
  if (reason.is_clean()) return run_waiting();
  for (auto& [command, reply] : waiting_) {
    leave_to_next(Execute{std::move(command)}, std::move(reply));
  }
  waiting_.clear();
}

// -- the rest ------------------------------------------------------------------------------------

Result<MigrationRun> Writer::handle(ApplyMigrations message) {
  run_waiting();
  auto applied = message.migrations->apply_pending(*connection_, message.newer);
  remember_position();
  return applied;
}

std::string Writer::describe() const {
  auto text = fmt::format("{} at {}, {} waiting, {} batches of {} commands, the last of {}",
                          options_.path.string(), position_ ? to_string(*position_) : "no position",
                          waiting_.size(), batches_, commands_, last_batch_);
  if (expired_ > 0) text += fmt::format(", {} expired", expired_);
  if (!trouble_.empty()) text += fmt::format("; reopened after a failed commit: {}", trouble_);
  return text;
}

}  // namespace coppice::db
