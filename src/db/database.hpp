#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/address.hpp"
#include "actors/shard.hpp"
#include "actors/sleep.hpp"
#include "db/arrivals.hpp"
#include "db/command.hpp"
#include "db/confirmations.hpp"
#include "db/forward.hpp"
#include "db/housekeeper.hpp"
#include "db/losses.hpp"
#include "db/migrations.hpp"
#include "db/migrator.hpp"
#include "db/progress.hpp"
#include "db/read_pool.hpp"
#include "db/readiness.hpp"
#include "db/replication.hpp"
#include "db/run_task.hpp"
#include "db/writer.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::db {

struct DatabaseOptions {
  std::filesystem::path path{};  ///< Made if there is none; its folder must exist.
  std::size_t pool_size = 5;     ///< Readers, each with a thread; 1 to 64.
  Synchronous synchronous = Synchronous::full;
  /// How long a commit waits for another process that writes to the file. After it, those who wait
  /// are answered `busy`, and nothing of theirs was run.
  std::chrono::milliseconds busy_timeout{5000};
  BatchLimits batch{};
  QueueLimits queue{};
  /// Below that many free bytes beside the database writes are refused; 0 for no such guard.
  std::uint64_t free_space_reserve = 64UL << 20U;
  MeasureFreeSpace measure_free_space = free_space_beside;
  Retention retention{};
  /// What may be executed, beside the database's own commands. Required.
  std::shared_ptr<const CommandRegistry> commands{};
  std::shared_ptr<const Migrations> migrations{};   ///< Required.
  NewerSchema newer_schema = NewerSchema::refused;  ///< Of a later release than `migrations`.
  std::shared_ptr<Readiness> readiness{};           ///< Made if there is none.
  std::shared_ptr<Replication> replication{};       ///< Without one, the database is a plain file.
  Forward
      forward{};  ///< How a replica's commands come to the primary; without one they are refused.
  /// Of no concern to a plain file.
  Durability durability = Durability::local;
};

namespace detail {

/// What @p function makes of the snapshot; nothing when that has not come to @p position.
template <class F>
[[nodiscard]] auto read_if_there(Connection& db, Position position, F& function)
    -> actors::Result<std::optional<std::invoke_result_t<F&, Connection&>>> {
  const auto now = read_position(db);
  if (!now) return std::unexpected(now.error());
  if (*now < position) return std::nullopt;
  return function(db);
}

}  // namespace detail

/// What may be said of a write beside the command.
struct WriteOptions {
  WriteOptions() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a key alone is all that most writes say.
  WriteOptions(std::string key, ClientId whom = 0)
      : idempotency_key(std::move(key)), client(whom) {}

  /// Names one intent across its retries; see idempotency.hpp. Keys are the database's: whoever
  /// lets strangers choose them puts before each whose it is.
  std::string idempotency_key{};
  /// Whom it is for, so that a flood for one takes no other's turn. Without one, the actor that
  /// asks, or the task that asks for it.
  ClientId client = 0;
  std::string trace{};  ///< See Command::trace.
};

/// A command's result, and the point in history from which on its changes are seen.
template <class R>
struct Committed {
  R value;
  Position position;
};
template <>
struct Committed<void> {
  Position position;
};

/// What the application holds of its database, across all restarts: commands go to the writer,
/// reads to the pool of readers. A cheap handle: copies mean the same database.
///
///     auto database = Database::create({.path = "app.db", .commands = …, .migrations = …});
///     children.push_back(database_spec(*database));
///     …
///     auto post = co_await database->read([slug](Connection& db) { return find(db, slug); }, 2s);
///     auto made = co_await database->execute(CreatePost{…}, 5s);
///
/// Each request comes in three forms: a Task for actor code, `async_…` with any completion token
/// for Asio code on a shard, and `…_blocking` for threads that are no shard's.
///
/// Requests wait, within their timeout, while the part that they need restarts.
///
/// On a replica commands travel to the primary (DatabaseOptions::forward), run there, and are
/// answered when what they did has arrived here as well, or after a second; without a way to the
/// primary they fail with `read_only`, which names it. While the role moves they wait for that to
/// end, within their timeout and for a few seconds at the most, and are sent again with an
/// idempotency key, so that one whose answer was lost is not run twice.
///
/// With Durability::remote a command is answered when another node's copy has what it did; on a
/// replica, the copy here. When that has not happened within its timeout, it fails with `timeout`.
///
/// Errors of all: unavailable while Readiness says no, with its reason; timeout, overloaded;
/// noproc once the database is stopped; down when the part ended while it was at work on the
/// request, with why. A command that ended with `timeout`, `down` or `io_error` may have been
/// committed all the same, unless the context says that it was not run or was undone: send it again
/// with the same idempotency key.
///
/// Thread: any.
class Database {
 public:
  using Duration = actors::Duration;

