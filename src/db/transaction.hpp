#pragma once

#include <cstdint>

#include "actors/result.hpp"
#include "db/connection.hpp"

namespace coppice::db {

/// A transaction that rolls back when it ends without having been committed.
/// Thread: that of its connection, which it must not outlive.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    deferred,   ///< For reads: one snapshot from the first read on.
    immediate,  ///< For writes: takes the write lock at once, so it never fails half-way as busy.
  };

  /// Errors: internal inside another transaction; busy when another process writes.
  [[nodiscard]] static actors::Result<Transaction> begin(Connection& connection, Kind kind);

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&& other) = delete;
  ~Transaction();

  /// Makes the changes permanent; after an error none of them is. Ends the transaction either way.
  /// Errors: constraint for a deferred foreign key, disk_full, io_error, read_only;
  /// cancelled when SQLite has already rolled the transaction back.
  [[nodiscard]] actors::Result<void> commit();

  /// Undoes everything now instead of at the end.
  void rollback() noexcept;

 private:
  explicit Transaction(ConnectionState& connection) noexcept : connection_(&connection) {}
  ConnectionState* connection_;  // Null once ended or moved from.
};

/// A part of a transaction that rolls back alone when it ends without having been released.
/// Outside a transaction it starts one, which its release commits.
class Savepoint {
 public:
  [[nodiscard]] static actors::Result<Savepoint> begin(Connection& connection);

  Savepoint(Savepoint&& other) noexcept;
  Savepoint& operator=(Savepoint&& other) = delete;
  ~Savepoint();

  /// Keeps the changes, as part of whatever is around.
  [[nodiscard]] actors::Result<void> release();

  /// Undoes everything since begin() and nothing else. Errors: cancelled when SQLite has already
  /// rolled back the whole transaction; those of a failing disk.
  [[nodiscard]] actors::Result<void> rollback();

 private:
  explicit Savepoint(ConnectionState& connection) noexcept : connection_(&connection) {}
  ConnectionState* connection_;  // Null once ended or moved from.
};

}  // namespace coppice::db
