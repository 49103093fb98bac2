#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/server.hpp"
#include "net/websocket/shed.hpp"

namespace coppice::app::rooms {

/// What channels have cost, since the server started. Thread: any.
struct ChannelCounters {
  std::atomic<std::uint64_t> crashes{0};
  const net::websocket::SlowClientStatsPtr slow_clients =
      std::make_shared<net::websocket::SlowClientStats>();
};

/// The worker `channels` of the tree: shows operators the counters.
class ChannelStatus final : public actors::Server<ChannelStatus> {
 public:
  explicit ChannelStatus(std::shared_ptr<const ChannelCounters> counters)
      : counters_(std::move(counters)) {}

  [[nodiscard]] std::string describe() const override;

 private:
  const std::shared_ptr<const ChannelCounters> counters_;
};

}  // namespace coppice::app::rooms
