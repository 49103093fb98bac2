#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "db/command.hpp"
#include "db/position.hpp"

namespace coppice::db {

class Connection;
class Transaction;

/// Whether the next command would fail in the same way.
[[nodiscard]] bool is_of_the_database(const actors::Error& error) noexcept;

/// When to begin no further command.
struct TimeLimit {
  const actors::Clock& clock;
  actors::Time end;
};

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

  /// One result per command, in order. Should the time limit come first, the results are those of
  /// as many commands as were begun, of one at least.
  ///
  /// A command whose error made SQLite undo the whole transaction (an interrupt, a conflict clause
  /// ROLLBACK) costs its neighbours nothing: those before it are then run again, each in a
  /// transaction of its own, and those after it count as not begun. When the COMMIT finds a rule of
  /// the schema broken (a deferred foreign key), all are run again in this way. Where the database
  /// itself failed, every command gets that error.
  /// Throws std::logic_error when a command ended the transaction by itself and reported success,
  /// and whatever a command throws; nothing of the batch is then committed.
  /// Errors of every command: unavailable before migrations have run; busy, disk_full, io_error,
  /// read_only; beside those of the commands.
  [[nodiscard]] std::vector<CommandResult> run(std::span<const Command> commands,
                                               const std::optional<TimeLimit>& limit = {});

  /// Why a COMMIT of run() failed, where that leaves open what has reached the disk: then the
  /// connection must not be used for writing before the database has been opened anew and checked.
  /// Nothing when all commits succeeded, or failed by a rule of the schema.
  [[nodiscard]] const std::optional<actors::Error>& broken_commit() const noexcept {
    return broken_commit_;
  }

 private:
  struct Attempt;

  [[nodiscard]] Attempt attempt(std::span<const Command> commands,
                                const std::optional<TimeLimit>& limit);
  void run_each(std::span<const Command> commands, const std::optional<TimeLimit>& limit,
                Attempt& attempt);
  void commit(Transaction& transaction, Attempt& attempt);
  [[nodiscard]] CommandResult run_in_savepoint(const Command& command, Position next);
  [[nodiscard]] CommandResult run_once(const Command& command, Position next);
  [[nodiscard]] std::vector<CommandResult> without_culprit(std::span<const Command> commands,
                                                           std::vector<CommandResult> results);
  void run_apart(std::span<const Command> commands, std::span<CommandResult> results);

  Connection& connection_;
  const CommandRegistry& commands_;
  std::optional<actors::Error> broken_commit_;
};

}  // namespace coppice::db
