#pragma once

#include <string>

#include "actors/runtime.hpp"
#include "app/admin/connection_control.hpp"
#include "app/rooms/realtime.hpp"

namespace coppice::app::admin {

/// {"topics": [{"topic", "subscribers", "present"}], "matching", "next", "unanswered"}: those that
/// begin with @p prefix and have a subscriber or somebody present, in their order. Shards are
/// asked, and one that does not answer within a second is named.
///
/// Thread: any that is no shard's; blocks.
[[nodiscard]] std::string topics_json(actors::Runtime& runtime, const rooms::Realtime& realtime,
                                      const std::string& prefix, const PageOf& page);

/// {"topic", "members": [{"key", "metas"}], "matching", "next", "counted"}: who is present there.
/// Asks nobody. Thread: any.
[[nodiscard]] std::string presence_json(const rooms::Realtime& realtime, const std::string& topic,
                                        const PageOf& page);

}  // namespace coppice::app::admin
