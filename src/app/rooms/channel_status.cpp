#include "app/rooms/channel_status.hpp"

#include <fmt/format.h>

namespace coppice::app::rooms {

std::string ChannelStatus::describe() const {
  const auto& slow = *counters_->slow_clients;
  return fmt::format("{} crashes; of slow clients {} closed, {} messages dropped, {} superseded",
                     counters_->crashes.load(), slow.closed.load(), slow.dropped.load(),
                     slow.superseded.load());
}

}  // namespace coppice::app::rooms
