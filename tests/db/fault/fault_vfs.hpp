#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace coppice::db {

/// A call that SQLite makes to the file system on its way to a durable write.
enum class FileCall : std::uint8_t {
  open,
  write,
  truncate,
  sync,
  file_size,
  lock,
  shm_map,
  shm_lock,
  remove,
};

/// What goes wrong.
enum class FaultKind : std::uint8_t {
  io_error,     ///< EIO from any call.
  no_space,     ///< ENOSPC from the calls that may need a new block.
  short_write,  ///< Half of a write arrives, then the disk is full.
  failed_sync,  ///< A sync fails, and what was written since the last one is gone.
  lock_error,   ///< The lock manager fails, as on a network file system.
  busy,         ///< Another process holds the lock for a moment.
};

[[nodiscard]] std::string_view to_string(FileCall call) noexcept;
[[nodiscard]] std::string_view to_string(FaultKind kind) noexcept;

/// What is to fail: the n-th call that the kind applies to.
struct Fault {
  FaultKind kind{};
  std::size_t position = 1;  ///< 1 is the first call.
  bool lasts = false;        ///< All later ones fail as well, until disarm().
};

/// While one is alive, every connection that is opened goes through a file system that fails as it
/// is told. It is SQLite's own in all else, but for syncs, which reach no disk: a test loses no
/// power, and is a hundred times faster without them.
///
/// Thread: one at a time. It outlives the connections that are opened through it.
class FaultVfs {
 public:
  FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;
  ~FaultVfs();

  /// Counts calls from now on, and lets them fail by @p fault.
  void arm(Fault fault) noexcept;
  void disarm() noexcept;

  /// Whether the fault has struck since it was armed.
  [[nodiscard]] bool struck() const noexcept;
  /// Where it struck first, for messages: "write of app.db-wal".
  [[nodiscard]] const std::string& place() const noexcept;
};

}  // namespace coppice::db
