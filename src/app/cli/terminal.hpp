#pragma once

#include <cstddef>
#include <string>
#include <termios.h>

namespace coppice::app::cli {

struct TerminalSize {
  std::size_t columns = 0;
  std::size_t rows = 0;
};

/// That of standard output; zeros if it is no terminal.
[[nodiscard]] TerminalSize terminal_size();

/// A terminal's whole screen, for something that is drawn again and again. The terminal is as
/// before once this is destroyed.
///
/// Thread: one at a time in a process.
class Screen {
 public:
  Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  /// Shows @p text, lines with their ends, and writes only those that have changed, all at once.
  void draw(const std::string& text);

  /// Waits for a key, for @p timeout_ms at the most: that key, or 0. 'q' for a signal to end.
  [[nodiscard]] char key(int timeout_ms);

 private:
  std::string shown_;
  TerminalSize size_{};
  bool has_settings_ = false;
  termios settings_{};
};

/// What has to be written to a terminal that shows @p before so that it shows @p after. Lines are
/// told apart by their ends.
[[nodiscard]] std::string difference(const std::string& before, const std::string& after);

}  // namespace coppice::app::cli
