#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "actors/runtime.hpp"
#include "app/backup/backups.hpp"

namespace coppice::app::backup {

/// How a server's backups have gone, those included that other processes have put into its folder,
/// as `coppice backup create` does while no server answers.
///
/// The folder is looked at when somebody asks, at most once a minute, and on another thread, since
/// that may block: whoever asks is told what is known by then, and the next one what was found.
///
/// Thread: any.
class FolderWatch {
 public:
  using Clock = std::chrono::steady_clock;
  using Look = std::function<void()>;
  /// Has a look done on a thread that may block, or drops it.
  using Aside = std::function<void(Look)>;

  FolderWatch(Backups backups, Aside aside, std::function<Clock::time_point()> now = &Clock::now);

  /// Begins a look where one is due. Does not wait for it.
  [[nodiscard]] BackupRecord::Figures read();

 private:
  void look_if_due();

  const std::shared_ptr<const Backups> backups_;
  const Aside aside_;
  const std::function<Clock::time_point()> now_;
  std::mutex mutex_;  // guards what follows
  std::optional<Clock::time_point> looked_;
  std::weak_ptr<const Backups> looking_;  // Expired unless a look waits or is under way.
};

/// Looks on one of the runtime's threads for what blocks. The runtime must outlive it.
[[nodiscard]] FolderWatch::Aside on_blocking_threads(actors::Runtime& runtime);

}  // namespace coppice::app::backup
