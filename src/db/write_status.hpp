#pragma once

#include <mutex>
#include <optional>

#include "actors/result.hpp"

namespace coppice::db {

/// Whether the writer takes commands, and if not, why. The writer says so; health checks look.
/// Thread: any.
class WriteStatus {
 public:
  /// Errors: read_only, disk_full, io_error, corrupt, …: what a command would be answered.
  [[nodiscard]] actors::Result<void> check() const;

  /// Each gives whether that is news.
  bool accept();
  bool refuse(actors::Error why);

 private:
  mutable std::mutex mutex_;
  std::optional<actors::Error> refusal_;  // Guarded by the mutex.
};

}  // namespace coppice::db
