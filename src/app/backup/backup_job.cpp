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
  next_ = *newest ? schedule_.next_after(**newest) : work_.clock();
  handle(Look{});
}

void BackupJob::handle(Look /*message*/) {
  if (!next_) return watch_run();
  if (work_.clock() < *next_ || !work_.is_ours()) return look_later();
  next_.reset();
  background(back_up());
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

Task<void> BackupJob::back_up() {
  const auto at = work_.clock();
  status_->set("beginning");
  run_ = std::stop_source();
  set_timer("look", kWatch, Look{});
  auto work = [back_up = work_.back_up, status = status_, stop = run_.get_token(), at] {
    return back_up(at, stop, [&status](const std::string& what) { status->set(what); });
  };
  const auto done = co_await actors::blocking(std::move(work), actors::kForever);
  const Result<std::string> made = done ? *done : std::unexpected(done.error());
  made ? succeeded(*made, at) : failed(made.error());
}

void BackupJob::succeeded(const std::string& what, sys_seconds at) {
  SPDLOG_INFO("backup: {}", what);
  last_ = fmt::format("the last at {}: {}", utc_time(at), what);
  trouble_.clear();
  pause_ = kFirstPause;
  next_ = schedule_.next_after(work_.clock());
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
  return text + (next_ ? "; the next at " + utc_time(*next_) : "; now: " + status_->get());
}

}  // namespace coppice::app::backup
