#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/channels/channel.hpp"

namespace coppice::net::channels {

/// True if @p pattern, an exact topic or a prefix before a final `*`, takes @p topic: `room:*`
/// takes `room:` and `room:a:b`, but not `room`.
[[nodiscard]] bool topic_matches(std::string_view pattern, std::string_view topic) noexcept;

/// One line of a table of channels.
struct TopicRoute {
  std::string pattern;
  std::function<std::shared_ptr<Channel>(const std::string& topic, Port port)> open;
};

/// A factory from a table: the first pattern that takes the topic makes the channel.
class TopicRoutes final : public ChannelFactory {
 public:
  explicit TopicRoutes(std::vector<TopicRoute> routes) : routes_(std::move(routes)) {}

  [[nodiscard]] std::shared_ptr<Channel> open(const std::string& topic, Port port) override;

 private:
  std::vector<TopicRoute> routes_;
};

}  // namespace coppice::net::channels
