#pragma once

#include <string>
#include <string_view>

#include "actors/presence/roster.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// Whether @p topic is one whose viewers are counted: `viewers:site`, `viewers:page:` and one of
/// `home`, `posts`, `projects`, `gallery`, or `viewers:page:post:<slug>`. Whether there is such a
/// post is not asked.
[[nodiscard]] bool is_viewers_topic(std::string_view topic) noexcept;

/// `viewers:*`: how many are looking at the site or at a page of it. Who joins is counted, is sent
/// `presence_count` with `{"count":N}`, and again when the number changes; who they are, nobody
/// learns. Takes no events.
class ViewersChannel final : public net::channels::TopicChannel<ViewersChannel> {
 public:
  using TopicChannel::TopicChannel;

  /// An old count is of no use to anybody.
  static constexpr auto kSlowClients = net::channels::SlowClients::keep_latest;

  void join();

 private:
  void on_unknown_event(const std::string& event, net::channels::Payload payload,
                        const net::channels::Reply& reply) override;
  void leave(net::channels::EndReason reason) noexcept override;

  actors::presence::Counted counted_;
};

}  // namespace coppice::app::rooms
