#include "app/dashboard/history.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

namespace coppice::app::dashboard {
namespace {

constexpr std::uint64_t kMostRestarts = std::numeric_limits<std::uint16_t>::max();

/// How much a count has grown; a new incarnation counts from the beginning.
template <class Count>
Count grown(Count before, Count now, bool same_incarnation) {
  return same_incarnation && now >= before ? now - before : now;
}

std::uint16_t share(actors::Duration busy, actors::Duration elapsed) {
  if (elapsed <= actors::Duration::zero()) return 0;
  const double part = std::chrono::duration<double>(busy) / std::chrono::duration<double>(elapsed);
  return static_cast<std::uint16_t>(std::clamp(part, 0.0, 1.0) * Sample::kAllBusy);
}

float per_second(std::uint64_t count, actors::Duration elapsed) {
  if (elapsed <= actors::Duration::zero()) return 0;
  const double seconds = std::chrono::duration<double>(elapsed).count();
  return static_cast<float>(static_cast<double>(count) / seconds);
}

Sample between(const Reading& before, const Reading& now, actors::Duration elapsed) {
  const bool same = before.pid == now.pid;
  const auto restarts = grown(before.restarts, now.restarts, true);
  return {.rate = per_second(grown(before.handled, now.handled, same), elapsed),
          .mailbox = now.mailbox,
          .children = now.children,
          .busy = share(grown(before.busy, now.busy, same), elapsed),
          .restarts = static_cast<std::uint16_t>(std::min(restarts, kMostRestarts))};
}

bool has_moved(const Series& series) {
  if (series.size() < 2) return true;
  const auto& before = series[series.size() - 2];
  const auto& now = series.newest();
  return now.rate > 0 || now.busy > 0 || now.restarts > 0 || now.mailbox != before.mailbox ||
         now.children != before.children;
}

}  // namespace

void Series::add(const Sample& sample) noexcept {
  samples_[next_] = sample;
  next_ = (next_ + 1) % kSamples;
  size_ = std::min(size_ + 1, kSamples);
}

const Sample& Series::operator[](std::size_t age) const noexcept {
  return samples_[(next_ + kSamples - size_ + age) % kSamples];
}

void History::take(const std::vector<Reading>& readings, actors::Duration elapsed) {
  for (auto& [path, track] : tracks_) ++track.missing;
  for (const auto& reading : readings) {
    const auto found = tracks_.find(reading.path);
    if (found == tracks_.end()) {
      // What it did before nobody has looked at; so its first sample tells what is so now.
      if (tracks_.size() >= kMostActors) continue;
      auto& track = tracks_[reading.path];
      track.series.add(between(reading, reading, elapsed));
      track.last = reading;
      continue;
    }
    auto& track = found->second;
    track.series.add(between(track.last, reading, elapsed));
    track.last = reading;
    track.missing = 0;
  }
  for (auto& [path, track] : tracks_) {
    if (track.missing > 0) track.series.add({});
  }
  forget_the_gone();
}

void History::rest(std::size_t samples) {
  for (auto& [path, track] : tracks_) {
    if (track.missing > 0) track.missing += samples;
    const auto& last = track.series.newest();
    const Sample still{.mailbox = last.mailbox, .children = last.children};
    for (auto left = std::min(samples, Series::kSamples); left > 0; --left) {
      track.series.add(still);
    }
  }
  forget_the_gone();
}

bool History::moved(actors::Pid whose) const {
  return std::ranges::any_of(tracks_, [whose](const auto& entry) {
    const auto& track = entry.second;
    return track.last.pid != whose && has_moved(track.series);
  });
}

void History::forget_the_gone() {
  std::erase_if(tracks_,
                [](const auto& entry) { return entry.second.missing >= Series::kSamples; });
}

const Series* History::find(const std::string& path) const {
  const auto found = tracks_.find(path);
  return found == tracks_.end() ? nullptr : &found->second.series;
}

}  // namespace coppice::app::dashboard
