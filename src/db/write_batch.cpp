#include "db/write_batch.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

#include "db/connection.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::Result;

/// One transaction's worth of commands: either the results, or who lost the transaction.
struct WriteBatch::Attempt {
  std::vector<CommandResult> results;
  std::optional<std::size_t> culprit;
  bool changed = false;

  void fail_all(const Error& error) {
    for (auto& result : results) {
      if (result) result = std::unexpected(error);
    }
  }
};

namespace {

// Whether the next command may well succeed where this one failed.
bool is_the_commands_own(const Error& error) {
  switch (error.code) {
    case Errc::disk_full:
    case Errc::io_error:
    case Errc::corrupt:
    case Errc::read_only:
    case Errc::busy:
    case Errc::system_limit: return false;
    default: return true;
  }
}

// After a failed write or sync nobody knows which pages the disk has, nor what the kernel still
// believes to be written.
bool breaks_trust(const Error& failed_commit) {
  switch (failed_commit.code) {
    case Errc::constraint:
    case Errc::conflict:
    case Errc::busy:
    case Errc::cancelled: return false;
    default: return true;
  }
}

bool any_succeeded(const std::vector<CommandResult>& results) {
  return std::ranges::any_of(results, &CommandResult::has_value);
}

}  // namespace

std::vector<CommandResult> WriteBatch::run(std::span<const Command> commands) {
  if (commands.empty()) return {};
  Attempt shared = attempt(commands);
  if (!shared.culprit) return std::move(shared.results);
  return run_apart(commands, std::move(shared));
}

WriteBatch::Attempt WriteBatch::attempt(std::span<const Command> commands) {
  Attempt attempt;
  attempt.results.resize(commands.size());
  auto transaction = Transaction::begin(connection_, Transaction::Kind::immediate);
  if (!transaction) {
    attempt.fail_all(transaction.error());
  } else if (const auto position = read_position(connection_); !position) {
    attempt.fail_all(position.error());
  } else {
    run_each(commands, attempt);
    if (!attempt.culprit && any_succeeded(attempt.results)) commit(*transaction, attempt);
  }
  return attempt;
}

void WriteBatch::run_each(std::span<const Command> commands, Attempt& attempt) {
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const auto changes_before = connection_.total_changes();
    auto reply = run_in_savepoint(commands[i]);
    if (reply) {
      attempt.results[i]->value = std::move(*reply);
      attempt.changed |= connection_.total_changes() != changes_before;
    } else {
      attempt.results[i] = std::unexpected(std::move(reply.error()));
    }
    if (connection_.in_transaction()) continue;
    attempt.culprit = i;
    return;
  }
}

void WriteBatch::commit(Transaction& transaction, Attempt& attempt) {
  const auto position =
      attempt.changed ? advance_position(connection_) : read_position(connection_);
  if (!position) return attempt.fail_all(position.error());
  if (const auto committed = transaction.commit(); !committed) {
    if (breaks_trust(committed.error())) broken_commit_ = committed.error();
    return attempt.fail_all(committed.error());
  }
  for (auto& result : attempt.results) {
    if (result) result->position = *position;
  }
}

Result<std::string> WriteBatch::run_in_savepoint(const Command& command) {
  auto savepoint = Savepoint::begin(connection_);
  if (!savepoint) return std::unexpected(std::move(savepoint.error()));
  auto reply = commands_.run(connection_, command);
  if (!connection_.in_transaction()) {
    if (!reply) return reply;
    throw std::logic_error("command " + command.name + " ended the writer's transaction");
  }
  const auto ended = reply ? savepoint->release() : savepoint->rollback();
  if (ended) return reply;
  // What the command left behind is unknown now, so nothing of the transaction may stay.
  (void)connection_.execute("ROLLBACK");
  return std::unexpected(ended.error());
}

std::vector<CommandResult> WriteBatch::run_apart(std::span<const Command> commands,
                                                 Attempt shared) {
  const Error cause = shared.results[*shared.culprit].error();
  if (!is_the_commands_own(cause)) {
    shared.fail_all(cause);
    return std::move(shared.results);
  }
  for (std::size_t i = 0; i < commands.size(); ++i) {
    if (i != *shared.culprit) {
      shared.results[i] = std::move(attempt(commands.subspan(i, 1)).results.front());
    }
  }
  return std::move(shared.results);
}

}  // namespace coppice::db
