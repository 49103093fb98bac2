#include "net/channels/routes.hpp"

#include <utility>

namespace coppice::net::channels {

bool topic_matches(std::string_view pattern, std::string_view topic) noexcept {
  if (!pattern.ends_with('*')) return pattern == topic;
  pattern.remove_suffix(1);
  return topic.starts_with(pattern);
}

std::shared_ptr<Channel> TopicRoutes::open(const std::string& topic, Port port) {
  for (const auto& route : routes_) {
    if (topic_matches(route.pattern, topic)) return route.open(topic, std::move(port));
  }
  return nullptr;
}

}  // namespace coppice::net::channels
