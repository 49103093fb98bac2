#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "db/child_slot.hpp"
#include "db/command.hpp"
#include "db/connection.hpp"
#include "db/free_space.hpp"
#include "db/migrations.hpp"
#include "db/process_guard.hpp"
#include "db/write_queue.hpp"
#include "db/write_status.hpp"

namespace coppice::db {

class Writer;

struct WriterOptions {
  std::filesystem::path path{};
  Synchronous synchronous = Synchronous::full;
  BatchLimits batch{};
  QueueLimits queue{};
  std::uint64_t free_space_reserve = 0;  ///< In bytes; see FreeSpaceGuard.
  MeasureFreeSpace measure_free_space = free_space_beside;
  std::shared_ptr<const CommandRegistry> commands{};
};

/// What the incarnations of a writer share with each other and with its callers.
struct WriterLink {
  ChildSlot<Writer> address{"the database's writer"};
  WriteStatus status;

  // The writer's own; one incarnation lives at a time.
  bool opened = false;   ///< The database has existed: should it vanish, none is made in its place.
  bool suspect = false;  ///< A commit failed: check the database before writing to it again.
};

/// Owns the only connection that writes, and runs commands on it in batches: what waits shares one
/// transaction and one sync, each command in a savepoint of its own. An answer means that the
/// commit is durable. Who is taken first when more waits than fits a batch: see WriteQueue.
///
/// Failures: a command's error is its caller's alone. An error of the database itself (disk full,
/// I/O, read-only, busy) is that of every command in the batch, and nothing of the batch is kept.
/// A crash fails the commands of the batch at work with `down`; those that had not begun run after
/// the restart (the child spec must ask for it with `keep_unstarted`).
///
/// Three states in which it takes no commands are no crashes: it answers each with the reason, says
/// it in WriterLink::status and in describe().
/// - The disk's reserve is reached (disk_full). It looks by itself whether there is space again.
/// - The database takes no writes, by its permissions or its mount (read_only). It is served as it
///   is, as long as its schema is up to date. A restart of the writer looks again.
/// - A commit failed so that nobody knows what reached the disk, or the file is damaged (io_error,
///   corrupt). The database is opened anew and checked as a whole before anything else is written,
///   and it tries that again until it succeeds.
///
/// Its start fails when the database cannot be opened, or when another process serves it.
///
/// Thread: one of its own, since it blocks (Placement::own_thread).
class Writer final : public actors::Server<Writer> {
 public:
  /// Runs one command. Errors: those of WriteBatch::run and of the states above; overloaded when
  /// too much waits; timeout when the command waited until its deadline. In all but the first case
  /// it did not run.
  struct Execute {
    using Reply = CommandReply;
    Command command;
    ClientId client = 0;
    [[nodiscard]] std::size_t bytes() const noexcept { return byte_size(command); }
  };

  /// Brings the schema up to date and tells what that took. Errors: those of
  /// Migrations::apply_pending.
  struct ApplyMigrations {
    using Reply = MigrationRun;
    std::shared_ptr<const Migrations> migrations;
    NewerSchema newer = NewerSchema::refused;
  };

  Writer(WriterOptions options, std::shared_ptr<WriterLink> link);

  actors::Init init();
  void terminate(const actors::ExitReason& reason);

  void handle(Execute message, actors::ReplyTo<CommandReply> reply);
  actors::Result<MigrationRun> handle(ApplyMigrations message);

  /// Runs what has been collected; sent by the writer to itself, behind the mail that waits.
  struct Flush {};
  void handle(Flush message);

  /// Looks whether it may write; sent by the writer to itself.
  struct Look {};
  void handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  [[nodiscard]] actors::Result<void> open();
  [[nodiscard]] actors::Result<Connection> open_connection();
  void reopen();
  void flush_soon();
  void run_waiting();
  void run_batch(std::vector<WaitingCommand> batch);
  [[nodiscard]] std::vector<WaitingCommand> without_expired(std::vector<WaitingCommand> batch);
  void answer(std::vector<CommandResult> results);
  void learn_from(const actors::Error& database_error);
  [[nodiscard]] actors::Result<void> check_may_write();
  [[nodiscard]] actors::Result<void> check_may_migrate(const Migrations& migrations);
  void look();
  void look_at_space();
  void accept();
  void refuse(const actors::Error& why);
  void remember_position();

  const WriterOptions options_;
  const FreeSpaceGuard space_;
  const std::shared_ptr<WriterLink> link_;
  std::optional<ProcessGuard> guard_;
  std::optional<Connection> connection_;

  WriteQueue waiting_;
  bool flush_is_under_way_ = false;
  // Those of the batch at work: a member, so that a crash finds the answers that it owes.
  std::vector<actors::ReplyTo<CommandReply>> replies_;

  actors::Duration look_pause_ = std::chrono::seconds(10);
  std::optional<Position> position_;
  std::uint64_t batches_ = 0;
  std::uint64_t commands_ = 0;
  std::size_t last_batch_ = 0;
  std::uint64_t expired_ = 0;
  std::string trouble_;  // Why the database was last opened anew.
};

}  // namespace coppice::db
