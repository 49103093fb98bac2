#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

/// The channels of an application, for clients that it knows as @p Client. One table serves them
/// all.
///
///     ChannelTable<Member> table;
///     table.add<Chat>("chat:*");                  // made as Chat(port, member)
///     table.add<Doors>("doors", sensors);         // made as Doors(port, member, sensors)
///     …
///     table.of(member)                            // in the connect hook: the client's channels
///
/// Copies share the table. Thread: filled by one, then constant.
template <class Client>
class ChannelTable {
 public:
  using ClientPtr = std::shared_ptr<const Client>;

  /// The first pattern that takes a topic makes its channel.
  template <class C, class... Args>
  ChannelTable& add(std::string pattern, Args... args) {
    routes_->push_back({std::move(pattern), [args...](Port port, const ClientPtr& client) {
                          return std::static_pointer_cast<Channel>(
                              std::make_shared<C>(std::move(port), client, args...));
                        }});
    return *this;
  }

  /// Makes the channel of a topic for @p client; null if no pattern takes it.
  [[nodiscard]] std::shared_ptr<Channel> open(const std::string& topic, Port port,
                                              const ClientPtr& client) const {
    for (const auto& route : *routes_) {
      if (topic_matches(route.pattern, topic)) return route.open(std::move(port), client);
    }
    return nullptr;
  }

  /// The channels of one client.
  [[nodiscard]] std::shared_ptr<ChannelFactory> of(ClientPtr client) const {
    return std::make_shared<Factory>(*this, std::move(client));
  }

 private:
  struct Route {
    std::string pattern;
    std::function<std::shared_ptr<Channel>(Port, const ClientPtr&)> open;
  };
  using Routes = std::vector<Route>;

  class Factory final : public ChannelFactory {
   public:
    Factory(ChannelTable table, ClientPtr client)
        : table_(std::move(table)), client_(std::move(client)) {}

    [[nodiscard]] std::shared_ptr<Channel> open(const std::string& topic, Port port) override {
      return table_.open(topic, std::move(port), client_);
    }

   private:
    ChannelTable table_;
    ClientPtr client_;
  };

  std::shared_ptr<Routes> routes_ = std::make_shared<Routes>();
};

}  // namespace coppice::net::channels
