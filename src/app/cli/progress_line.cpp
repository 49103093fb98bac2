#include "app/cli/progress_line.hpp"

#include <tuple>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

namespace coppice::app::cli {
namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";
constexpr std::chrono::seconds kTick{1};

std::optional<int> terminal_if(bool is_wanted) {
  if (!is_wanted || isatty(STDERR_FILENO) == 0) return std::nullopt;
  return STDERR_FILENO;
}

void put(int descriptor, std::string_view text) {
  std::ignore = ::write(descriptor, text.data(), text.size());
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

void ProgressLine::say(std::string what) {
  const std::lock_guard lock(mutex_);
  what_ = std::move(what);
  is_new_ = true;
  changed_.notify_all();
}

void ProgressLine::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!what_.empty()) draw();
    is_new_ = false;
    changed_.wait_for(lock, stop, kTick, [this] { return is_new_; });
  }
}

void ProgressLine::draw() const {
  const auto since = std::chrono::steady_clock::now() - began_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  put(*descriptor_, fmt::format("{}{} ({} s)", kClearLine, what_, seconds));
}

}  // namespace coppice::app::cli
