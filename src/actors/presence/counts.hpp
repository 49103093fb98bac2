#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "actors/presence/entry.hpp"
#include "actors/pubsub/string_map.hpp"

namespace coppice::actors::presence {

/// How many members one replica has on each counted topic, by the dots at which it said so. One
/// number per topic.
class Counts {
 public:
  using ByDot = std::map<std::uint64_t, TopicCount>;

  [[nodiscard]] const ByDot& by_dot() const noexcept { return by_dot_; }

  /// The dot of a topic's number, if there is one.
  [[nodiscard]] std::optional<std::uint64_t> dot_of(std::string_view topic) const;

  /// Adds the number of a topic that has none.
  void add(std::uint64_t dot, TopicCount count);

  /// Removes and returns the number at @p dot, which must be there.
  TopicCount take(std::uint64_t dot);

 private:
  ByDot by_dot_;
  pubsub::StringMap<std::uint64_t> dots_;  // by topic
};

}  // namespace coppice::actors::presence
