#include "actors/task_group.hpp"

namespace coppice::actors {

void TaskGroup::add(Task<void> task) {
  // Sweeping once most have finished costs the same per task, however many there are.
  if (entries_.size() > 2 * running_) reap();
  Entry& entry = entries_.emplace_back();
  entry.root = supervise(std::move(task), &entry);
  ++running_;
  entry.root.handle().resume();
}

Task<void> TaskGroup::join() {
  co_await AllDone(*this);
  reap();
  if (failure_) std::rethrow_exception(take_failure());
}

// A coroutine can't destroy its own frame: it is marked here and destroyed by the next reap().
Task<void> TaskGroup::supervise(Task<void> task, Entry* entry) {
  try {
    co_await std::move(task);
  } catch (...) {  // kept for join() or for the actor, which decides
    if (!failure_) failure_ = std::current_exception();
  }
  entry->done = true;
  if (--running_ == 0 && joiner_ != nullptr) joiner_->done();
}

void TaskGroup::reap() {
  std::erase_if(entries_, [](const Entry& entry) { return entry.done && entry.root.done(); });
}

}  // namespace coppice::actors
