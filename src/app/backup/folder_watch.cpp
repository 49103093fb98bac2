#include "app/backup/folder_watch.hpp"

#include <exception>
#include <tuple>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"

namespace coppice::app::backup {
namespace {

constexpr std::chrono::minutes kBetweenFolderLooks(1);

/// Nobody waits for what it finds.
class LookJob final : public actors::BlockingJob {
 public:
  explicit LookJob(FolderWatch::Look look) : look_(std::move(look)) {}

  void run() noexcept override {
    // Moved here, so that nothing of it outlives it, whoever still has the job.
    const auto look = std::move(look_);
    try {
      look();
    } catch (const std::exception& error) {  // a disk that fails while its folder is read
      SPDLOG_WARN("the folder of the backups can't be read: {}", error.what());
    }
  }
  void answer() noexcept override {}
  void fail(actors::Errc /*why*/) noexcept override {}

 private:
  FolderWatch::Look look_;
};

}  // namespace

FolderWatch::FolderWatch(Backups backups, Aside aside, std::function<Clock::time_point()> now)
    : backups_(std::make_shared<const Backups>(std::move(backups))),
      aside_(std::move(aside)),
      now_(std::move(now)) {}

BackupRecord::Figures FolderWatch::read() {
  look_if_due();
  return backups_->options().record->read();
}

void FolderWatch::look_if_due() {
  if (backups_->options().folder.empty()) return;
  std::unique_lock lock(mutex_);
  const auto now = now_();
  const bool is_due = !looked_ || now - *looked_ >= kBetweenFolderLooks;
  // One that hangs, as on a server of files that is away, is enough.
  if (!is_due || !looking_.expired()) return;
  looked_ = now;
  auto look = std::make_shared<const Backups>(*backups_);
  looking_ = look;
  lock.unlock();
  aside_([look = std::move(look)] { std::ignore = look->newest_whole(); });
}

FolderWatch::Aside on_blocking_threads(actors::Runtime& runtime) {
  return [&runtime](FolderWatch::Look look) {
    runtime.blocking_pool().submit(std::make_shared<LookJob>(std::move(look)));
  };
}

}  // namespace coppice::app::backup
