#pragma once

#include <memory>
#include <string_view>

#include "actors/pid.hpp"
#include "actors/place.hpp"

namespace coppice::net {

/// What ties a connection's protocol to the actor behind it: the actor's address, for whoever
/// sends to the client, and its place in the tree, for the log.
///
/// Thread: the connection's shard; the place's path is for any.
struct ConnectionLink {
  actors::Pid actor;                             ///< None where nobody can send to the client.
  std::shared_ptr<const actors::Place> place{};  ///< Null where it has none, as in tests.
};

/// The path of the actor's place; empty where there is none. Lives as long as the link.
[[nodiscard]] inline std::string_view path_of(
    const std::shared_ptr<ConnectionLink>& link) noexcept {
  return link && link->place ? std::string_view(link->place->path()) : std::string_view();
}

}  // namespace coppice::net
