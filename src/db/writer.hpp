#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "db/activity.hpp"
#include "db/backup/restore.hpp"
#include "db/child_slot.hpp"
#include "db/command.hpp"
#include "db/connection.hpp"
#include "db/free_space.hpp"
#include "db/migrations.hpp"
#include "db/process_guard.hpp"
#include "db/progress.hpp"
#include "db/replication.hpp"
#include "db/served_file.hpp"
#include "db/write_batch.hpp"
#include "db/write_queue.hpp"
#include "db/write_status.hpp"

namespace coppice::db {

class Writer;

/// What one commit takes at the most. A batch is what waits when the writer gets to it, so these
/// bound how long the first of a crowd waits for the last; they don't delay anybody.
struct BatchLimits {
  std::size_t commands = 1024;     ///< At least 1.
  std::size_t bytes = 4UL << 20U;  ///< In memory, with all that belongs to a command; at least 1.
  /// When a batch has taken that long, it begins no further command.
  actors::Duration time = std::chrono::milliseconds(20);
};

struct WriterOptions {
  std::filesystem::path path{};
  Synchronous synchronous = Synchronous::full;
  std::chrono::milliseconds busy_timeout{5000};
  BatchLimits batch{};
  QueueLimits queue{};
  std::uint64_t free_space_reserve = 0;  ///< In bytes; see FreeSpaceGuard.
  MeasureFreeSpace measure_free_space = free_space_beside;
  std::shared_ptr<const CommandRegistry> commands{};
  /// Told when another file is in the database's place, before anything is written to it.
  std::function<void()> has_exchanged_file{};
  std::shared_ptr<const Replication> replication = std::make_shared<const Replication>();
};

/// What the incarnations of a writer share with each other and with its callers.
struct WriterLink {
  ChildSlot<Writer> address{"the database's writer"};
  WriteStatus status;
  WriterActivity activity;
  /// When the writer last looked whether it may write, by its runtime's clock, in nanoseconds.
  std::atomic<std::int64_t> looked_at{0};

  /// What the status is. A writer that is well looks at the disk when it writes, and not by itself:
  /// now and then whoever asks has it look, for those who ask after him.
  /// Thread: any.
  [[nodiscard]] actors::Result<void> check();

  // The writer's own; one incarnation lives at a time.
  bool opened = false;  ///< The database has existed: should it vanish, none is made in its place.
  /// The file of a plain database, once it was opened. Across the incarnations: no other one may
  /// be, as long as readers have that one open.
  std::optional<ServedFile> file;
  /// This run has been marked, if it needs to be; see run_mark.hpp.
  bool has_begun = false;
  bool suspect = false;  ///< A commit failed: check the database before writing to it again.
  /// As the primary of which generation (see Replication) this node has begun an epoch.
  std::optional<std::uint64_t> reign;
  /// A commit that replication has not recorded; until one is, nothing is committed.
  std::optional<actors::Error> unrecorded;
};

/// Owns the only connection that writes, and runs commands on it in batches: what waits shares one
/// transaction and one sync, and one that fails leaves nothing of its own (see WriteBatch). An
/// answer means that the commit is durable. Who has the next turn: see WriteQueue.
///
/// Failures: a command's error is its caller's alone. An error of the database itself (disk full,
/// I/O, read-only, busy) is that of every command in the batch, and nothing of the batch is kept,
/// except that after a failed COMMIT nobody knows. A crash fails the commands of the batch at work
/// that had been begun with `down`; all others run after the restart (the child spec must ask for
/// it with `keep_unstarted`).
///
/// Four states in which it takes no commands are no crashes: it answers each with the reason, says
/// it in WriterLink::status and in describe().
/// - There is too little space: the reserve is reached, or a write has failed for it (disk_full).
///   It looks by itself whether there is space again.
/// - The database takes no writes, by its permissions or its mount (read_only). It is served as it
///   is, as long as its schema is up to date. A restart of the writer looks again.
/// - A commit, also of a migration, failed so that nobody knows what reached the disk, the file is
/// damaged or gone, or
///   another process has taken it (io_error, corrupt, not_found, busy). The database is opened
///   anew, written to so that what a failed commit left is covered, and checked as a whole, before
///   a command is taken; and all that is tried again until it succeeds.
/// - The file was moved, deleted or replaced while it is open, which is looked for before each
///   batch (unavailable). It goes on once the file is back; see ServedFile.
///
/// Its first start fails when the database cannot be opened, or when another process serves it.
///
/// Where the database is replicated it follows the node's role (FollowRole): as the primary it
/// begins an epoch and waits for the migrations before it takes commands; as anything else it
/// answers each with Replication's reason; while replication is down it has no connection at all,
/// and a database that is not there yet is waited for. A COMMIT that LiteFS refuses, since the role
/// has moved, is read_only. One that succeeds and that replication has not recorded would be lost
/// with LiteFS's next start: from then on it refuses (io_error) until it has seen one recorded.
///
/// Thread: one of its own, since it blocks (Placement::own_thread).
class Writer final : public actors::Server<Writer> {
 public:
  /// Runs one command. Errors: those of WriteBatch::run and of the states above; overloaded when
  /// too much waits; timeout when it was not begun, or not finished, by its deadline, and nothing
  /// of it is kept.
  struct Execute {
    using Reply = CommandReply;
    std::shared_ptr<const Command> command;  ///< Shared with the caller, who may ask again.
    ClientId client = 0;
    actors::Time deadline = actors::Time::max();
    [[nodiscard]] std::size_t bytes() const noexcept { return byte_size(*command); }
  };

