#include "db/database.hpp"

#include <fmt/format.h>

#include "actors/task_group.hpp"
#include "db/migrator.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Task;
using supervisor::ChildSpec;

namespace {

constexpr std::size_t kMostReaders = 64;

// Back-off paces the restarts of each child, so the supervisor is left to give up only when that
// does not hold: a disk that is broken for an hour costs writes, not the process.
constexpr supervisor::Intensity kIntensity{.intensity = 50, .period = std::chrono::seconds(10)};
constexpr supervisor::Backoff kWriterBackoff{.min = std::chrono::milliseconds(10)};

Result<void> check_options(const DatabaseOptions& options) {
  if (options.path.empty()) return fail(Errc::invalid_argument, "path: there is none");
  if (options.pool_size == 0 || options.pool_size > kMostReaders) {
    return fail(Errc::invalid_argument, fmt::format("pool_size: {} is not between 1 and {}",
                                                    options.pool_size, kMostReaders));
  }
  if (!options.commands) return fail(Errc::invalid_argument, "commands: there are none");
  if (!options.migrations) return fail(Errc::invalid_argument, "migrations: there are none");
  return {};
}

using Results = std::vector<CommandResult>;

Task<void> execute_one(Database database, Command command, Duration timeout,
                       std::shared_ptr<Results> results, std::size_t index) {
  (*results)[index] = co_await database.execute(std::move(command), timeout);
}

Task<Result<Results>> execute_each(Database database, std::vector<Command> commands,
                                   Duration timeout) {
  co_return co_await database.execute_all(std::move(commands), timeout);
}

// A timeout alone would leave open whether the disk is to blame.
actors::Error with_cause(actors::Error error, const actors::Place& writer) {
  if (error != Errc::timeout || !error.context.empty()) return error;
  const auto seen = writer.snapshot();
  if (seen.pid || !seen.last_crash) return error;
  error.context = "the writer is down: " + seen.last_crash->reason.to_string();
  return error;
}

ChildSpec writer_spec(const DatabaseOptions& options, std::shared_ptr<WriterLink> link) {
  auto writer = supervisor::worker<Writer>("writer",
                                           WriterOptions{.path = options.path,
                                                         .synchronous = options.synchronous,
                                                         .batch = options.batch,
                                                         .commands = options.commands},
                                           std::move(link));
  writer.backoff = kWriterBackoff;
  writer.options.placement = actors::Placement::own_thread();
  writer.options.mailbox.keep_unstarted = true;
  return writer;
}

ChildSpec migrator_spec(const DatabaseOptions& options, std::shared_ptr<WriterLink> link) {
  auto migrator = supervisor::worker<Migrator>("migrator", std::move(link), options.migrations,
                                               options.readiness);
  migrator.restart = supervisor::Restart::transient;
  migrator.backoff = supervisor::Backoff{};
  return migrator;
}

}  // namespace

Result<Database> Database::create(DatabaseOptions options) {
  if (auto valid = check_options(options); !valid) return std::unexpected(valid.error());
  if (!options.readiness) options.readiness = std::make_shared<Readiness>();
  return Database(std::move(options));
}

Result<void> Database::wait_until_ready(actors::Runtime& runtime, Duration timeout) const {
  const auto decided = [this] { return readiness().state() != Readiness::State::starting; };
  if (runtime.wait(decided, actors::deadline_after(runtime.now(), timeout))) {
    return readiness().check();
  }
  return fail(Errc::timeout, readiness().report().reason);
}

Task<CommandResult> Database::execute(Command command, Duration timeout) const {
  return execute_if_ready(*this, std::move(command), timeout);
}

Task<CommandResult> Database::execute_if_ready(Database self, Command command, Duration timeout) {
  if (auto ready = self.readiness().check(); !ready) {
    co_return std::unexpected(std::move(ready.error()));
  }
  const auto writer = self.shared_->writer->address.get();
  if (!writer) co_return std::unexpected(writer.error());
  Writer::Execute message{std::move(command)};
  auto reply = co_await writer->call_when_up(std::move(message), timeout);
  if (!reply) reply = std::unexpected(with_cause(std::move(reply.error()), *writer->place()));
  co_return reply;
}

Task<Results> Database::execute_all(std::vector<Command> commands, Duration timeout) const {
  return execute_side_by_side(*this, std::move(commands), timeout);
}

Task<Results> Database::execute_side_by_side(Database self, std::vector<Command> commands,
                                             Duration timeout) {
  auto results = std::make_shared<Results>(commands.size());
  actors::TaskGroup group;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    group.add(execute_one(self, std::move(commands[i]), timeout, results, i));
  }
  co_await group.join();
  co_return std::move(*results);
}

Results Database::execute_all_blocking(actors::Runtime& runtime, std::vector<Command> commands,
                                       Duration timeout) const {
  const auto count = commands.size();
  auto results = run_task_blocking<Results>(
      runtime, execute_each(*this, std::move(commands), timeout), timeout);
  if (results) return std::move(*results);
  return Results(count, std::unexpected(results.error()));
}

ChildSpec database_spec(const Database& database) {
  const auto& shared = *database.shared_;
  return supervisor::supervisor_child(
      "database",
      {{.strategy = supervisor::Strategy::rest_for_one, .intensity = kIntensity},
       {writer_spec(shared.options, shared.writer), migrator_spec(shared.options, shared.writer),
        shared.readers.supervisor(shared.options.path)}});
}

}  // namespace coppice::db
