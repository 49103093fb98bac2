#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "actors/pubsub/string_map.hpp"
#include "actors/time.hpp"

namespace coppice::actors::presence {

/// How often the count of a topic is told: at once after a quiet time, and then not again before
/// the topic has rested. Holds only what rests.
///
/// Thread: none of its own; pure data.
class CountPace {
 public:
  explicit CountPace(Duration rest) noexcept : rest_(rest) {}

  /// Whether the new count of @p topic is to be told now, upon which it rests. If not, end_rests()
  /// returns it in time.
  [[nodiscard]] bool may_tell(const std::string& topic, Time now);

  /// The topics that have rested enough and have had new counts meanwhile. They don't rest until
  /// they are told.
  [[nodiscard]] std::vector<std::string> end_rests(Time now);

  /// When the next rest ends.
  [[nodiscard]] std::optional<Time> next_end() const;

 private:
  struct Rest {
    Time end;
    std::string topic;
  };

  const Duration rest_;
  std::deque<Rest> rests_;             // all equally long, so the first ends first
  pubsub::StringMap<bool> recounted_;  // of topics that rest: whether there is news
};

}  // namespace coppice::actors::presence
