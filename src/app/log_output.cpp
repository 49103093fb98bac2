#include "app/log_output.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace coppice::app {
namespace {

constexpr std::chrono::milliseconds kLogLastWords{1000};
constexpr int kLookEveryMs = 100;

/// As much as a pipe that can be written to takes without waiting, in whole lines if it holds one.
std::string_view first_piece(std::string_view lines) {
  if (lines.size() <= PIPE_BUF) return lines;
  const auto end = lines.substr(0, PIPE_BUF).rfind('\n');
  return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

std::uint64_t lines_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

/// Whether somebody makes room before the writer is told to end.
bool has_room(int descriptor, const std::stop_token& stop) {
  pollfd room{.fd = descriptor, .events = POLLOUT, .revents = 0};
  for (;;) {
    const int ready = poll(&room, 1, kLookEveryMs);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;  // write() says what is wrong
    if (stop.stop_requested()) return false;
  }
}

}  // namespace

LogOutput::LogOutput(int descriptor, SayLeftOut say_left_out, std::size_t most_bytes)
    : descriptor_(descriptor),
      say_left_out_(std::move(say_left_out)),
      most_bytes_(most_bytes),
      writer_([this](const std::stop_token& stop) { run(stop); }) {}

// NOLINTNEXTLINE(bugprone-exception-escape): a lock that can't be taken ends the process
LogOutput::~LogOutput() {
  flush(kLogLastWords);
  writer_.request_stop();
  writer_.join();
}

void LogOutput::put(std::string_view lines, std::chrono::milliseconds patience) {
  const auto fits = [&] { return waiting_.size() + lines.size() <= most_bytes_; };
  std::unique_lock lock(mutex_);
  if (!fits() && (patience.count() == 0 || !changed_.wait_for(lock, patience, fits))) {
    left_out_ += lines_in(lines);
    return;
  }
  const bool was_empty = waiting_.empty();
  waiting_.append(lines);
  note_holding();
  if (was_empty) changed_.notify_all();
}

bool LogOutput::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return waiting_.empty() && !writing_; });
}

std::uint64_t LogOutput::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

void LogOutput::run(const std::stop_token& stop) {
  for (;;) {
    const std::string lines = next(stop);
    if (lines.empty()) return;
    write(lines, stop);
    const std::lock_guard lock(mutex_);
    writing_ = false;
    note_holding();
    changed_.notify_all();
  }
}

/// What is to be written next; nothing at the end.
std::string LogOutput::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return {};
  writing_ = true;
  std::string lines = std::exchange(waiting_, {});
  changed_.notify_all();  // there is room
  if (left_out_ > told_) lines += say_left_out_(left_out_ - told_);
  told_ = left_out_;
  return lines;
}

void LogOutput::write(std::string_view lines, const std::stop_token& stop) {
  while (!lines.empty()) {
    const auto piece = first_piece(lines);
    const bool room = has_room(descriptor_, stop);
    const ssize_t written = room ? ::write(descriptor_, piece.data(), piece.size()) : -1;
    if (room && written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return lost(lines);  // a full disk, or a pipe that nobody has open
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

void LogOutput::note_holding() {
  const bool holds = writing_ || !waiting_.empty();
  if (holds == std::exchange(holds_, holds)) return;
  holds ? ++*holders_ : --*holders_;
}

void LogOutput::leave_out(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  left_out_ += count;
}

void LogOutput::lost(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  left_out_ += lines_in(lines);
}

}  // namespace coppice::app
