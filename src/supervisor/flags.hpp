#pragma once

#include <cstdint>
#include <string_view>

#include "actors/result.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::supervisor {

/// Which children are restarted when one of them has to be.
enum class Strategy : std::uint8_t {
  one_for_one,   ///< only that one
  one_for_all,   ///< all of them
  rest_for_one,  ///< that one and those started after it
};

/// How often restarts may happen before the supervisor gives up and ends itself: more than
/// `intensity` within `period`, however many children they were spread over. The window includes
/// its end: a restart exactly `period` ago still counts.
struct Intensity {
  std::int32_t intensity = 1;                 ///< 0 or more; 0: the first restart is one too many
  Duration period = std::chrono::seconds(5);  ///< above zero
};

struct SupervisorFlags {
  Strategy strategy = Strategy::one_for_one;
  Intensity intensity{};
  AutoShutdown auto_shutdown = AutoShutdown::never;
};

/// Errors: invalid_argument; the context is `supervisor_data(<field>)`.
[[nodiscard]] actors::Result<void> check(const Intensity& intensity);
[[nodiscard]] actors::Result<void> check(const SupervisorFlags& flags);

[[nodiscard]] std::string_view to_string(Strategy strategy) noexcept;

}  // namespace coppice::supervisor
