#pragma once

#include <string>

#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// The topic `content`: tells those who join of changes (see changes::Follower), and takes no
/// events.
class ContentChannel final : public net::channels::TopicChannel<ContentChannel> {
 public:
  using TopicChannel::TopicChannel;

  void join() { accept(); }

 private:
  void on_unknown_event(const std::string& event, net::channels::Payload payload,
                        const net::channels::Reply& reply) override;
};

}  // namespace coppice::app::rooms
