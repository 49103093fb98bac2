#include "app/line_queue.hpp"

#include <utility>

namespace coppice::app {

void LineQueue::put(std::string_view line) {
  const std::lock_guard lock(mutex_);
  // Once one is left out, all are until the reader comes: so it knows where the gap is.
  if (missed_ > 0 || lines_.size() + line.size() + 1 > most_bytes_) {
    ++missed_;
    return;
  }
  const bool was_empty = lines_.empty();
  lines_.append(line).push_back('\n');
  if (was_empty) wake();
}

void LineQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wake();
}

LineQueue::Taken LineQueue::take() {
  const std::lock_guard lock(mutex_);
  return {
      .lines = std::exchange(lines_, {}), .missed = std::exchange(missed_, 0), .closed = closed_};
}

void LineQueue::when_filled(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
  if (!lines_.empty() || closed_) this->wake();
}

void LineQueue::wake() {
  if (wake_) wake_();
}

}  // namespace coppice::app
