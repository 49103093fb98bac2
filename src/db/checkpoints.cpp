#include "db/checkpoints.hpp"

#include <sqlite3.h>

#include "db/connection_state.hpp"
#include "db/sqlite_error.hpp"

namespace coppice::db {

namespace {

constexpr int kManyPages = 1000;  // SQLite's own measure.

void checkpoint(Checkpoints& seen, sqlite3* handle, const char* database) {
  int in_log = 0;
  int done = 0;
  const int code =
      sqlite3_wal_checkpoint_v2(handle, database, SQLITE_CHECKPOINT_PASSIVE, &in_log, &done);
  seen.error.reset();
  if (code == SQLITE_OK && done >= in_log) {
    ++seen.complete;
  } else if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) {
    ++seen.partial;
  } else {
    ++seen.failed;
    seen.error = last_error(handle, {});
  }
}

// The commit has succeeded, whatever becomes of this.
int after_commit(void* seen, sqlite3* handle, const char* database, int pages) noexcept {
  auto& checkpoints = *static_cast<Checkpoints*>(seen);
  checkpoints.log_pages = static_cast<std::uint64_t>(pages);
  if (pages >= kManyPages) {
    checkpoint(checkpoints, handle, database);
  } else {
    checkpoints.error.reset();
  }
  return SQLITE_OK;
}

}  // namespace

void watch_checkpoints(ConnectionState& connection) {
  sqlite3_wal_hook(connection.handle.get(), &after_commit, &connection.checkpoints);
}

}  // namespace coppice::db
