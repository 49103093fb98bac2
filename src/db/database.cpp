#include "db/database.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/cell.hpp"
#include "actors/task_group.hpp"
#include "db/change_feed.hpp"
#include "db/full_text_index.hpp"
#include "db/migrator.hpp"
#include "db/statement_command.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Shard;
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
  if (options.batch.commands == 0 || options.batch.bytes == 0) {
    return fail(Errc::invalid_argument, "batch: it has to take one command at least");
  }
  if (!options.commands) return fail(Errc::invalid_argument, "commands: there are none");
  if (!options.migrations) return fail(Errc::invalid_argument, "migrations: there are none");
  return {};
}

// What may arrive while a batch is at work. The writer takes it all out before the next one.
constexpr std::uint32_t kWriterMailbox = 16384;

// The writer may have to copy gigabytes.
constexpr Duration kRestoreTimeout = std::chrono::minutes(30);

// How many commands of one caller wait at a time.
constexpr std::size_t kWindow = 256;

std::shared_ptr<const CommandRegistry> with_own_commands(const CommandRegistry& given) {
  auto commands = std::make_shared<CommandRegistry>(given);
  commands->add<RunStatement>();
  commands->add<ForgetReplies>();
  commands->add<TrimChanges>();
  commands->add<RebuildIndexes>();
  return commands;
}

// Those who ask from outside an actor are told apart by the tasks that ask for them.
ClientId calling_client() noexcept {
  const auto* cell = Shard::current_cell();
  return cell == nullptr ? ClientId{0} : cell->pid().bits();
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

ChildSpec writer_spec(const DatabaseOptions& options, std::shared_ptr<WriterLink> link) {
  auto writer =
      supervisor::worker<Writer>("writer",
                                 WriterOptions{.path = options.path,
                                               .synchronous = options.synchronous,
                                               .busy_timeout = options.busy_timeout,
                                               .batch = options.batch,
                                               .queue = options.queue,
                                               .free_space_reserve = options.free_space_reserve,
                                               .measure_free_space = options.measure_free_space,
                                               .commands = options.commands},
                                 std::move(link));
  writer.backoff = kWriterBackoff;
  writer.options.placement = actors::Placement::own_thread();
  writer.options.mailbox.keep_unstarted = true;
  writer.options.mailbox.capacity = kWriterMailbox;
  return writer;
}

ChildSpec migrator_spec(const DatabaseOptions& options, std::shared_ptr<WriterLink> link) {
  auto migrator = supervisor::worker<Migrator>("migrator", std::move(link), options.migrations,
                                               options.newer_schema, options.readiness);
  migrator.restart = supervisor::Restart::transient;
  migrator.backoff = supervisor::Backoff{};
  return migrator;
}

}  // namespace

Result<Database> Database::create(DatabaseOptions options) {
  if (auto valid = check_options(options); !valid) return std::unexpected(valid.error());
  if (!options.readiness) options.readiness = std::make_shared<Readiness>();
  options.commands = with_own_commands(*options.commands);
  return Database(std::move(options));
}

std::string Database::not_there_yet(Position position) {
  return fmt::format("the database has not come to position {} in time", to_string(position));
}

Result<void> Database::wait_until_ready(actors::Runtime& runtime, Duration timeout) const {
  const auto decided = [this] { return readiness().state() != Readiness::State::starting; };
  if (runtime.wait(decided, actors::deadline_after(runtime.now(), timeout))) {
    return readiness().check();
  }
  return fail(Errc::timeout, readiness().report().reason);
}

Result<Restored> Database::restore_blocking(const std::filesystem::path& archive,
                                            std::chrono::sys_seconds at) const {
  const auto migrate = [&options = shared_->options](Connection& restored) -> Result<void> {
    auto run = options.migrations->apply_pending(restored, options.newer_schema);
    if (!run) return std::unexpected(std::move(run.error()));
    return {};
  };
  auto prepared = prepare_restore(archive, path(), migrate);
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  const auto writer = shared_->writer->address.get();
  if (!writer) return std::unexpected(writer.error());
  Writer::Restore message{std::make_shared<const PreparedRestore>(std::move(*prepared)), at};
  return writer->call_blocking(std::move(message), kRestoreTimeout);
}

Task<CommandResult> Database::execute(Command command, Duration timeout, ClientId client) const {
  return execute_if_ready(*this, std::move(command), timeout, client);
}

Task<CommandResult> Database::execute_if_ready(Database self, Command command, Duration timeout,
                                               ClientId client) {
  if (auto ready = self.readiness().check(); !ready) {
    co_return std::unexpected(std::move(ready.error()));
  }
  const auto writer = self.shared_->writer->address.get();
  if (!writer) co_return std::unexpected(writer.error());
  const auto deadline = actors::deadline_after(Shard::current()->now(), timeout);
  if (client == 0) client = calling_client();
  Writer::Execute message{std::make_shared<const Command>(std::move(command)), client, deadline};
  co_return co_await writer->call_when_up(std::move(message), with_grace(timeout));
}

Task<Results> Database::execute_all(std::vector<Command> commands, Duration timeout) const {
  return execute_side_by_side(*this, std::move(commands), timeout);
}

Task<Results> Database::execute_side_by_side(Database self, std::vector<Command> commands,
                                             Duration timeout) {
  auto results = std::make_shared<Results>(commands.size());
  for (std::size_t begin = 0; begin < commands.size(); begin += kWindow) {
    actors::TaskGroup group;
    for (std::size_t i = begin; i < std::min(begin + kWindow, commands.size()); ++i) {
      group.add(execute_one(self, std::move(commands[i]), timeout, results, i));
    }
    co_await group.join();
  }
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
        shared.readers.supervisor(shared.options.path),
        supervisor::worker<Housekeeper>("housekeeper", database, shared.options.retention)}});
}

}  // namespace coppice::db