  /// Brings the schema up to date and tells what that took. Errors: those of
  /// Migrations::apply_pending.
  struct ApplyMigrations {
    using Reply = MigrationRun;
    std::shared_ptr<const Migrations> migrations;
    NewerSchema newer = NewerSchema::refused;
  };

  /// Puts a backup in the place of what is in the database, between two batches: what waits is run
  /// before, what comes meanwhile after. One that is damaged or gone is replaced by another file.
  /// Errors: those of restore_running() and restore_replacing(); the reason if the database can't
  /// be opened for another one.
  struct Restore {
    using Reply = Restored;
    std::shared_ptr<const PreparedRestore> prepared;
    std::chrono::sys_seconds at;
    Report report{};  ///< Told by the writer; must not refer to what its caller may have left.
  };

  /// The node's role has changed: opens the database anew, as the role allows.
  struct FollowRole {};

  Writer(WriterOptions options, std::shared_ptr<WriterLink> link);

  actors::Init init();
  void terminate(const actors::ExitReason& reason);

  void handle(Execute message, actors::ReplyTo<CommandReply> reply);
  actors::Result<MigrationRun> handle(ApplyMigrations message);
  actors::Result<Restored> handle(const Restore& message);
  void handle(FollowRole message);

  /// Runs what has been collected; sent by the writer to itself, behind the mail that waits.
  struct Flush {};
  void handle(Flush message);

  /// Looks whether it may write; sent by the writer to itself.
  struct Look {};
  void handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// Why the database itself failed a batch.
  struct DatabaseFailure {
    actors::Error error;
    bool of_commit = false;  ///< See WriteBatch::commit_failed().
  };

  [[nodiscard]] actors::Result<void> open();
  [[nodiscard]] actors::Result<Connection> open_for_writing();
  [[nodiscard]] actors::Result<void> guard_process();
  [[nodiscard]] actors::Result<void> note_file();
  [[nodiscard]] actors::Result<void> begin_reign(Connection& connection);
  [[nodiscard]] actors::Result<void> commit_epoch(Connection& connection);
  [[nodiscard]] actors::Result<void> see_one_recorded(Connection& connection);
  [[nodiscard]] actors::Result<void> note_recorded(actors::Result<void> recorded);
  [[nodiscard]] actors::Result<Restored> restore(const Restore& message);
  [[nodiscard]] actors::Result<Restored> replace_file(const Restore& message);
  void go_on_with_restored();
  void follow_role();
  [[nodiscard]] actors::Result<void> regain_trust(Connection& connection);
  void reopen();
  void remember_position();

  [[nodiscard]] actors::Result<void> check_may_write();
  [[nodiscard]] actors::Result<void> check_file_and_space();
  [[nodiscard]] actors::Result<void> begin_run();
  void end_run();
  [[nodiscard]] actors::Result<void> check_may_migrate(const Migrations& migrations);
  void accept();
  void refuse(const actors::Error& why);
  void look();
  [[nodiscard]] bool is_well() const;
  void look_later();
  void note_look();
  void distrust(const actors::Error& why);
  void learn_from(const DatabaseFailure& failure);

  void flush_soon();
  void run_waiting();
  [[nodiscard]] std::optional<DatabaseFailure> run_batch();
  [[nodiscard]] std::optional<DatabaseFailure> run_noted_batch();
  [[nodiscard]] actors::Result<Position> commit_timed(WriteBatch& batch);
  [[nodiscard]] actors::Result<Position> commit_recorded(WriteBatch& batch);
  void note_checkpoints();
  void tell_of_log();
  [[nodiscard]] actors::Error unless_refused(actors::Error error);
  void fill(WriteBatch& batch);
  [[nodiscard]] std::optional<WaitingCommand> next_in_time(actors::Time now);
  void put_back_after(std::size_t ran);
  [[nodiscard]] std::optional<DatabaseFailure> commit(WriteBatch& batch);
  [[nodiscard]] std::optional<DatabaseFailure> give_up(WriteBatch& batch);
  void answer_begun(std::vector<CommandResult> results, const actors::Result<Position>& committed);
  void answer_all_waiting(const actors::Error& error);

  const WriterOptions options_;
  FreeSpaceGuard space_;
  const std::shared_ptr<WriterLink> link_;
  std::optional<ProcessGuard> guard_;
  std::optional<Connection> connection_;

  WriteQueue waiting_;
  bool flush_is_under_way_ = false;
  std::vector<WaitingCommand> begun_;  ///< A member, so that a crash finds the answers it owes.
  /// So many batches to come have savepoints from the beginning.
  unsigned careful_batches_ = 0;

  bool last_write_failed_ = false;  ///< For the database's own reasons; the next one shows.
  actors::Duration look_pause_ = std::chrono::seconds(10);
  bool look_is_due_ = false;  ///< A timer is set.
  std::optional<Position> position_;
  std::uint64_t batches_ = 0;
  std::uint64_t commands_ = 0;
  std::size_t last_batch_ = 0;
  std::uint64_t expired_ = 0;
  std::string log_trouble_;  ///< Why the write-ahead log grows; empty if it doesn't.
  std::optional<actors::Time> told_of_log_;
  std::string trouble_;           ///< Why the database was last opened anew.
  bool takes_over_ = false;       ///< What waits is run once the new primary's migrations have.
  std::uint64_t generation_ = 0;  ///< Of the role that the database was opened for.
  std::optional<std::uint64_t> refused_in_;  ///< The generation in which a write was refused.
  actors::Time refused_since_{};
};

}  // namespace coppice::db
