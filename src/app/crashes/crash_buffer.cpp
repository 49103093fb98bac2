#include "app/crashes/crash_buffer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace coppice::app::crashes {

bool CrashBuffer::note(const actors::Event& event) {
  const auto fingerprint = fingerprint_of(event);
  const std::lock_guard lock(mutex_);
  if (add_to_equal(fingerprint, count_of(event), milliseconds_now())) return false;
  waiting_.push_back(raw_crash(event, fingerprint, version_));
  keep_newest();
  return true;
}

bool CrashBuffer::add(Crash crash) {
  const std::lock_guard lock(mutex_);
  if (add_to_equal(crash.fingerprint, crash.count, crash.last_at)) return false;
  waiting_.push_back({.crash = std::move(crash), .frames = {}, .awaiting = {}});
  keep_newest();
  return true;
}

bool CrashBuffer::add_to_equal(std::int64_t fingerprint, std::int64_t count, std::int64_t at) {
  const auto equal = std::ranges::find(waiting_, fingerprint,
                                       [](const RawCrash& raw) { return raw.crash.fingerprint; });
  if (equal == waiting_.end()) return false;
  equal->crash.count += count;
  equal->crash.last_at = std::max(equal->crash.last_at, at);
  return true;
}

std::vector<RawCrash> CrashBuffer::take(std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
  std::vector<RawCrash> taken(std::make_move_iterator(waiting_.begin()),
                              std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  for (const auto& raw : taken) under_way_.push_back(raw.crash);
  return taken;
}

void CrashBuffer::arrived() {
  const std::lock_guard lock(mutex_);
  under_way_.clear();
}

void CrashBuffer::give_back(std::vector<RawCrash> crashes) {
  const std::lock_guard lock(mutex_);
  under_way_.clear();
  waiting_.insert(waiting_.begin(), std::make_move_iterator(crashes.begin()),
                  std::make_move_iterator(crashes.end()));
  keep_newest();
}

void CrashBuffer::give_up() {
  const std::lock_guard lock(mutex_);
  for (const auto& crash : under_way_) dropped_ += static_cast<std::uint64_t>(crash.count);
  under_way_.clear();
}

std::size_t CrashBuffer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::vector<Crash> CrashBuffer::unwritten() const {
  const std::lock_guard lock(mutex_);
  std::vector<Crash> out = under_way_;
  for (const auto& raw : waiting_) out.push_back(raw.crash);
  return out;
}

std::uint64_t CrashBuffer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void CrashBuffer::keep_newest() {
  while (waiting_.size() > kMost) {
    dropped_ += static_cast<std::uint64_t>(waiting_.front().crash.count);
    waiting_.pop_front();
  }
}

}  // namespace coppice::app::crashes
