#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "app/log_limit.hpp"

namespace coppice::app {

/// A LogLimit for each of many sources, so that a flood of one hides nothing of another.
///
/// Whoever names a source may make up new ones without end. So many have a limit of their own at a
/// time; those beyond share one, until a source has been quiet for a period and gives up its place.
///
/// Thread: any.
class LogLimits {
 public:
  /// @param most  Of each source, in each period.
  /// @param sources  How many have a limit of their own.
  LogLimits(std::uint32_t most, actors::Duration period, std::size_t sources)
      : most_(most), period_(period), sources_(sources), others_(most, period) {}

  struct Admitted {
    std::uint64_t left_out = 0;  ///< Lines before this one.
    bool of_others = false;      ///< Not only of this source: they have no limit of their own.

    friend bool operator==(const Admitted&, const Admitted&) = default;
  };

  /// Whether a line of @p source may be written at @p now.
  [[nodiscard]] std::optional<Admitted> admit(std::string_view source, actors::Time now);

 private:
  [[nodiscard]] LogLimit* own_limit(std::string_view source, actors::Time now);
  void let_quiet_ones_go(actors::Time now);

  const std::uint32_t most_;
  const actors::Duration period_;
  const std::size_t sources_;
  std::mutex mutex_;  // guards what follows
  std::map<std::string, LogLimit, std::less<>> own_;
  LogLimit others_;
  std::uint64_t left_out_by_gone_ = 0;
};

}  // namespace coppice::app
