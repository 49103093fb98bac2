#include "db/database.hpp"

#include <algorithm>
#include <optional>
#include <random>
#include <tuple>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

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

// How long a command waits for a role that moves.
constexpr Duration kLongestHandOver = std::chrono::seconds(5);
constexpr Duration kFirstRetry = std::chrono::milliseconds(10);
constexpr Duration kLongestRetry = std::chrono::milliseconds(250);
constexpr std::uint32_t kMostHeld = 4096;

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

std::string random_key() {
  std::random_device random;
  return fmt::format("node:{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

/// Counts one of those that wait, as long as it lives.
class Held {
 public:
  Held(std::atomic<std::uint32_t>& count, std::uint32_t most)
      : count_(count), has_room_(count_++ < most) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { --count_; }
  [[nodiscard]] bool has_room() const noexcept { return has_room_; }

 private:
  std::atomic<std::uint32_t>& count_;
  const bool has_room_;
};

/// @param known_epoch  Whose epochs need not be read again.
Result<Reach> read_reach(Connection& connection, std::int64_t known_epoch) {
  const auto latest = read_position(connection);
  if (!latest) return std::unexpected(latest.error());
  if (latest->epoch == known_epoch) return Reach{*latest, nullptr};
  auto epochs = read_epochs(connection);
  if (!epochs) return std::unexpected(std::move(epochs.error()));
  return Reach{*latest, std::make_shared<const Epochs>(*std::move(epochs))};
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

ChildSpec writer_spec(const DatabaseOptions& options, const ReadPool& readers,
                      std::shared_ptr<WriterLink> link) {
  auto writer = supervisor::worker<Writer>(
      "writer",
      WriterOptions{.path = options.path,
                    .synchronous = options.synchronous,
                    .busy_timeout = options.busy_timeout,
                    .batch = options.batch,
                    .queue = options.queue,
                    .free_space_reserve = options.free_space_reserve,
                    .measure_free_space = options.measure_free_space,
                    .commands = options.commands,
                    .has_exchanged_file = [readers] { readers.reopen(); },
                    .replication = options.replication},
      std::move(link));
  writer.backoff = kWriterBackoff;
  writer.options.placement = actors::Placement::own_thread();
  writer.options.mailbox.keep_unstarted = true;
  writer.options.mailbox.capacity = kWriterMailbox;
  return writer;
}

ChildSpec migrator_spec(const DatabaseOptions& options, std::shared_ptr<WriterLink> link,
                        std::shared_ptr<Migrator::Slot> slot) {
  auto migrator = supervisor::worker<Migrator>("migrator", std::move(link), options.migrations,
                                               options.newer_schema, options.readiness,
                                               options.replication, std::move(slot));
  migrator.restart = supervisor::Restart::transient;
  migrator.backoff = supervisor::Backoff{};
  return migrator;
}

}  // namespace

Result<Database> Database::create(DatabaseOptions options) {
  if (auto valid = check_options(options); !valid) return std::unexpected(valid.error());
  if (!options.readiness) options.readiness = std::make_shared<Readiness>();
  if (!options.replication) options.replication = std::make_shared<Replication>();
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

Result<MigrationRun> Database::migrate_blocking(Duration timeout) const {
  const auto migrator = shared_->migrator->get();
  if (!migrator) return std::unexpected(migrator.error());
  return migrator->call_blocking(Migrator::Migrate{}, timeout);
}

namespace {

/// Whether a restore puts another file in the database's place, which takes less room.
bool is_to_be_replaced(const Result<void>& writes) {
  if (writes) return false;
  const auto why = writes.error().code;
  return why == Errc::corrupt || why == Errc::not_found || why == Errc::unavailable;
}

}  // namespace

Result<Restored> Database::restore_blocking(const std::filesystem::path& archive,
                                            std::chrono::sys_seconds at,
                                            const Report& report) const {
  if (replication().is_replicated()) {
    return fail(
        Errc::unsupported,
        "LiteFS replicates this database, and has its own way to replace it: litefs import");
  }
  const auto migrate = [&options = shared_->options](Connection& restored) -> Result<void> {
    auto run = options.migrations->apply_pending(restored, options.newer_schema);
    if (!run) return std::unexpected(std::move(run.error()));
    return {};
  };
  auto prepared = prepare_restore(archive, path(), migrate, {}, report,
                                  {.is_served = !is_to_be_replaced(check_writes()),
                                   .free_space = shared_->options.measure_free_space});
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  const auto writer = shared_->writer->address.get();
  if (!writer) return std::unexpected(writer.error());
  Writer::Restore message{std::make_shared<const PreparedRestore>(std::move(*prepared)), at,
                          report};
  auto restored = writer->call_blocking(std::move(message), kRestoreTimeout);
  if (restored && !readiness().ready()) {
    if (const auto migrator = shared_->migrator->get()) {
      migrator->cast(Migrator::Attempt{}).ignore();
    }
  }
  return restored;
}

Task<CommandResult> Database::execute(Command command, Duration timeout, ClientId client) const {
  return replication().is_replicated()
             ? execute_somewhere(*this, std::move(command), timeout, client)
             : execute_if_ready(*this, std::move(command), timeout, client);
}

Task<CommandResult> Database::execute_here(Command command, Duration timeout,
                                           ClientId client) const {
  return execute_if_ready(*this, std::move(command), timeout, client);
}

Task<CommandResult> Database::execute_if_ready(Database self, Command command, Duration timeout,
                                               ClientId client) {
  if (!self.is_primary()) co_return std::unexpected(not_primary(self.replication().standing()));
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

// A role that moves is expected to have settled soon, here or on another node.
Task<CommandResult> Database::execute_somewhere(Database self, Command command, Duration timeout,
                                                ClientId client) {
  if (client == 0) client = calling_client();
  const auto now = [] { return Shard::current()->now(); };
  const auto deadline = actors::deadline_after(now(), timeout);
  const auto end = std::min(deadline, now() + kLongestHandOver);
  std::optional<Held> held;
  const bool is_to_be_elsewhere = self.durability() == Durability::remote;
  std::optional<Held> unconfirmed;
  if (is_to_be_elsewhere && !unconfirmed.emplace(self.shared_->unconfirmed, kMostHeld).has_room()) {
    co_return fail(Errc::overloaded, "too many writes wait for another node to have them");
  }
  for (Duration pause = kFirstRetry;; pause = std::min(2 * pause, kLongestRetry)) {
    const auto role = self.replication().role();
    if (role != Role::primary && command.idempotency_key.empty()) {
      command.idempotency_key = random_key();
    }
    auto tried = co_await try_as(role, self, command, deadline - now(), client);
    if (tried.result) {
      self.shared_->arrivals.wrote(tried.result->position, role == Role::primary);
      if (is_to_be_elsewhere) {
        co_return co_await confirm(self, *std::move(tried.result), role, deadline);
      }
    }
    if (!tried.may_try_again || now() >= end) co_return std::move(tried.result);
    if (!held && !held.emplace(self.shared_->held, kMostHeld).has_room()) {
      co_return fail(Errc::overloaded, "too many writes wait for a role that moves");
    }
    const bool goes_on = co_await actors::sleep_for(std::min(pause, end - now()));
    if (!goes_on || now() >= end) co_return std::move(tried.result);
  }
}

Task<Forwarded> Database::try_as(Role role, Database self, Command command, Duration timeout,
                                 ClientId client) {
  const auto& forward = self.shared_->options.forward;
  if (role == Role::primary) {
    auto result = co_await execute_if_ready(self, std::move(command), timeout, client);
    // It may be this node's again by now.
    const bool has_moved = !result && result.error() == Errc::read_only;
    co_return Forwarded{std::move(result), has_moved};
  }
  if (role != Role::replica || !forward) {
    const auto standing = self.replication().standing();
    co_return Forwarded{std::unexpected(not_primary(standing)), role == Role::orphan};
  }
  const auto deadline = actors::deadline_after(Shard::current()->now(), timeout);
  auto forwarded = co_await forward(std::move(command), timeout);
  auto& counts = self.shared_->forward_counts;
  const bool is_answered = forwarded.result || !forwarded.may_try_again;
  ++(is_answered ? counts.answered : counts.unanswered);
  if (forwarded.result) {
    const Duration left = deadline - Shard::current()->now();
    // So that whoever reads here next finds what it has written.
    std::ignore =
        co_await wait_for_arrival(self, forwarded.result->position, std::min(left, kArrival));
  }
  co_return forwarded;
}

// What another node has run, and has arrived here, is on two.
Task<CommandResult> Database::confirm(Database self, CommandReply reply, Role ran_as,
                                      actors::Time deadline) {
  bool is_elsewhere = false;
  if (ran_as == Role::primary) {
    is_elsewhere = co_await wait_for_confirmation(self, reply.position, deadline);
  } else {
    const Duration left = deadline - Shard::current()->now();
    const auto arrival = co_await wait_for_arrival(self, reply.position, left);
    is_elsewhere = arrival && (*arrival == Arrival::here || *arrival == Arrival::arrived);
  }
  self.shared_->confirmations.count(is_elsewhere);
  if (is_elsewhere) co_return reply;
  co_return std::unexpected(unconfirmed_at(reply.position));
}

Task<CommandResult> Database::acknowledge_again(CommandReply earlier, Duration timeout) const {
  if (replication().is_replicated()) shared_->arrivals.wrote(earlier.position, false);
  return confirm_again(*this, std::move(earlier), timeout);
}

// A replica has got what it found from the primary. What was written in an earlier reign is in what
// this one has come to.
Task<CommandResult> Database::confirm_again(Database self, CommandReply earlier, Duration timeout) {
  const bool is_to_be_elsewhere = self.durability() == Durability::remote;
  if (!is_to_be_elsewhere || self.replication().role() != Role::primary) co_return earlier;
  const auto here = self.writer_activity().position();
  if (earlier.position.epoch != here.epoch) earlier.position = here;
  const auto deadline = actors::deadline_after(Shard::current()->now(), timeout);
  co_return co_await confirm(self, std::move(earlier), Role::primary, deadline);
}

// A node that is the primary no more may have been the only one that had it.
Task<bool> Database::wait_for_confirmation(Database self, Position position,
                                           actors::Time deadline) {
  for (Duration pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    if (self.confirmations().cover(position)) co_return true;
    if (!self.is_primary() || Shard::current()->now() >= deadline) co_return false;
    const bool goes_on = co_await actors::sleep_for(pause);
    if (!goes_on) co_return false;
  }
}

Task<Result<Arrival>> Database::wait_for_arrival(Database self, Position position,
                                                 Duration timeout) {
  const auto& arrivals = self.shared_->arrivals;
  const auto now = [] { return Shard::current()->now(); };
  const auto end = actors::deadline_after(now(), timeout);
  auto of_one_that_is_here = Arrival::here;
  for (Duration pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
    auto found = arrivals.find(position);
    bool has_looked = false;
    if (!found) {
      has_looked = co_await look(self, position, end - now());
      found = arrivals.find(position);
    }
    if (found) co_return *found == Arrival::here ? of_one_that_is_here : *found;
    const bool is_over = now() >= end || (has_looked && !self.may_get_more());
    if (is_over) co_return Arrival::missing;
    self.make_way(now());
    const bool goes_on = co_await actors::sleep_for(pause);
    if (!goes_on) co_return Arrival::missing;
    of_one_that_is_here = Arrival::arrived;
  }
}

void Database::has_transaction(std::uint64_t number) const noexcept {
  shared_->options.replication->has_transaction(number);
}

void Database::has_lag(std::optional<std::chrono::milliseconds> lag) const noexcept {
  shared_->options.replication->has_lag(lag);
}

void Database::heard(actors::Time now) const noexcept { shared_->options.replication->heard(now); }

/// Clients may ask for what will never come. The node's own writes wait beside them, uncounted.
Task<Result<Arrival>> Database::wait_in_turn(Database self, Position position, Duration timeout) {
  if (const auto known = self.arrival_of(position)) co_return *known;
  const Held waiting(self.shared_->awaited, kMostAwaited);
  if (!waiting.has_room()) co_return Arrival::missing;
  co_return co_await wait_for_arrival(self, position, timeout);
}

Task<Result<Arrival>> Database::find_out(Database self, Position position, Duration timeout) {
  if (const auto known = self.arrival_of(position)) co_return *known;
  auto read = [](Connection& db) { return read_reach(db, 0); };
  const auto reach = co_await self.read(std::move(read), timeout);
  if (!reach) co_return std::unexpected(reach.error());
  co_return arrival_at(*reach, position).value_or(Arrival::missing);
}

/// Whether what there is has been looked at: false while another one does.
Task<bool> Database::look(Database self, Position wanted, Duration timeout) {
  auto& arrivals = self.shared_->arrivals;
  if (!arrivals.is_worth_a_look(Shard::current()->now())) co_return true;
  const auto turn = arrivals.begin_look();
  if (!turn) co_return false;
  const auto heard = arrivals.heard();
  const auto generation = self.replication().generation();
  auto read = [known = arrivals.known_epoch()](Connection& db) { return read_reach(db, known); };
  const auto reach = co_await self.read(std::move(read), timeout);
  if (reach) arrivals.note(*reach, heard);
  if (reach) self.notice_losses(*reach, generation);
  if (!arrivals.find(wanted)) arrivals.looked_in_vain(heard, Shard::current()->now());
  co_return true;
}

Task<void> Database::note_reach(Database self, Duration timeout) {
  if (self.may_get_more())
    std::ignore = co_await look(self, self.shared_->arrivals.latest(), timeout);
}

// A plain file goes back when somebody restores a backup, who knows.
void Database::notice_losses(const Reach& reach, std::uint64_t generation) const {
  if (!replication().is_replicated()) return;
  const auto loss = shared_->losses.saw(reach, generation);
  if (loss.commits == 0) return;
  SPDLOG_ERROR(
      "{} commits at least are lost: this node had come to {}, and has the history of another "
      "primary now, or of a database that was imported, at {}; what was acknowledged meanwhile is "
      "gone unless its clients repeat it",
      loss.commits, to_string(loss.had), to_string(reach.latest));
}

// A node that was ready as a replica has the schema that it needs. One that was down may be back
// with another history.
void Database::follow(const Standing& standing) const {
  auto& replication = *shared_->options.replication;
  const Role before = replication.role();
  const Role now = standing.role;
  const bool changes = !allow_the_same(before, now);
  if (before == Role::down) readiness().set_starting("replication is back");
  replication.stand(standing);
  if (before == Role::primary && now != Role::primary) {
    shared_->losses.had(writer_activity().position(), replication.generation());
  }
  shared_->arrivals.forget();
  if (now == Role::down) readiness().set_failed(to_string(standing));
  if (!changes) return;
  if (const auto writer = shared_->writer->address.get()) {
    writer->cast(Writer::FollowRole{}).ignore();
  }
  shared_->readers.follow_role();
  if (now == Role::down) return;
  if (const auto migrator = shared_->migrator->get()) {
    migrator->cast(Migrator::Attempt{}).ignore();
  }
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
       {writer_spec(shared.options, shared.readers, shared.writer),
        migrator_spec(shared.options, shared.writer, shared.migrator),
        shared.readers.supervisor(shared.options.path, shared.options.replication),
        supervisor::worker<Housekeeper>("housekeeper", database, shared.options.retention)}});
}

}  // namespace coppice::db
