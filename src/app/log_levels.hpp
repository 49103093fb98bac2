#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "app/log_level.hpp"

namespace coppice::app {

/// From which level on lines are logged: for all, for a folder of the source, and for an actor and
/// those below it. An actor's level goes before a folder's, and that before the one for all; of two
/// actors' or folders' the closer one.
///
/// Thread: any.
class LogLevels {
 public:
  static constexpr std::size_t kMostRules = 64;
  static constexpr std::string_view kAll = "all";

  /// @param configured  What holds for all unless somebody says otherwise.
  explicit LogLevels(LogLevel configured);

  struct Rule {
    std::string target;  ///< "all", "db", "app/mail" or "/database/writer"
    LogLevel level{};
    std::optional<actors::Time> until;  ///< Then what is configured holds again.
  };

  /// Errors: invalid_argument for what is neither "all", a folder nor a path; overloaded if there
  /// are kMostRules already.
  [[nodiscard]] actors::Result<void> set(Rule rule, actors::Time now);

  /// What is configured holds again for @p target; with "all" for everything.
  /// Errors: not_found if nobody had changed it.
  [[nodiscard]] actors::Result<void> reset(std::string_view target);

  /// Whether a line is logged. @p folder is that of the source, @p actor may be empty.
  [[nodiscard]] bool admits(LogLevel level, std::string_view folder, std::string_view actor,
                            actors::Time now);

  /// The level for all, and then the others, without those whose time is over.
  [[nodiscard]] std::vector<Rule> rules(actors::Time now);

  /// No line below it is logged, whatever its folder and actor, until a rule is set.
  [[nodiscard]] LogLevel least() const noexcept { return least_.load(std::memory_order_relaxed); }

 private:
  void forget_old(actors::Time now);
  void find_least();

  const LogLevel configured_;
  std::atomic<LogLevel> least_;
  std::mutex mutex_;         // guards what follows
  std::vector<Rule> rules_;  // a target once
};

}  // namespace coppice::app
