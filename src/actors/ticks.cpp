#include "actors/ticks.hpp"

namespace coppice::actors {
namespace {

using Steady = std::chrono::steady_clock;

double measure_nanoseconds_per_tick() noexcept {
  const auto began = Steady::now();
  const std::uint64_t first = ticks();
  Steady::time_point now;
  do {
    now = Steady::now();
  } while (now - began < std::chrono::milliseconds(2));
  const auto elapsed = std::chrono::duration<double, std::nano>(now - began).count();
  const std::uint64_t passed = ticks() - first;
  return passed == 0 ? 1.0 : elapsed / static_cast<double>(passed);
}

}  // namespace

Duration ticks_to_duration(std::uint64_t count) noexcept {
  static const double kNanosecondsPerTick = measure_nanoseconds_per_tick();
  return Duration(static_cast<std::int64_t>(static_cast<double>(count) * kNanosecondsPerTick));
}

}  // namespace coppice::actors
