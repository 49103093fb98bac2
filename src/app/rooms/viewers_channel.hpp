#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/rooms/client.hpp"
#include "app/rooms/realtime.hpp"
#include "net/channels/channel.hpp"

namespace coppice::app::rooms {

/// Whether @p topic is one whose viewers are counted: `viewers:site`, `viewers:page:` and one of
/// `home`, `posts`, `projects`, `gallery`, or `viewers:page:post:<slug>`. Whether there is such a
/// post is not asked.
[[nodiscard]] bool is_viewers_topic(std::string_view topic) noexcept;

/// `viewers:*`: how many are looking at the site or at a page of it. Who joins is counted, is sent
/// `presence_count` with `{"count":N}`, and again when the number changes; who they are, nobody
/// learns. Takes no events.
///
/// Thread: the connection's shard.
class ViewersChannel final : public net::channels::Channel,
                             public std::enable_shared_from_this<ViewersChannel> {
 public:
  ViewersChannel(std::string topic, net::channels::Port port, Realtime realtime, ClientPtr client);

  void on_join(net::channels::Payload params) override;
  void on_event(std::string event, net::channels::Payload payload,
                net::channels::Reply reply) override;
  void on_end(net::channels::EndReason reason) noexcept override;

 private:
  void refuse(std::string_view why);

  const std::string topic_;
  const net::channels::Port port_;
  const Realtime realtime_;
  const ClientPtr client_;
  actors::pubsub::Subscription subscription_;
  actors::presence::Counted counted_;
};

}  // namespace coppice::app::rooms
