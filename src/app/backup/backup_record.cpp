#include "app/backup/backup_record.hpp"

#include <utility>

namespace coppice::app::backup {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks(100);

}  // namespace

void BackupRecord::found(std::chrono::sys_seconds at, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (figures_.last && *figures_.last >= at) return;
  figures_.last = at;
  figures_.last_bytes = bytes;
  figures_.last_seconds = 0;
}

void BackupRecord::made(std::chrono::sys_seconds at, std::chrono::duration<double> took,
                        std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  figures_.last = at;
  figures_.last_seconds = took.count();
  figures_.last_bytes = bytes;
  figures_.trouble.clear();
  ++figures_.made;
}

void BackupRecord::failed(std::string why) {
  const std::lock_guard lock(mutex_);
  figures_.trouble = std::move(why);
  ++figures_.failed;
}

void BackupRecord::uploaded() {
  const std::lock_guard lock(mutex_);
  ++figures_.uploaded;
}

void BackupRecord::upload_failed(std::string why) {
  const std::lock_guard lock(mutex_);
  figures_.follow_up_trouble = std::move(why);
  ++figures_.upload_failures;
}

void BackupRecord::removal_failed(std::string why) {
  const std::lock_guard lock(mutex_);
  figures_.follow_up_trouble = std::move(why);
  ++figures_.failed;
}

void BackupRecord::followed_up() {
  const std::lock_guard lock(mutex_);
  figures_.follow_up_trouble.clear();
}

BackupRecord::Figures BackupRecord::read() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

std::optional<BackupRecord::Turn> BackupRecord::take_turn(const std::stop_token& stop,
                                                          const std::function<void()>& on_wait) {
  Turn turn(turn_, std::try_to_lock);
  if (turn) return turn;
  if (on_wait) on_wait();
  while (!turn.try_lock_for(kBetweenLooks)) {
    if (stop.stop_requested()) return std::nullopt;
  }
  return turn;
}

}  // namespace coppice::app::backup
