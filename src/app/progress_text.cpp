#include "app/progress_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace coppice::app {
namespace {

using std::chrono::seconds;

constexpr double kHundred = 100;
constexpr double kStep = 1024;
constexpr std::array<std::string_view, 4> kLargerUnits{"KiB", "MiB", "GiB", "TiB"};

/// Before that much of a phase is over, in time and in what is done, it says nothing of the rest.
constexpr seconds kLeastTime(3);
constexpr std::uint64_t kLeastPart = 20;  // a twentieth

constexpr std::int64_t kLongestInSeconds = 120;

/// Both in the unit that suits the whole.
std::string bytes_text(std::uint64_t done, std::uint64_t total) {
  auto part = static_cast<double>(done);
  auto whole = static_cast<double>(total);
  std::size_t steps = 0;
  for (; whole >= kStep && steps < kLargerUnits.size(); ++steps) {
    whole /= kStep;
    part /= kStep;
  }
  if (steps == 0) return fmt::format("{} of {} bytes", done, total);
  return fmt::format("{:.1f} of {:.1f} {}", part, whole, kLargerUnits.at(steps - 1));
}

}  // namespace

std::string progress_text(const db::Progress& progress) {
  if (progress.total == 0) return progress.phase;
  const auto done = std::min(progress.done, progress.total);
  const auto figures = progress.unit == db::kBytes
                           ? bytes_text(done, progress.total)
                           : fmt::format("{} of {} {}", done, progress.total, progress.unit);
  const auto percent = static_cast<double>(done) * kHundred / static_cast<double>(progress.total);
  return fmt::format("{}: {} %, {}", progress.phase, static_cast<std::uint64_t>(percent), figures);
}

std::optional<seconds> time_left(const db::Progress& progress,
                                 std::chrono::steady_clock::duration elapsed) {
  if (progress.unit != db::kBytes || progress.done >= progress.total) return std::nullopt;
  if (elapsed < kLeastTime || progress.done == 0) return std::nullopt;
  if (progress.done < progress.total / kLeastPart) return std::nullopt;
  const auto ratio =
      static_cast<double>(progress.total - progress.done) / static_cast<double>(progress.done);
  return std::chrono::ceil<seconds>(std::chrono::duration<double>(elapsed) * ratio);
}

std::string seconds_text(seconds time) {
  if (time.count() < kLongestInSeconds) return fmt::format("{} s", time.count());
  const auto minutes = std::chrono::floor<std::chrono::minutes>(time);
  return fmt::format("{} min {} s", minutes.count(), (time - minutes).count());
}

}  // namespace coppice::app
