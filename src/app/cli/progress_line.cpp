#include "app/cli/progress_line.hpp"

#include <cstddef>
#include <sys/ioctl.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "app/cli/columns.hpp"
#include "app/progress_text.hpp"

namespace coppice::app::cli {
namespace {

using std::chrono::seconds;

constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr std::chrono::milliseconds kTick{200};

std::optional<int> terminal_if(bool is_wanted) {
  if (!is_wanted || isatty(STDERR_FILENO) == 0) return std::nullopt;
  return STDERR_FILENO;
}

void put(int descriptor, std::string_view text) {
  std::ignore = ::write(descriptor, text.data(), text.size());
}

/// A line that goes on in the next row can't be written over.
std::string fitted_to(int terminal, std::string text) {
  winsize size{};
  if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return text;
  return fitted(std::move(text), static_cast<std::size_t>(size.ws_col) - 1);
}

}  // namespace

ProgressLine::ProgressLine(bool is_wanted) : ProgressLine(terminal_if(is_wanted)) {}

ProgressLine::ProgressLine(std::optional<int> descriptor) : descriptor_(descriptor) {
  if (!descriptor_) return;
  writer_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

// NOLINTNEXTLINE(bugprone-exception-escape): a lock that can't be taken ends the process
ProgressLine::~ProgressLine() {
  if (!descriptor_) return;
  writer_.request_stop();
  writer_.join();
  put(*descriptor_, kClearLine);
}

void ProgressLine::say(db::Progress progress) {
  if (!descriptor_) return;
  const std::lock_guard lock(mutex_);
  const bool begins = progress.phase != progress_.phase;
  progress_ = std::move(progress);
  if (!begins) return;  // drawn with the next tick
  phase_began_ = Clock::now();
  is_new_ = true;
  changed_.notify_all();
}

void ProgressLine::hide() {
  if (!descriptor_) return;
  const std::lock_guard lock(mutex_);
  progress_ = {};
  if (!drawn_.empty()) put(*descriptor_, kClearLine);
  drawn_.clear();
}

void ProgressLine::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!progress_.phase.empty()) draw();
    is_new_ = false;
    changed_.wait_for(lock, stop, kTick, [this] { return is_new_; });
  }
}

void ProgressLine::draw() {
  auto now = text();
  if (now == drawn_) return;
  put(*descriptor_, fmt::format("{}{}", kClearLine, fitted_to(*descriptor_, now)));
  drawn_ = std::move(now);
}

std::string ProgressLine::text() const {
  const auto now = Clock::now();
  return progress_line_text(progress_, now - phase_began_, now - began_);
}

std::string progress_line_text(const db::Progress& progress,
                               std::chrono::steady_clock::duration in_phase,
                               std::chrono::steady_clock::duration in_all) {
  auto text = progress_text(progress);
  if (const auto left = time_left(progress, in_phase)) {
    text += fmt::format(", about {} left of this", seconds_text(*left));
  }
  return text + fmt::format(" ({})", seconds_text(std::chrono::floor<seconds>(in_all)));
}

}  // namespace coppice::app::cli
