#include "supervisor/flags.hpp"

namespace coppice::supervisor {
namespace {

actors::Result<void> invalid(std::string_view field) {
  return actors::fail(actors::Errc::invalid_argument,
                      "supervisor_data(" + std::string(field) + ")");
}

}  // namespace

actors::Result<void> check(const Intensity& intensity) {
  if (intensity.intensity < 0) return invalid("intensity");
  if (intensity.period <= Duration::zero()) return invalid("period");
  return {};
}

actors::Result<void> check(const SupervisorFlags& flags) {
  if (flags.strategy > Strategy::rest_for_one) return invalid("strategy");
  if (flags.auto_shutdown > AutoShutdown::all_significant) return invalid("auto_shutdown");
  return check(flags.intensity);
}

std::string_view to_string(Strategy strategy) noexcept {
  switch (strategy) {
    case Strategy::one_for_one: return "one_for_one";
    case Strategy::one_for_all: return "one_for_all";
    case Strategy::rest_for_one: return "rest_for_one";
  }
  return "invalid";
}

}  // namespace coppice::supervisor
