#pragma once

#include <string>

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "app/admin/connection_control.hpp"
#include "app/rooms/realtime.hpp"

namespace coppice::app::admin {

/// Which channels are meant: those for which all hold that is not empty.
struct ChannelFilter {
  std::string prefix{};      ///< What their topics begin with.
  std::string user{};        ///< Whose connection it is, by id.
  std::string connection{};  ///< Its id, as lists show it.
};

/// {"channels": [{"connection", "topic", "transport", "user", "state", "type"}], "matching",
/// "next", "unanswered"}: what each client has joined, in the order of connections and topics.
/// Shards are asked, and one that does not answer within a second is named. Errors:
/// invalid_argument.
///
/// Thread: any that is no shard's; blocks.
[[nodiscard]] actors::Result<std::string> channels_json(actors::Runtime& runtime,
                                                        const rooms::Realtime& realtime,
                                                        const ChannelFilter& filter,
                                                        const PageOf& page);

/// Ends one channel of one connection with `phx_close`: its client stays connected, and does not
/// join again by itself. A join that is not decided yet is refused.
/// Errors: invalid_argument, not_found; timeout if the shard does not answer, which then does it as
/// soon as it can.
///
/// Thread: any that is no shard's; blocks.
[[nodiscard]] actors::Result<void> close_channel(actors::Runtime& runtime,
                                                 const rooms::Realtime& realtime,
                                                 const std::string& connection,
                                                 const std::string& topic);

}  // namespace coppice::app::admin
