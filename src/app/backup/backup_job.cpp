#include "app/backup/backup_job.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/sleep.hpp"
#include "app/utc_time.hpp"

namespace coppice::app::backup {

using actors::Errc;
using actors::Error;
using actors::Result;
using actors::Task;

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds kFirstPause(60);
constexpr seconds kLongestPause(3600);
/// Clocks are set, and machines sleep: the time is looked at once a minute at the least.
constexpr seconds kLongestLook(60);
constexpr seconds kWatch(1);

}  // namespace

void BackupJob::Status::set(std::string text) {
  const std::lock_guard lock(mutex_);
  text_ = std::move(text);
}

std::string BackupJob::Status::get() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

BackupJob::BackupJob(Schedule schedule, BackupWork work)
    : schedule_(schedule), work_(std::move(work)), pause_(kFirstPause) {}

void BackupJob::init() {
  background(end_run_at_the_end());
  background(plan());
}

Task<void> BackupJob::end_run_at_the_end() {
  bool goes_on = true;
  while (goes_on) goes_on = co_await actors::sleep_for(std::chrono::hours(1));
  ended_ = true;
  run_.request_stop();
}

Task<void> BackupJob::plan() {
  const auto newest = co_await actors::blocking(work_.newest, actors::kForever);
  if (!newest) co_return failed(newest.error());
  due_ = *newest ? schedule_.next_after(**newest) : work_.clock();
  // What the run before has left, as an upload, doesn't wait for the next backup.
  next_ = work_.follow_up ? std::min(due_, work_.clock()) : due_;
  handle(Look{});
}

void BackupJob::handle(Look /*message*/) {
  if (!next_) return watch_run();
  if (work_.clock() < *next_ || !work_.is_ours()) return look_later();
  next_.reset();
  background(run());
}

// What reads for long keeps out what a replica is to be sent.
void BackupJob::watch_run() {
  if (!work_.is_ours()) run_.request_stop();
  set_timer("look", kWatch, Look{});
}

void BackupJob::look_later() {
  const auto left = *next_ - work_.clock();
  set_timer("look", std::clamp(left, seconds(1), kLongestLook), Look{});
}

Task<void> BackupJob::run() {
  const auto at = work_.clock();
  status_->set("beginning");
  run_ = std::stop_source();
  set_timer("look", kWatch, Look{});
  if (at >= due_) {
    const auto made = co_await back_up(at);
    if (!made) co_return failed(made.error());
  }
  const auto followed = co_await follow_up(at);
  followed ? succeeded() : failed(followed.error());
}

Task<Result<void>> BackupJob::back_up(sys_seconds at) {
  auto work = [back_up = work_.back_up, status = status_, stop = run_.get_token(), at] {
    return back_up(at, stop, [&status](const std::string& what) { status->set(what); });
  };
  const auto done = co_await actors::blocking(std::move(work), actors::kForever);
  if (!done) co_return std::unexpected(done.error());
  const Result<std::string>& made = *done;
  if (!made) co_return std::unexpected(made.error());
  SPDLOG_INFO("backup: {}", *made);
  last_ = fmt::format("the last at {}: {}", utc_time(at), *made);
  due_ = schedule_.next_after(work_.clock());
  co_return Result<void>();
}

Task<Result<void>> BackupJob::follow_up(sys_seconds at) {
  if (!work_.follow_up) co_return Result<void>();
  auto work = [follow_up = work_.follow_up, status = status_, stop = run_.get_token(), at] {
    return follow_up(at, stop, [&status](const std::string& what) { status->set(what); });
  };
  const auto done = co_await actors::blocking(std::move(work), actors::kForever);
  if (!done) co_return std::unexpected(done.error());
  co_return *done;
}

void BackupJob::succeeded() {
  trouble_.clear();
  pause_ = kFirstPause;
  next_ = due_;
  look_later();
}

void BackupJob::failed(const Error& error) {
  if (ended_ || error == Errc::shutting_down) return;
  if (error == Errc::cancelled) {  // it is another node's work now, or this one's again in a moment
    next_ = work_.clock();
    return look_later();
  }
  next_ = std::min(work_.clock() + pause_, schedule_.next_after(work_.clock()));
  trouble_ = error.message();
  SPDLOG_ERROR("backup: {}; tried again at {}", trouble_, utc_time(*next_));
  pause_ = std::min(pause_ * 2, kLongestPause);
  look_later();
}

std::string BackupJob::describe() const {
  if (!work_.is_ours()) return "the primary makes them";
  auto text = last_;
  if (!trouble_.empty()) text += "; failed: " + trouble_;
  if (!next_) return text + "; now: " + status_->get();
  if (*next_ < due_) text += "; that is tried again at " + utc_time(*next_);
  return text + "; the next at " + utc_time(std::max(*next_, due_));
}

}  // namespace coppice::app::backup
