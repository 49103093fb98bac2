#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/result.hpp"

struct sqlite3;
struct sqlite3_blob;

namespace coppice::db {

class Connection;

/// One row's blob, or text, of which parts can be read: a statement would read the whole of it into
/// memory, whatever it makes of it.
///
/// For the time of one read: it must not outlive its transaction. A part costs SQLite a walk over
/// all pages in front of it. Thread: that of the connection.
class StoredBlob {
 public:
  /// Whose bytes they are; names as SQLite has them.
  struct Place {
    const char* table = nullptr;
    const char* column = nullptr;
    std::int64_t rowid = 0;
  };

  /// Errors: internal when there is no such row, or neither a blob nor text in it; those of
  /// reading. @pre In a transaction.
  [[nodiscard]] static actors::Result<StoredBlob> open(Connection& connection, const Place& place);

  [[nodiscard]] std::uint64_t size() const noexcept;

  /// Reads @p size bytes from @p offset on. Errors: invalid_argument when it hasn't as many; those
  /// of reading.
  [[nodiscard]] actors::Result<std::string> read(std::uint64_t offset, std::uint64_t size) const;

 private:
  struct Close {
    void operator()(sqlite3_blob* blob) const noexcept;
  };

  StoredBlob(sqlite3& handle, sqlite3_blob* blob) noexcept : handle_(&handle), blob_(blob) {}

  sqlite3* handle_;  // The connection's, which outlives it.
  std::unique_ptr<sqlite3_blob, Close> blob_;
};

}  // namespace coppice::db
