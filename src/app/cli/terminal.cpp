#include "app/cli/terminal.hpp"

#include <algorithm>
#include <csignal>
#include <poll.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

namespace coppice::app::cli {
namespace {

constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[H\033[2J";
constexpr std::string_view kLeave = "\033[?25h\033[?1049l";

volatile std::sig_atomic_t told_to_end = 0;

void remember_end(int /*signal*/) { told_to_end = 1; }

void end_on(int signal) {
  struct sigaction action{};
  action.sa_handler = &remember_end;  // without SA_RESTART, so that poll() comes back
  sigaction(signal, &action, nullptr);
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

Screen::Screen() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) end_on(signal);
  has_settings_ = tcgetattr(STDIN_FILENO, &settings_) == 0;
  if (has_settings_) {
    termios raw = settings_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  write_all(kEnter);
}

Screen::~Screen() {
  write_all(kLeave);
  if (has_settings_) tcsetattr(STDIN_FILENO, TCSANOW, &settings_);
}

void Screen::draw(const std::string& text) {
  const auto size = terminal_size();
  const bool resized = size.columns != size_.columns || size.rows != size_.rows;
  size_ = size;
  write_all(resized ? "\033[2J" + difference("", text) : difference(shown_, text));
  shown_ = text;
}

char Screen::key(int timeout_ms) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  // What is no terminal has no keys, and an end that would be taken for one.
  const nfds_t inputs = has_settings_ ? 1 : 0;
  const int ready = told_to_end != 0 ? 0 : poll(&input, inputs, timeout_ms);
  if (told_to_end != 0) return 'q';
  char pressed = 0;
  if (ready > 0 && ::read(STDIN_FILENO, &pressed, 1) <= 0) return 'q';
  return pressed;
}

std::string difference(const std::string& before, const std::string& after) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  std::string out;
  for (std::size_t i = 0; i < std::max(old_lines.size(), new_lines.size()); ++i) {
    const auto was = i < old_lines.size() ? old_lines[i] : std::string_view();
    const auto is = i < new_lines.size() ? new_lines[i] : std::string_view();
    if (was != is) out += fmt::format("\033[{};1H{}\033[K", i + 1, is);
  }
  return out;
}

}  // namespace coppice::app::cli
