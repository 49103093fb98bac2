#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/channels/channel.hpp"
#include "net/channels/message.hpp"
#include "net/websocket/frame.hpp"
#include "net/websocket/shed.hpp"

namespace coppice::net::channels {

/// One channel of one socket, shared by the socket and the channel's ports.
struct Membership {
  struct Held {
    websocket::Frame frame;
    websocket::Shed shed;
  };

  /// What matters only until the join is answered.
  struct Joining {
    Field ref;                     // of the join
    std::vector<Message> waiting;  // messages that came before the join was answered
    std::vector<Held> held;        // frames that must follow the join's good answer
    std::optional<websocket::Frame> predecessors_close;  // follows any answer
  };

  /// What a client that joined with that reference must name, or with null the lack of one.
  [[nodiscard]] Field join_ref() const { return joined_without_ref ? Field() : shown_join_ref; }

  [[nodiscard]] bool is_joined() const noexcept { return joining == nullptr; }

  Socket* socket = nullptr;  // null once the channel or the socket is over
  const std::string topic{};
  std::shared_ptr<Channel> channel{};  // null once it is over
  Field shown_join_ref{};              // on replies and pushes: of a join without one, its ref
  bool joined_without_ref = false;
  SlowClients slow_clients = SlowClients::close;
  std::unique_ptr<Joining> joining{};
};

using MembershipPtr = std::shared_ptr<Membership>;

}  // namespace coppice::net::channels
