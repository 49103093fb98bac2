#include "db/transaction.hpp"

#include <utility>

#include <fmt/format.h>

#include "db/connection_state.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

// One name serves every depth: SQLite takes the innermost savepoint of that name.
constexpr std::string_view kBeginSavepoint = "SAVEPOINT coppice";
constexpr std::string_view kReleaseSavepoint = "RELEASE coppice";
constexpr std::string_view kRollbackSavepoint = "ROLLBACK TO coppice";

Result<void> require_transaction(const ConnectionState& connection) {
  if (in_transaction(connection)) return {};
  return fail(Errc::cancelled, "SQLite has rolled the transaction back");
}

}  // namespace

Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  ConnectionState& state = *connection.state_;
  const auto begun = run(state, kind == Kind::immediate ? "BEGIN IMMEDIATE" : "BEGIN");
  if (begun) return Transaction(state);
  if (begun.error() != Errc::busy) return std::unexpected(begun.error());
  const auto* who = state.is_replicated
                        ? "LiteFS, which replicates the database, has held it for longer than is "
                          "waited for, as while it imports or exports one"
                        : "another process has been writing to the database for longer than is "
                          "waited for";
  return fail(Errc::busy, fmt::format("{}: {}", who, begun.error().context));
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() { rollback(); }

Result<void> Transaction::commit() {
  if (connection_ == nullptr) return fail(Errc::invalid_argument, "the transaction has ended");
  auto committed = require_transaction(*connection_);
  if (committed) {
    committed = run(*connection_, "COMMIT");
    if (!committed && has_failed(*connection_)) connection_->lost_commit = true;
  }
  rollback();
  return committed;
}

void Transaction::rollback() noexcept {
  if (connection_ == nullptr) return;
  ConnectionState& connection = *std::exchange(connection_, nullptr);
  // A failing ROLLBACK leaves nothing to do: SQLite undoes the rest when the connection closes.
  if (in_transaction(connection)) (void)run(connection, "ROLLBACK");
}

Result<Savepoint> Savepoint::begin(Connection& connection) {
  ConnectionState& state = *connection.state_;
  const auto begun = run(state, kBeginSavepoint);
  if (!begun) return std::unexpected(begun.error());
  return Savepoint(state);
}

Savepoint::Savepoint(Savepoint&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Savepoint::~Savepoint() {
  if (connection_ != nullptr) (void)rollback();
}

Result<void> Savepoint::release() {
  if (connection_ == nullptr) return fail(Errc::invalid_argument, "the savepoint has ended");
  if (auto alive = require_transaction(*connection_); !alive) return alive;
  auto released = run(*connection_, kReleaseSavepoint);
  if (released) connection_ = nullptr;
  return released;
}

Result<void> Savepoint::rollback() {
  if (connection_ == nullptr) return fail(Errc::invalid_argument, "the savepoint has ended");
  ConnectionState& connection = *std::exchange(connection_, nullptr);
  if (auto alive = require_transaction(connection); !alive) return alive;
  if (auto undone = run(connection, kRollbackSavepoint); !undone) return undone;
  return run(connection, kReleaseSavepoint);
}

}  // namespace coppice::db
