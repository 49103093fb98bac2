#include "actors/blocking_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include "actors/throw_trace.hpp"

namespace coppice::actors {

/// Owned by the pool and by every thread, because one that is stuck outlives the pool.
struct BlockingPool::Shared {
  struct Running {
    std::shared_ptr<BlockingJob> job;
    bool overdue = false;
  };
  using RunningList = std::list<Running>;

  const BlockingOptions options;
  const bool manual;
  std::mutex mutex;  // guards what follows
  std::condition_variable work;
  std::condition_variable ended;
  std::deque<std::shared_ptr<BlockingJob>> queue;
  RunningList running;
  std::vector<std::thread> threads;
  std::size_t idle_threads = 0;
  std::size_t ended_threads = 0;
  bool closed = false;

  Shared(BlockingOptions o, bool m) : options(o), manual(m) {}

  /// With the mutex held.
  RunningList::iterator begin() {
    running.push_back({.job = std::move(queue.front())});
    queue.pop_front();
    return std::prev(running.end());
  }

  /// With the mutex held. After close() the job has been answered, and the runtime may be gone.
  void end(RunningList::iterator job) noexcept {
    if (!closed) job->job->answer();
    running.erase(job);
  }
};

namespace {

thread_local std::string_view blocking_for_now;

void run(BlockingJob& job) noexcept {
  blocking_for_now = job.actor();
  job.run();
  blocking_for_now = {};
}

template <class Shared>
void work_until_closed(std::shared_ptr<Shared> shared) {
  ThrowTrace::enable(true);
  std::unique_lock lock(shared->mutex);
  while (true) {
    ++shared->idle_threads;
    shared->work.wait(lock, [&] { return shared->closed || !shared->queue.empty(); });
    --shared->idle_threads;
    if (shared->closed) break;
    const auto running = shared->begin();
    lock.unlock();
    run(*running->job);
    lock.lock();
    shared->end(running);
  }
  ++shared->ended_threads;
  shared->ended.notify_all();
}

}  // namespace

std::string_view blocking_for() noexcept { return blocking_for_now; }

std::string detail::path_of_running_actor() {
  const Cell* const cell = Shard::current_cell();
  return cell != nullptr ? cell->path() : std::string();
}

BlockingPool::BlockingPool(BlockingOptions options, bool manual)
    : shared_(std::make_shared<Shared>(options, manual)) {}

BlockingPool::~BlockingPool() { close(); }

void BlockingPool::submit(std::shared_ptr<BlockingJob> job) {
  Shared& shared = *shared_;
  const std::lock_guard lock(shared.mutex);
  if (shared.closed || shared.queue.size() >= shared.options.queue) {
    job->fail(shared.closed ? Errc::shutting_down : Errc::overloaded);
    return;
  }
  shared.queue.push_back(std::move(job));
  if (shared.manual) return;
  if (shared.idle_threads < shared.queue.size() && shared.threads.size() < shared.options.threads) {
    shared.threads.emplace_back(work_until_closed<Shared>, shared_);
  }
  shared.work.notify_one();
}

bool BlockingPool::withdraw(const BlockingJob& job) noexcept {
  const std::lock_guard lock(shared_->mutex);
  return std::erase_if(shared_->queue, [&](const auto& each) { return each.get() == &job; }) > 0;
}

void BlockingPool::give_up(const BlockingJob& job) noexcept {
  const std::lock_guard lock(shared_->mutex);
  for (auto& each : shared_->running) each.overdue |= each.job.get() == &job;
}

BlockingPool::Stats BlockingPool::stats() const {
  const std::lock_guard lock(shared_->mutex);
  const auto overdue = std::ranges::count_if(shared_->running, &Shared::Running::overdue);
  return {.queued = shared_->queue.size(),
          .running = shared_->running.size(),
          .overdue = static_cast<std::size_t>(overdue)};
}

void BlockingPool::close() noexcept {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  if (shared.closed) return;
  shared.closed = true;
  for (const auto& job : shared.queue) job->fail(Errc::shutting_down);
  shared.queue.clear();
  for (const auto& each : shared.running) each.job->fail(Errc::shutting_down);
  shared.work.notify_all();
  const bool all_ended = shared.ended.wait_for(lock, shared.options.shutdown_grace, [&] {
    return shared.ended_threads == shared.threads.size();
  });
  auto threads = std::move(shared.threads);
  lock.unlock();
  for (auto& thread : threads) {
    // A stuck one can't be waited for, and nothing tells which it is: the others have ended anyway.
    all_ended ? thread.join() : thread.detach();
  }
}

bool BlockingPool::is_closed() const noexcept {
  const std::lock_guard lock(shared_->mutex);
  return shared_->closed;
}

void detail::give_up(const Cell& actor, const BlockingJob& job) noexcept {
  Runtime& runtime = actor.shard().runtime();
  runtime.blocking_pool().give_up(job);
  runtime.events().emit({.kind = EventKind::blocking_overdue,
                         .pid = actor.pid(),
                         .type = actor.type().name,
                         .value = runtime.blocking_pool().stats().overdue});
}

bool BlockingPool::begin_one() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->queue.empty()) return false;
  shared_->begin();
  return true;
}

bool BlockingPool::finish_one() {
  std::unique_lock lock(shared_->mutex);
  if (shared_->running.empty()) return false;
  const auto job = shared_->running.begin();
  lock.unlock();
  run(*job->job);
  lock.lock();
  shared_->end(job);
  return true;
}

}  // namespace coppice::actors
