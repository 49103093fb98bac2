#pragma once

#include <optional>
#include <string>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"
#include "db/position.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

class Connection;

/// Many commands with one commit.
///
/// All of them share one transaction and one sync; each has a savepoint, so that one that fails
/// rolls back alone. The position advances once per commit that changed rows, and not for commands
/// that found nothing to do. A batch that ends without commit() leaves nothing.
///
/// Thread: that of the connection.
class WriteBatch {
 public:
  /// Begins the transaction. All three must outlive the batch; the connection is outside any
  /// transaction. Errors: unavailable before migrations have run; busy, io_error, ….
  [[nodiscard]] static actors::Result<WriteBatch> begin(Connection& connection,
                                                        const CommandRegistry& commands,
                                                        const actors::Clock& clock);

  /// Runs one command and gives its result, which counts once the batch is committed. The position
  /// is empty for a command that was new to the database; commit() tells it.
  ///
  /// A command's own error undoes what it did, and nothing else. Errors: those of the command;
  /// constraint when it leaves a deferred foreign key broken; timeout when it ran into its
  /// deadline.
  /// Throws std::logic_error when the command ended the transaction by itself and reported success,
  /// and whatever the command throws; nothing of the batch is then committed.
  [[nodiscard]] CommandResult run(const Command& command, actors::Time deadline);

  /// The command that failed last took all that was run before it along (an interrupt, a conflict
  /// clause ROLLBACK, a failing disk): nothing of the batch is left, and it cannot go on.
  [[nodiscard]] bool is_lost() const noexcept;

  /// The database itself was what failed the command that ran last: the next one would meet the
  /// same.
  [[nodiscard]] bool database_failed() const noexcept { return database_failed_; }

  /// Makes everything durable, and tells the position from which on it is seen. After an error
  /// nothing of the batch is seen; see commit_failed().
  [[nodiscard]] actors::Result<Position> commit();

  /// The COMMIT itself failed, so that nobody knows what has reached the disk: the batch may turn
  /// up again after a power loss, until something has been written over it.
  [[nodiscard]] bool commit_failed() const noexcept { return commit_failed_; }

 private:
  WriteBatch(Connection& connection, const CommandRegistry& commands, const actors::Clock& clock,
             Transaction transaction, Position before) noexcept;

  [[nodiscard]] CommandResult run_in_savepoint(const Command& command, actors::Time deadline);
  [[nodiscard]] CommandResult run_once(const Command& command);
  [[nodiscard]] CommandResult run_until(const Command& command, actors::Time deadline);

  Connection& connection_;
  const CommandRegistry& commands_;
  const actors::Clock& clock_;
  Transaction transaction_;
  Position before_;
  bool changed_ = false;
  bool database_failed_ = false;
  bool commit_failed_ = false;
};

/// Makes of what run() gave what the caller gets, now that commit() has given @p committed.
void settle(CommandResult& result, const actors::Result<Position>& committed);

}  // namespace coppice::db
