#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "actors/presence/presence.hpp"
#include "actors/result.hpp"

namespace coppice::app::cluster {

/// How far a node's presence is.
struct SentBeat {
  std::int64_t epoch = 0;
  std::int64_t position = 0;

  auto fields(this auto& self) { return std::tie(self.epoch, self.position); }
};

[[nodiscard]] SentBeat to_sent(const actors::presence::Replica& self, std::uint64_t position);

/// What a node says of its own presence, as bytes. That of other nodes is not said on.
[[nodiscard]] std::string delta_to_bytes(const actors::presence::Delta& delta);

/// @param node  Who has sent it: nobody else is spoken of. Errors: malformed.
[[nodiscard]] actors::Result<actors::presence::Delta> delta_from_bytes(const std::string& node,
                                                                       std::string_view bytes);

}  // namespace coppice::app::cluster
