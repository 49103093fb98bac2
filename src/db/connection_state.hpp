#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "actors/result.hpp"
#include "db/checkpoints.hpp"
#include "db/statement.hpp"
#include "db/statement_cache.hpp"

namespace coppice::db {

struct CloseConnection {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};

/// Lets another thread interrupt a connection that its owner may be closing at the same moment.
struct InterruptTarget {
  std::mutex mutex;
  sqlite3* handle = nullptr;  // Null once the connection closes. Guarded by the mutex.
};

/// What a Connection owns, at an address that survives moves of the Connection.
struct ConnectionState {
  ConnectionState(std::unique_ptr<sqlite3, CloseConnection> opened, std::size_t cached_statements);
  ConnectionState(const ConnectionState&) = delete;
  ConnectionState& operator=(const ConnectionState&) = delete;
  ~ConnectionState();

  std::unique_ptr<sqlite3, CloseConnection> handle;
  StatementCache cache;  // Below the handle: it goes first.
  std::shared_ptr<InterruptTarget> interrupt_target;
  std::int64_t touched_rows = 0;  // See Connection::touched_rows().
  Checkpoints checkpoints{};      // See Connection::take_checkpoints().
  bool is_replicated = false;     // LiteFS locks it, too.
  bool lost_commit = false;       // A COMMIT failed, and nobody knows what of it reached the disk.
};

/// See Connection::has_failed().
[[nodiscard]] bool has_failed(const ConnectionState& connection) noexcept;

[[nodiscard]] actors::Result<Statement> prepare(ConnectionState& connection, std::string_view sql);

/// Runs one statement without parameters to its end.
[[nodiscard]] actors::Result<void> run(ConnectionState& connection, std::string_view sql);

[[nodiscard]] inline bool in_transaction(const ConnectionState& connection) noexcept {
  return sqlite3_get_autocommit(connection.handle.get()) == 0;
}

}  // namespace coppice::db