  /// Starts nothing; see database_spec(). Errors: invalid_argument, naming the option.
  [[nodiscard]] static actors::Result<Database> create(DatabaseOptions options);

  [[nodiscard]] Readiness& readiness() const noexcept { return *shared_->options.readiness; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return shared_->options.path; }

  /// Whether commands are taken. Errors: what they would be answered: disk_full, read_only, ….
  [[nodiscard]] actors::Result<void> check_writes() const {
    const bool others_do = shared_->options.forward && replication().role() == Role::replica;
    return others_do ? actors::Result<void>() : shared_->writer->check();
  }

  /// How it is replicated, and what this node's part in that is.
  [[nodiscard]] const Replication& replication() const noexcept {
    return *shared_->options.replication;
  }
  /// Replication has told that this copy has a transaction, and all before it.
  void has_transaction(std::uint64_t number) const noexcept;
  /// … how far behind it is; nothing if it doesn't say.
  void has_lag(std::optional<std::chrono::milliseconds> lag) const noexcept;
  /// … anything, by itself.
  void heard(actors::Time now) const noexcept;
  /// Whether this node is the one that writes, and has the jobs that go with it.
  [[nodiscard]] bool is_primary() const noexcept { return replication().is_primary(); }

  /// The node's part is another one from here on: writer, readers and migrator follow it.
  /// Thread: one at a time.
  void follow(const Standing& standing) const;

  /// What the writer has done so far, and is doing.
  [[nodiscard]] const WriterActivity& writer_activity() const noexcept {
    return shared_->writer->activity;
  }
  [[nodiscard]] std::uint64_t free_space_reserve() const noexcept {
    return shared_->options.free_space_reserve;
  }
  [[nodiscard]] const Migrations& migrations() const noexcept {
    return *shared_->options.migrations;
  }

  // -- reading what was written elsewhere --------------------------------------------------------
  /// How long is waited at the most for what was written to arrive.
  static constexpr Duration kArrival = std::chrono::seconds(1);

  /// Waits until this database has come to a position, which whoever has it got from another node;
  /// a read that begins afterwards sees what was written there. Where nothing can arrive, on a
  /// plain file or while replication is down, nobody waits; nor does anybody beyond kMostAwaited.
  [[nodiscard]] actors::Task<actors::Result<Arrival>> wait_for(Position position,
                                                               Duration timeout) const {
    return wait_in_turn(*this, position, timeout);
  }
  static constexpr std::uint32_t kMostAwaited = 1024;

  /// What has become of a position by now: read if it isn't known, but not waited for.
  /// Errors: those of read().
  [[nodiscard]] actors::Task<actors::Result<Arrival>> look_for(Position position,
                                                               Duration timeout) const {
    return find_out(*this, position, timeout);
  }

  /// The same if it is known already; else nothing.
  [[nodiscard]] std::optional<Arrival> arrival_of(Position position) const {
    return shared_->arrivals.find(position);
  }

  /// A position that has all writes that this node has had an answer to, where the database is
  /// replicated; all zero if there was none.
  [[nodiscard]] Position written() const { return shared_->arrivals.written(); }

  // -- telling when a write is on two nodes -------------------------------------------------------
  /// Whether nodes tell each other how far they have come, and writes wait for that.
  [[nodiscard]] Durability durability() const noexcept { return shared_->options.durability; }
  /// Another node has told that its copy has come to a position.
  void note_confirmed(Position position) const { shared_->confirmations.note(position); }
  [[nodiscard]] const Confirmations& confirmations() const noexcept {
    return shared_->confirmations;
  }

  /// How far this node's copy is known to have come: a primary's, with each commit; a replica's,
  /// when somebody has looked last. All zero before that is known.
  [[nodiscard]] Position position() const {
    const bool writes = is_primary() || !replication().is_replicated();
    return writes ? writer_activity().position() : shared_->arrivals.latest();
  }
  /// Looks how far a replicated database has come, and whether it has lost anything. For a timer.
  [[nodiscard]] actors::Task<void> look_around(Duration timeout) const {
    return note_reach(*this, timeout);
  }
  /// What this node had committed, or had got, and has no more, since another primary's history
  /// has taken its place.
  [[nodiscard]] const Losses& losses() const noexcept { return shared_->losses; }

