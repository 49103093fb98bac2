#pragma once

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
#include "db/migrations.hpp"
#include "db/process_guard.hpp"
#include "db/write_batch.hpp"

namespace coppice::db {

class Writer;

/// What one commit takes at the most. A batch is what waits when the writer gets to it, so these
/// bound how long the first of a crowd waits for the last; they don't delay anybody.
struct BatchLimits {
  std::size_t commands = 1024;
  std::size_t bytes = 4UL << 20U;  ///< Of names and arguments together.
};

struct WriterOptions {
  std::filesystem::path path{};
  Synchronous synchronous = Synchronous::full;
  BatchLimits batch{};
  std::shared_ptr<const CommandRegistry> commands{};
};

/// What the incarnations of a writer share with each other and with its callers.
struct WriterLink {
  ChildSlot<Writer> address{"the database's writer"};

  // The writer's own; one incarnation lives at a time.
  bool opened = false;   ///< The database has existed: should it vanish, none is made in its place.
  bool suspect = false;  ///< A commit failed: check the database before writing to it again.
};

/// Owns the only connection that writes, and runs commands on it in batches: what waits in the
/// mailbox shares one transaction and one sync, each command in a savepoint of its own. An answer
/// means that the commit is durable.
///
/// Failures: a command's error is its caller's alone. An error of the database itself (disk full,
/// I/O, read-only, busy) is that of every command in the batch, and nothing of the batch is kept.
/// A commit whose outcome is in doubt makes the writer open the database anew and check it before
/// anything else is written; if that fails, it crashes and its supervisor goes on trying. A crash
/// fails the commands of the batch at work with `down`; those that had not begun run after the
/// restart (the child spec must ask for it with `keep_unstarted`).
///
/// Its start fails when the database cannot be opened, or when another process serves it.
///
/// Thread: one of its own, since it blocks (Placement::own_thread).
class Writer final : public actors::Server<Writer> {
 public:
  /// Runs one command. Errors: those of WriteBatch::run; timeout when the command waited until its
  /// deadline, in which case it did not run.
  struct Execute {
    using Reply = CommandReply;
    Command command;
    [[nodiscard]] std::size_t bytes() const noexcept;
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

  [[nodiscard]] std::string describe() const override;

 private:
  struct Waiting {
    Command command;
    actors::ReplyTo<CommandReply> reply;
  };

  [[nodiscard]] actors::Result<void> open();
  [[nodiscard]] actors::Result<Connection> open_connection();
  void reopen(const actors::Error& broken_commit);
  void run_waiting();
  [[nodiscard]] std::vector<Command> begin_batch();
  void answer_batch(std::vector<CommandResult> results);
  void remember_position();

  const WriterOptions options_;
  const std::shared_ptr<WriterLink> link_;
  std::optional<ProcessGuard> guard_;
  std::optional<Connection> connection_;

  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool flush_is_under_way_ = false;
  // Those of the batch at work: a member, so that a crash finds the answers that it owes.
  std::vector<actors::ReplyTo<CommandReply>> replies_;

  std::optional<Position> position_;
  std::uint64_t batches_ = 0;
  std::uint64_t commands_ = 0;
  std::size_t last_batch_ = 0;
  std::uint64_t expired_ = 0;
  std::string trouble_;  // The latest broken commit.
};

}  // namespace coppice::db
