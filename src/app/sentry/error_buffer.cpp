#include "app/sentry/error_buffer.hpp"

#include <algorithm>
#include <utility>

namespace coppice::app::sentry {

bool ErrorBuffer::add(LoggedError error) {
  const std::lock_guard lock(mutex_);
  const auto equal = std::ranges::find(waiting_, error.fingerprint, &LoggedError::fingerprint);
  if (equal != waiting_.end()) {
    // The last says what it is now.
    error.count += equal->count;
    *equal = std::move(error);
    return false;
  }
  waiting_.push_back(std::move(error));
  keep_newest();
  return true;
}

std::optional<LoggedError> ErrorBuffer::take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  auto oldest = std::move(waiting_.front());
  waiting_.pop_front();
  return oldest;
}

void ErrorBuffer::give_back(LoggedError error) {
  const std::lock_guard lock(mutex_);
  waiting_.push_front(std::move(error));
  keep_newest();
}

void ErrorBuffer::drop(std::int64_t count) {
  const std::lock_guard lock(mutex_);
  dropped_ += static_cast<std::uint64_t>(count);
}

std::size_t ErrorBuffer::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

std::uint64_t ErrorBuffer::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void ErrorBuffer::keep_newest() {
  while (waiting_.size() > kMost) {
    dropped_ += static_cast<std::uint64_t>(waiting_.front().count);
    waiting_.pop_front();
  }
}

}  // namespace coppice::app::sentry
