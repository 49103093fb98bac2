#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "app/config.hpp"
#include "app/journal.hpp"
#include "app/log_levels.hpp"
#include "app/log_output.hpp"
#include "app/log_scope.hpp"

namespace coppice::app {

/// One line of the log and what it is about.
struct LogLine {
  std::chrono::system_clock::time_point at;
  LogLevel level{};
  std::string_view text;
  std::string_view folder;  ///< of the source
  std::string_view actor;   ///< its place in the tree; empty if none ran
  std::string_view request_id;
};

/// As people read it; behind its first line stand the actor and the request.
[[nodiscard]] std::string text_line(const LogLine& line, bool colour);
/// As a JSON object. Bytes that are no UTF-8 become "?".
[[nodiscard]] std::string json_line(const LogLine& line);

/// The process's log: what is logged, where it goes, and what is remembered of it.
///
/// Thread: any.
class Log {
 public:
  static constexpr std::size_t kRemembered = std::size_t{1} << 20U;

  Log(const Config& config, int descriptor);

  void add(LogLevel level, std::string_view text, std::string_view source_file);

  /// Has @p listener told from now on of each line of level error or above, unless its LogScope
  /// says that it is reported already. It is called on the thread that logs: it must be quick, and
  /// log nothing.
  void tell_errors_to(std::function<void(const LogLine&)> listener);

  [[nodiscard]] LogLevels& levels() noexcept { return levels_; }
  [[nodiscard]] Journal& journal() noexcept { return journal_; }
  [[nodiscard]] LogOutput& output() noexcept { return output_; }
  [[nodiscard]] const LogOutput& output() const noexcept { return output_; }

 private:
  void tell_error(const LogLine& line) const;

  const bool json_;
  const bool colour_;
  LogLevels levels_;
  Journal journal_{kRemembered};
  LogOutput output_;
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const std::function<void(const LogLine&)>> error_listener_;
};

/// Sets up the process's log: to standard error, as text or as one JSON object a line.
///
/// Each line of spdlog's knows the actor that was running, or for which work was done that blocks,
/// and the folder of the source if it was written with one of the SPDLOG_ macros; without, it
/// belongs to "app".
std::shared_ptr<Log> set_up_logging(const Config& config);

/// Changes which lines are logged. Errors: those of LogLevels::set().
[[nodiscard]] actors::Result<void> set_log_level(Log& log, LogLevels::Rule rule, actors::Time now);
/// Errors: those of LogLevels::reset().
[[nodiscard]] actors::Result<void> reset_log_level(Log& log, std::string_view target);

}  // namespace coppice::app
