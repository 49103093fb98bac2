#pragma once

#include <memory>
#include <string>

#include "app/accounts/principal.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// Who is at the other end of a socket, for the channels that serve them.
struct Client : net::channels::ClientContext {
  std::string user_id;  ///< What the client calls itself; anybody may claim anything.
  /// Whom the client has proved to be; null for nobody.
  std::shared_ptr<const accounts::Principal> principal{};
  /// By what right the client may see and change the server's actors; empty: by none.
  std::string operates_as{};
};

/// Shared by the channels of one socket. Constant while it is open.
using ClientPtr = std::shared_ptr<const Client>;

}  // namespace coppice::app::rooms
