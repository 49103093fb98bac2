#include "db/stored_blob.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "db/connection.hpp"
#include "db/connection_state.hpp"
#include "db/sqlite_error.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

void StoredBlob::Close::operator()(sqlite3_blob* blob) const noexcept { sqlite3_blob_close(blob); }

Result<StoredBlob> StoredBlob::open(Connection& connection, const Place& place) {
  constexpr int kReadOnly = 0;
  sqlite3* handle = connection.state_->handle.get();
  sqlite3_blob* opened = nullptr;
  const int code =
      sqlite3_blob_open(handle, "main", place.table, place.column, place.rowid, kReadOnly, &opened);
  StoredBlob blob(*handle, opened);
  if (code != SQLITE_OK) return std::unexpected(last_error(handle, {}));
  return blob;
}

std::uint64_t StoredBlob::size() const noexcept {
  return static_cast<std::uint64_t>(sqlite3_blob_bytes(blob_.get()));
}

Result<std::string> StoredBlob::read(std::uint64_t offset, std::uint64_t size) const {
  if (offset > this->size() || size > this->size() - offset) {
    return fail(Errc::invalid_argument,
                fmt::format("there are {} bytes, not {} from {} on", this->size(), size, offset));
  }
  std::string bytes(size, '\0');
  const int code = sqlite3_blob_read(blob_.get(), bytes.data(), static_cast<int>(size),
                                     static_cast<int>(offset));
  if (code != SQLITE_OK) return std::unexpected(last_error(handle_, {}));
  return bytes;
}

}  // namespace coppice::db
