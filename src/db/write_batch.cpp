#include "db/write_batch.hpp"

#include <stdexcept>
#include <utility>

#include "db/connection.hpp"
#include "db/idempotency.hpp"
#include "db/query.hpp"
#include "db/statement_deadline.hpp"

namespace coppice::db {

using actors::Clock;
using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Time;

namespace {

// What changes no row may still change the schema. Read once for a batch: of a failing command it
// is enough to know that none before it did either.
Result<std::int64_t> schema_version(Connection& connection) {
  const auto version = query_value<std::int64_t>(connection, "PRAGMA schema_version");
  if (!version) return std::unexpected(version.error());
  return version->value_or(0);
}

}  // namespace

Result<WriteBatch> WriteBatch::begin(Connection& connection, const CommandRegistry& commands,
                                     const Clock& clock, Isolation isolation) {
  WriteBatch batch(connection, commands, clock, isolation);
  if (auto begun = batch.begin_transaction(); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return batch;
}

WriteBatch::WriteBatch(Connection& connection, const CommandRegistry& commands, const Clock& clock,
                       Isolation isolation) noexcept
    : connection_(connection), commands_(commands), clock_(clock), isolation_(isolation) {}

Result<void> WriteBatch::begin_transaction() {
  auto transaction = Transaction::begin(connection_, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto position = read_position(connection_);
  if (!position) return std::unexpected(position.error());
  before_ = *position;
  if (isolation_ == Isolation::optimistic) {
    const auto schema = schema_version(connection_);
    if (!schema) return std::unexpected(schema.error());
    schema_ = *schema;
  }
  transaction_.emplace(std::move(*transaction));
  return {};
}

bool WriteBatch::is_lost() const noexcept { return !transaction_ || !connection_.in_transaction(); }

void WriteBatch::run(const Command& command, Time deadline) {
  runs_.push_back({&command, deadline});
  if (isolation_ == Isolation::savepoints) return add(run_in_savepoint(runs_.back()));
  auto result = run_soundly(runs_.back());
  if (result || is_lost() || !has_changed_something()) return add(std::move(result));
  start_over();
}

// Also for what a statement outside any savepoint may have left behind: a failed one undoes itself.
bool WriteBatch::has_changed_something() const {
  if (has_changed_rows()) return true;
  const auto schema = schema_version(connection_);
  return !schema || *schema != schema_;
}

bool WriteBatch::has_changed_rows() const noexcept {
  return connection_.total_changes() != changes_before_ ||
         connection_.touched_rows() != touched_before_;
}

void WriteBatch::add(CommandResult result) { results_.push_back(std::move(result)); }

void WriteBatch::start_over() {
  started_over_ = true;
  isolation_ = Isolation::savepoints;
  changed_ = false;
  results_.clear();
  transaction_.reset();
  // Another process may have come in between, or the disk may have failed.
  if (auto begun = begin_transaction(); !begun) {
    database_failed_ = true;
    results_.assign(runs_.size(), std::unexpected(begun.error()));
    return;
  }
  for (const auto& run : runs_) {
    add(run_in_savepoint(run));
    if (is_lost() || database_failed_) return;
  }
}

CommandResult WriteBatch::run_in_savepoint(const Run& run) {
  auto savepoint = Savepoint::begin(connection_);
  if (!savepoint) return std::unexpected(std::move(savepoint.error()));
  auto result = run_soundly(run);
  if (is_lost()) return result;
  const auto ended = result ? savepoint->release() : savepoint->rollback();
  return ended ? result : undo_all(ended.error());
}

// What a command left behind is unknown, so nothing of the transaction may stay.
CommandResult WriteBatch::undo_all(actors::Error error) {
  database_failed_ = true;
  transaction_.reset();
  return std::unexpected(std::move(error));
}

CommandResult WriteBatch::run_soundly(const Run& run) {
  changes_before_ = connection_.total_changes();
  touched_before_ = connection_.touched_rows();
  auto result = run_until(*run.command, run.deadline);
  database_failed_ = !result && connection_.has_failed();
  if (is_lost()) {
    if (!result) return result;
    throw std::logic_error("command " + run.command->name + " ended the writer's transaction");
  }
  // Checked at the COMMIT otherwise, where it would cost all the others theirs.
  if (result && connection_.breaks_foreign_keys()) {
    return fail(Errc::constraint, run.command->name + " leaves a foreign key without its row");
  }
  if (result && has_changed_rows()) changed_ = true;
  return result;
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
    if (*earlier) return as_of_now(std::move(**earlier));
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

// A position of another reign tells nobody whether what it stands for is still there; that there is
// a reply in this one does.
CommandReply WriteBatch::as_of_now(CommandReply earlier) const {
  if (earlier.position.epoch != before_.epoch) earlier.position = {};
  return earlier;
}

Result<Position> WriteBatch::commit() {
  auto position = changed_ ? advance_position(connection_) : Result<Position>(before_);
  if (!position) return position;
  if (auto committed = transaction_->commit(); !committed) {
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
