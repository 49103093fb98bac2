#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"
#include "db/position.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

class Connection;

/// How a batch keeps a command that fails from leaving a part of its work.
enum class Isolation : std::uint8_t {
  /// Each command has a savepoint of its own, which costs about as much as a small insert.
  savepoints,
  /// None has one, until a command fails that had changed something. Then everything is undone and
  /// run once more, with savepoints. Changed means rows or the schema: temporary tables and PRAGMA
  /// user_version or application_id are not looked at.
  optimistic,
};

/// Many commands with one commit.
///
/// All of them share one transaction and one sync; one that fails rolls back alone. The position
/// advances once per commit that changed rows, and not for commands that found nothing to do. A
/// batch that ends without commit() leaves nothing.
///
/// Thread: that of the connection.
class WriteBatch {
 public:
  /// Begins the transaction. All three must outlive the batch; the connection is outside any
  /// transaction. Errors: unavailable before migrations have run; busy, io_error, ….
  [[nodiscard]] static actors::Result<WriteBatch> begin(Connection& connection,
                                                        const CommandRegistry& commands,
                                                        const actors::Clock& clock,
                                                        Isolation isolation);

  /// Runs one more command, which must outlive the batch, and adds its result to results().
  ///
  /// A command's own error undoes what it did, and nothing else. Errors: those of the command;
  /// constraint when it leaves a deferred foreign key broken; timeout when it ran into its
  /// deadline.
  /// Throws std::logic_error when the command ended the transaction by itself and reported success,
  /// and whatever the command throws; nothing of the batch is then committed.
  void run(const Command& command, actors::Time deadline);

  /// One for each command, in their order; they count once the batch is committed. The position is
  /// empty for a command that was new to the database; commit() tells it.
  ///
  /// Fewer than there are commands when the batch is lost or the database has failed: the last one
  /// tells why, and the commands without a result have left nothing.
  [[nodiscard]] const std::vector<CommandResult>& results() const noexcept { return results_; }
  [[nodiscard]] std::vector<CommandResult> take_results() && { return std::move(results_); }

  /// The last command with a result took all that was run before it along (an interrupt, a conflict
  /// clause ROLLBACK, a failing disk): nothing of the batch is left, and it cannot go on.
  [[nodiscard]] bool is_lost() const noexcept;

  /// The database itself was what failed the last command with a result: the next one would meet
  /// the same.
  [[nodiscard]] bool database_failed() const noexcept { return database_failed_; }

  /// An optimistic batch had to be run once more.
  [[nodiscard]] bool has_started_over() const noexcept { return started_over_; }

  /// Makes everything durable, and tells the position from which on it is seen. After an error
  /// nothing of the batch is seen; see commit_failed().
  [[nodiscard]] actors::Result<Position> commit();

  /// The COMMIT itself failed, so that nobody knows what has reached the disk: the batch may turn
  /// up again after a power loss, until something has been written over it.
  [[nodiscard]] bool commit_failed() const noexcept { return commit_failed_; }

 private:
  struct Run {
    const Command* command;
    actors::Time deadline;
  };

  WriteBatch(Connection& connection, const CommandRegistry& commands, const actors::Clock& clock,
             Isolation isolation) noexcept;

  [[nodiscard]] actors::Result<void> begin_transaction();
  [[nodiscard]] bool has_changed_something() const;
  [[nodiscard]] bool has_changed_rows() const noexcept;
  void add(CommandResult result);
  void start_over();
  [[nodiscard]] CommandResult run_in_savepoint(const Run& run);
  [[nodiscard]] CommandResult run_soundly(const Run& run);
  [[nodiscard]] CommandResult run_until(const Command& command, actors::Time deadline);
  [[nodiscard]] CommandResult run_once(const Command& command);
  [[nodiscard]] CommandReply as_of_now(CommandReply earlier) const;
  [[nodiscard]] CommandResult undo_all(actors::Error error);

  Connection& connection_;
  const CommandRegistry& commands_;
  const actors::Clock& clock_;
  Isolation isolation_;
  std::optional<Transaction> transaction_;  // None once all of it has been undone.
  Position before_;
  std::int64_t schema_ = 0;
  std::int64_t changes_before_ = 0;  // As the connection counts them, before the last command,
  std::int64_t touched_before_ = 0;  // and so these.
  std::vector<Run> runs_;
  std::vector<CommandResult> results_;
  bool changed_ = false;
  bool started_over_ = false;
  bool database_failed_ = false;
  bool commit_failed_ = false;
};

/// Makes of what run() gave what the caller gets, now that commit() has given @p committed.
void settle(CommandResult& result, const actors::Result<Position>& committed);

}  // namespace coppice::db