  // -- what has gone to another node --------------------------------------------------------------
  /// Commands that were sent to the primary.
  struct ForwardCounts {
    /// By a result, or an error that is not tried again.
    std::atomic<std::uint64_t> answered{0};
    /// Not run, or not known to be: they are sent again.
    std::atomic<std::uint64_t> unanswered{0};
  };
  [[nodiscard]] const ForwardCounts& forward_counts() const noexcept {
    return shared_->forward_counts;
  }

  /// Replication has brought something.
  void note_arrival() const { shared_->arrivals.look_again(); }

  /// Has a replica's reads let replication in as soon as may be (ReadGate), for as long: it is
  /// behind, or the role has moved. While somebody waits for a position, that is so anyway.
  void make_way(actors::Time now, Duration lasts = Duration::zero()) const {
    if (!replication().is_replicated() || is_primary()) return;
    readers().gate().hasten(now, now + lasts);
  }

  /// The readers themselves, whatever Readiness says: for health checks.
  [[nodiscard]] const ReadPool& readers() const noexcept { return shared_->readers; }

  /// Waits until the schema is up to date, or has turned out not to be.
  /// Errors: unavailable with the reason; timeout. Thread: one that is no shard's.
  [[nodiscard]] actors::Result<void> wait_until_ready(actors::Runtime& runtime,
                                                      Duration timeout) const;

  /// Puts a backup in the place of what is in the database, while everything goes on: it is
  /// verified and migrated first, then the writer exchanges the content in one transaction. Who
  /// reads or writes waits no longer than for that one, and sees nothing in between. In the place
  /// of a database that is damaged or gone comes another file.
  /// @param report  Is told of the phases of prepare_restore() and restore_running(), by whoever
  ///                does the work; must not refer to what the caller may have left.
  /// Errors: unsupported where the database is replicated; those of prepare_restore(),
  /// Migrations::apply_pending() and Writer::Restore. Thread: one that is no shard's;
  /// blocks.
  [[nodiscard]] actors::Result<Restored> restore_blocking(const std::filesystem::path& archive,
                                                          std::chrono::sys_seconds at,
                                                          const Report& report = {}) const;

  /// Has the migrator apply what is pending now, rather than after its pause.
  /// Errors: those of Migrator::Migrate. Thread: one that is no shard's; blocks.
  [[nodiscard]] actors::Result<MigrationRun> migrate_blocking(Duration timeout) const;

  // -- reading -----------------------------------------------------------------------------------
  /// Runs a function on one snapshot; see ReadPool::read.
  template <ReadFunction F>
  [[nodiscard]] actors::Task<actors::Result<ReadValue<F>>> read(F function,
                                                                Duration timeout) const {
    return read_if_ready(*this, std::move(function), timeout);
  }

  /// The same on a snapshot that has @p position: waits, within the timeout, until this database
  /// does. Errors: also timeout, naming the position, when it has not come.
  template <ReadFunction F>
  [[nodiscard]] actors::Task<actors::Result<ReadValue<F>>> read_at_least(Position position,
                                                                         F function,
                                                                         Duration timeout) const {
    return read_when_there(*this, position, std::move(function), timeout);
  }

  template <ReadFunction F, class Token>
  auto async_read_at_least(Position position, F function, Duration timeout, Token&& token) const {
    return run_task<ReadValue<F>>(read_at_least(position, std::move(function), timeout), timeout,
                                  std::forward<Token>(token));
  }

  template <ReadFunction F>
  [[nodiscard]] actors::Result<ReadValue<F>> read_at_least_blocking(actors::Runtime& runtime,
                                                                    Position position, F function,
                                                                    Duration timeout) const {
    return run_task_blocking<ReadValue<F>>(
        runtime, read_at_least(position, std::move(function), timeout), timeout);
  }

  /// As read(), on a snapshot that has what clients of this node have written, unless that takes
  /// longer than kArrival to arrive: for connections, which stay with one node.
  template <ReadFunction F, class Token>
  auto async_read_own_writes(F function, Duration timeout, Token&& token) const {
    return run_task<ReadValue<F>>(read_own_writes(*this, std::move(function), timeout), timeout,
                                  std::forward<Token>(token));
  }

