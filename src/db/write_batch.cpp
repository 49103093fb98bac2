#include "db/write_batch.hpp"

#include <stdexcept>
#include <utility>

#include "db/connection.hpp"
#include "db/idempotency.hpp"
#include "db/statement_deadline.hpp"

namespace coppice::db {

using actors::Clock;
using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Time;

Result<WriteBatch> WriteBatch::begin(Connection& connection, const CommandRegistry& commands,
                                     const Clock& clock) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto position = read_position(connection);
  if (!position) return std::unexpected(position.error());
  return WriteBatch(connection, commands, clock, std::move(*transaction), *position);
}

WriteBatch::WriteBatch(Connection& connection, const CommandRegistry& commands, const Clock& clock,
                       Transaction transaction, Position before) noexcept
    : connection_(connection),
      commands_(commands),
      clock_(clock),
      transaction_(std::move(transaction)),
      before_(before) {}

bool WriteBatch::is_lost() const noexcept { return !connection_.in_transaction(); }

CommandResult WriteBatch::run(const Command& command, Time deadline) {
  const auto changes_before = connection_.total_changes();
  auto result = run_in_savepoint(command, deadline);
  if (result && connection_.total_changes() != changes_before) changed_ = true;
  return result;
}

CommandResult WriteBatch::run_in_savepoint(const Command& command, Time deadline) {
  auto savepoint = Savepoint::begin(connection_);
  if (!savepoint) return std::unexpected(std::move(savepoint.error()));
  auto result = run_until(command, deadline);
  database_failed_ = !result && connection_.has_failed();
  if (is_lost()) {
    if (!result) return result;
    throw std::logic_error("command " + command.name + " ended the writer's transaction");
  }
  // Checked at the COMMIT otherwise, where it would cost all the others theirs.
  if (result && connection_.breaks_foreign_keys()) {
    result = fail(Errc::constraint, command.name + " leaves a foreign key without its row");
  }
  const auto ended = result ? savepoint->release() : savepoint->rollback();
  if (ended) return result;
  // What the command left behind is unknown now, so nothing of the transaction may stay.
  database_failed_ = true;
  transaction_.rollback();
  return std::unexpected(ended.error());
}

CommandResult WriteBatch::run_until(const Command& command, Time deadline) {
  const StatementDeadline limit(connection_, clock_, deadline);
  auto result = run_once(command);
  if (result || !limit.has_struck()) return result;
  return fail(Errc::timeout, command.name + " was undone: it did not finish by its deadline");
}

// The position of a new reply is that of the commit, which is not known before; only a reply that
// is kept under a key names it now, since keeping it makes sure that the commit changes something.
CommandResult WriteBatch::run_once(const Command& command) {
  const bool has_key = !command.idempotency_key.empty();
  if (has_key) {
    auto earlier = find_earlier_reply(connection_, command);
    if (!earlier) return std::unexpected(std::move(earlier.error()));
    if (*earlier) return std::move(**earlier);
  }
  auto value = commands_.run(connection_, command);
  if (!value) return std::unexpected(std::move(value.error()));
  if (!has_key || is_lost()) return CommandReply{std::move(*value), {}};
  CommandReply reply{std::move(*value), {before_.epoch, before_.sequence + 1}};
  if (auto kept = remember_reply(connection_, command, reply); !kept) {
    return std::unexpected(std::move(kept.error()));
  }
  return reply;
}

Result<Position> WriteBatch::commit() {
  auto position = changed_ ? advance_position(connection_) : Result<Position>(before_);
  if (!position) return position;
  if (auto committed = transaction_.commit(); !committed) {
    commit_failed_ = true;
    return std::unexpected(std::move(committed.error()));
  }
  return position;
}

void settle(CommandResult& result, const Result<Position>& committed) {
  if (!result) return;
  if (!committed) {
    result = std::unexpected(committed.error());
  } else if (result->position == Position{}) {
    result->position = *committed;
  }
}

}  // namespace coppice::db
