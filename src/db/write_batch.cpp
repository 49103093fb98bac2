#include "db/write_batch.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

#include "db/connection.hpp"
#include "db/idempotency.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::Result;

/// One transaction's worth of commands: the results of those that were begun.
struct WriteBatch::Attempt {
  std::vector<CommandResult> results;
  bool lost_transaction = false;  // By the last of them.
  bool breaks_rule = false;       // Of the schema, found by the COMMIT: by any of them.
  bool changed = false;
  Position before;

  void fail_all(const Error& error) {
    for (auto& result : results) {
      if (result) result = std::unexpected(error);
    }
  }
};

namespace {

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

bool is_of_the_database(const Error& error) noexcept {
  switch (error.code) {
    case Errc::disk_full:
    case Errc::io_error:
    case Errc::corrupt:
    case Errc::read_only:
    case Errc::busy:
    case Errc::system_limit: return true;
    default: return false;
  }
}

std::vector<CommandResult> WriteBatch::run(std::span<const Command> commands,
                                           const std::optional<TimeLimit>& limit) {
  if (commands.empty()) return {};
  Attempt shared = attempt(commands, limit);
  if (shared.lost_transaction) return without_culprit(commands, std::move(shared.results));
  if (shared.breaks_rule) run_apart(commands, shared.results);
  return std::move(shared.results);
}

WriteBatch::Attempt WriteBatch::attempt(std::span<const Command> commands,
                                        const std::optional<TimeLimit>& limit) {
  Attempt attempt;
  auto transaction = Transaction::begin(connection_, Transaction::Kind::immediate);
  if (!transaction) {
    attempt.results.assign(commands.size(), std::unexpected(transaction.error()));
  } else if (const auto position = read_position(connection_); !position) {
    attempt.results.assign(commands.size(), std::unexpected(position.error()));
  } else {
    attempt.before = *position;
    run_each(commands, limit, attempt);
    if (!attempt.lost_transaction && any_succeeded(attempt.results)) commit(*transaction, attempt);
  }
  return attempt;
}

void WriteBatch::run_each(std::span<const Command> commands, const std::optional<TimeLimit>& limit,
                          Attempt& attempt) {
  const Position next{attempt.before.epoch, attempt.before.sequence + 1};
  attempt.results.reserve(commands.size());
  for (const Command& command : commands) {
    const auto changes_before = connection_.total_changes();
    auto& result = attempt.results.emplace_back(run_in_savepoint(command, next));
    attempt.changed |= result && connection_.total_changes() != changes_before;
    attempt.lost_transaction = !connection_.in_transaction();
    if (attempt.lost_transaction || (limit && limit->clock.now() >= limit->end)) return;
  }
}

void WriteBatch::commit(Transaction& transaction, Attempt& attempt) {
  const auto position =
      attempt.changed ? advance_position(connection_) : Result<Position>(attempt.before);
  if (!position) return attempt.fail_all(position.error());
  if (const auto committed = transaction.commit(); !committed) {
    if (breaks_trust(committed.error())) broken_commit_ = committed.error();
    attempt.breaks_rule = committed.error() == Errc::constraint;
    return attempt.fail_all(committed.error());
  }
  for (auto& result : attempt.results) {
    if (result && result->position == Position{}) result->position = *position;
  }
}

CommandResult WriteBatch::run_in_savepoint(const Command& command, Position next) {
  auto savepoint = Savepoint::begin(connection_);
  if (!savepoint) return std::unexpected(std::move(savepoint.error()));
  auto reply = run_once(command, next);
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

// The position of a new reply is that of the commit, which is not known before; only a reply that
// is kept under a key names it now, since keeping it makes sure that the commit changes something.
CommandResult WriteBatch::run_once(const Command& command, Position next) {
  const bool has_key = !command.idempotency_key.empty();
  if (has_key) {
    auto earlier = find_earlier_reply(connection_, command);
    if (!earlier) return std::unexpected(std::move(earlier.error()));
    if (*earlier) return std::move(**earlier);
  }
  auto value = commands_.run(connection_, command);
  if (!value) return std::unexpected(std::move(value.error()));
  if (!has_key) return CommandReply{std::move(*value), {}};
  CommandReply reply{std::move(*value), next};
  if (!connection_.in_transaction()) return reply;
  if (auto kept = remember_reply(connection_, command, reply); !kept) {
    return std::unexpected(std::move(kept.error()));
  }
  return reply;
}

std::vector<CommandResult> WriteBatch::without_culprit(std::span<const Command> commands,
                                                       std::vector<CommandResult> results) {
  const Error cause = results.back().error();
  if (is_of_the_database(cause)) {
    results.assign(commands.size(), std::unexpected(cause));
  } else {
    run_apart(commands, std::span(results).first(results.size() - 1));
  }
  return results;
}

void WriteBatch::run_apart(std::span<const Command> commands, std::span<CommandResult> results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i] = std::move(attempt(commands.subspan(i, 1), {}).results.front());
  }
}

}  // namespace coppice::db