  template <ReadFunction F, class Token>
  auto async_read(F function, Duration timeout, Token&& token) const {
    return run_task<ReadValue<F>>(read(std::move(function), timeout), timeout,
                                  std::forward<Token>(token));
  }

  template <ReadFunction F>
  [[nodiscard]] actors::Result<ReadValue<F>> read_blocking(actors::Runtime& runtime, F function,
                                                           Duration timeout) const {
    return run_task_blocking<ReadValue<F>>(runtime, read(std::move(function), timeout), timeout);
  }

  // -- writing -----------------------------------------------------------------------------------
  /// Runs a command and gives its result once it is durable. Errors: also the command's own, and
  /// those of WriteBatch::run.
  template <CommandType C>
  [[nodiscard]] actors::Task<actors::Result<Committed<typename C::Reply>>> execute(
      C command, Duration timeout, WriteOptions options = {}) const {
    auto call = to_command(command, std::move(options.idempotency_key));
    call.trace = std::move(options.trace);
    return execute_typed<C>(*this, std::move(call), timeout, options.client);
  }

  template <CommandType C, class Token>
  auto async_execute(C command, Duration timeout, Token&& token, WriteOptions options = {}) const {
    return run_task<Committed<typename C::Reply>>(
        execute(std::move(command), timeout, std::move(options)), with_grace(timeout),
        std::forward<Token>(token));
  }

  template <CommandType C>
  [[nodiscard]] actors::Result<Committed<typename C::Reply>> execute_blocking(
      actors::Runtime& runtime, C command, Duration timeout, WriteOptions options = {}) const {
    return run_task_blocking<Committed<typename C::Reply>>(
        runtime, execute(std::move(command), timeout, std::move(options)), with_grace(timeout));
  }

  /// The same for a command whose type is not known here.
  [[nodiscard]] actors::Task<CommandResult> execute(Command command, Duration timeout,
                                                    ClientId client = 0) const;

  /// As execute(), on this node or not at all: for one who has been sent it by another node.
  /// Errors: also read_only on a node that is not the primary.
  [[nodiscard]] actors::Task<CommandResult> execute_here(Command command, Duration timeout,
                                                         ClientId client = 0) const;

  /// For a reply that was found in this database (find_earlier_reply): what a client's write had
  /// come to, who is told once more. Errors: timeout when it has to be on another node and is not
  /// known to be.
  [[nodiscard]] actors::Task<CommandResult> acknowledge_again(CommandReply earlier,
                                                              Duration timeout) const;

  /// Runs commands side by side, so that they share commits, some hundreds at a time; one result
  /// for each, in order. The timeout is each command's own. Errors: one fails without the others.
  [[nodiscard]] actors::Task<std::vector<CommandResult>> execute_all(std::vector<Command> commands,
                                                                     Duration timeout) const;
  [[nodiscard]] std::vector<CommandResult> execute_all_blocking(actors::Runtime& runtime,
                                                                std::vector<Command> commands,
                                                                Duration timeout) const;

 private:
  struct Shared {
    explicit Shared(DatabaseOptions given)
        : options(std::move(given)), readers(options.pool_size) {}
    const DatabaseOptions options;
    const ReadPool readers;
    const std::shared_ptr<WriterLink> writer = std::make_shared<WriterLink>();
    Arrivals arrivals;
    Confirmations confirmations;
    Losses losses;
    ForwardCounts forward_counts;
    std::atomic<std::uint32_t> held{0};         // Commands that wait for a role that moves.
    std::atomic<std::uint32_t> awaited{0};      // Positions that clients wait for.
    std::atomic<std::uint32_t> unconfirmed{0};  // Commands that another node has to have.
    const std::shared_ptr<Migrator::Slot> migrator =
        std::make_shared<Migrator::Slot>("the migrator");
  };

  explicit Database(DatabaseOptions options)
      : shared_(std::make_shared<Shared>(std::move(options))) {}

  template <class F>
  static actors::Task<actors::Result<ReadValue<F>>> read_if_ready(Database self, F function,
                                                                  Duration timeout) {
    if (auto ready = self.readiness().check(); !ready) {
      co_return std::unexpected(std::move(ready.error()));
    }
    co_return co_await self.readers().read(std::move(function), timeout);
  }

