#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "db/command.hpp"
#include "db/position.hpp"

namespace coppice::db {

class Connection;
class Transaction;

/// What a command achieved once its commit is durable.
struct CommandReply {
  std::string value;  ///< Encoded; see reply_of().
  Position position;  ///< A reader at this position or later sees the command's changes.
};

using CommandResult = actors::Result<CommandReply>;

/// Runs many commands with one commit.
///
/// All of them share one transaction and one sync; each has a savepoint, so that one that fails
/// rolls back alone. The position advances once per commit that changed rows, and not for commands
/// that found nothing to do.
/// Thread: that of the connection.
class WriteBatch {
 public:
  /// Both must outlive the batch. The connection is outside any transaction.
  WriteBatch(Connection& connection, const CommandRegistry& commands) noexcept
      : connection_(connection), commands_(commands) {}

  /// One result per command, in order.
  ///
  /// A command whose error made SQLite undo the whole transaction (an interrupt, a conflict clause
  /// ROLLBACK) costs its neighbours nothing: each command is then run again in a transaction of its
  /// own, except the culprit. Where the database itself failed, every command gets that error, and
  /// so it is when BEGIN or COMMIT fail.
  /// Throws std::logic_error when a command ended the transaction by itself and reported success,
  /// and whatever a command throws; nothing of the batch is then committed.
  /// Errors of every command: unavailable before migrations have run; busy, disk_full, io_error,
  /// read_only; beside those of the commands.
  [[nodiscard]] std::vector<CommandResult> run(std::span<const Command> commands);

  /// Why a COMMIT of run() failed, where that leaves open what has reached the disk: then the
  /// connection must not be used for writing before the database has been opened anew and checked.
  /// Nothing when all commits succeeded, or failed by a rule of the schema.
  [[nodiscard]] const std::optional<actors::Error>& broken_commit() const noexcept {
    return broken_commit_;
  }

 private:
  struct Attempt;

  [[nodiscard]] Attempt attempt(std::span<const Command> commands);
  void run_each(std::span<const Command> commands, Attempt& attempt);
  void commit(Transaction& transaction, Attempt& attempt);
  [[nodiscard]] actors::Result<std::string> run_in_savepoint(const Command& command);
  [[nodiscard]] std::vector<CommandResult> run_apart(std::span<const Command> commands,
                                                     Attempt shared);

  Connection& connection_;
  const CommandRegistry& commands_;
  std::optional<actors::Error> broken_commit_;
};

}  // namespace coppice::db
