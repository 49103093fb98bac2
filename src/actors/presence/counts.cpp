#include "actors/presence/counts.hpp"

#include <utility>

namespace coppice::actors::presence {

std::optional<std::uint64_t> Counts::dot_of(std::string_view topic) const {
  const auto found = dots_.find(topic);
  if (found == dots_.end()) return std::nullopt;
  return found->second;
}

void Counts::add(std::uint64_t dot, TopicCount count) {
  dots_.emplace(count.topic, dot);
  by_dot_.emplace(dot, std::move(count));
}

TopicCount Counts::take(std::uint64_t dot) {
  TopicCount count = std::move(by_dot_.extract(dot).mapped());
  dots_.erase(count.topic);
  return count;
}

}  // namespace coppice::actors::presence