  template <class F>
  static actors::Task<actors::Result<ReadValue<F>>> read_when_there(Database self,
                                                                    Position position, F function,
                                                                    Duration timeout) {
    const auto deadline = actors::deadline_after(actors::Shard::current()->now(), timeout);
    const auto shared = std::make_shared<F>(std::move(function));
    for (Duration pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
      auto read_if_there = [position, shared](Connection& db) {
        return detail::read_if_there(db, position, *shared);
      };
      const Duration left = deadline - actors::Shard::current()->now();
      auto found = co_await self.read(std::move(read_if_there), left);
      if (!found) co_return std::unexpected(std::move(found.error()));
      if (*found) co_return std::move(**found);
      if (left <= pause) co_return actors::fail(actors::Errc::timeout, not_there_yet(position));
      self.make_way(actors::Shard::current()->now());
      std::ignore = co_await actors::sleep_for(pause);
    }
  }

  template <class F>
  static actors::Task<actors::Result<ReadValue<F>>> read_own_writes(Database self, F function,
                                                                    Duration timeout) {
    const auto deadline = actors::deadline_after(actors::Shard::current()->now(), timeout);
    if (const auto written = self.written(); !self.shared_->arrivals.have(written)) {
      std::ignore = co_await wait_for_arrival(self, written, std::min(timeout, kArrival));
    }
    const Duration left = deadline - actors::Shard::current()->now();
    co_return co_await read_if_ready(std::move(self), std::move(function), left);
  }

  template <class C>
  static actors::Task<actors::Result<Committed<typename C::Reply>>> execute_typed(Database self,
                                                                                  Command command,
                                                                                  Duration timeout,
                                                                                  ClientId client) {
    auto reply = co_await self.execute(std::move(command), timeout, client);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    auto value = reply_of<C>(reply->value);
    if (!value) co_return std::unexpected(std::move(value.error()));
    if constexpr (std::is_void_v<typename C::Reply>) {
      co_return Committed<void>{reply->position};
    } else {
      co_return Committed<typename C::Reply>{std::move(*value), reply->position};
    }
  }

  static actors::Task<CommandResult> execute_if_ready(Database self, Command command,
                                                      Duration timeout, ClientId client);
  static actors::Task<CommandResult> execute_somewhere(Database self, Command command,
                                                       Duration timeout, ClientId client);
  static actors::Task<Forwarded> try_as(Role role, Database self, Command command, Duration timeout,
                                        ClientId client);
  static actors::Task<CommandResult> confirm(Database self, CommandReply reply, Role ran_as,
                                             actors::Time deadline);
  static actors::Task<CommandResult> confirm_again(Database self, CommandReply earlier,
                                                   Duration timeout);
  static actors::Task<bool> wait_for_confirmation(Database self, Position position,
                                                  actors::Time deadline);
  static actors::Task<actors::Result<Arrival>> wait_for_arrival(Database self, Position position,
                                                                Duration timeout);
  static actors::Task<actors::Result<Arrival>> wait_in_turn(Database self, Position position,
                                                            Duration timeout);
  static actors::Task<actors::Result<Arrival>> find_out(Database self, Position position,
                                                        Duration timeout);
  static actors::Task<bool> look(Database self, Position wanted, Duration timeout);
  static actors::Task<void> note_reach(Database self, Duration timeout);
  void notice_losses(const Reach& reach, std::uint64_t generation) const;
  [[nodiscard]] bool may_get_more() const noexcept {
    return replication().is_replicated() && replication().role() != Role::down;
  }
  static actors::Task<std::vector<CommandResult>> execute_side_by_side(
      Database self, std::vector<Command> commands, Duration timeout);

  // How long a caller waits beyond its timeout to hear what became of its command.
  static constexpr Duration kGrace = std::chrono::milliseconds(100);
  static constexpr Duration with_grace(Duration timeout) noexcept {
    return timeout > actors::kForever - kGrace ? actors::kForever : timeout + kGrace;
  }

  // Between looks whether a position has come.
  static constexpr Duration kFirstPause = std::chrono::milliseconds(1);
  static constexpr Duration kLongestPause = std::chrono::milliseconds(16);
  static std::string not_there_yet(Position position);

  friend supervisor::ChildSpec database_spec(const Database& database);

  std::shared_ptr<Shared> shared_;
};

/// The supervisor `database` with its children: `writer`, `migrator`, the pool `readers`, and
/// `housekeeper`.
[[nodiscard]] supervisor::ChildSpec database_spec(const Database& database);

}  // namespace coppice::db
