#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "actors/server.hpp"
#include "app/litefs/role_keeper.hpp"

namespace coppice::app::litefs {

/// Listens to LiteFS's events, and tells the RoleKeeper. A stream that ends is opened anew a second
/// later; what was missed meanwhile is in its first event, and in the database.
///
/// Thread: its shard; it listens on one of the runtime's threads for what blocks.
class EventReader final : public actors::Server<EventReader> {
 public:
  EventReader(std::shared_ptr<const Senses> senses, std::shared_ptr<RoleKeeper::Slot> keeper);

  void init();

  /// Sent by the reader to itself.
  struct Listen {};
  void handle(Listen message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> listen();

  const std::shared_ptr<const Senses> senses_;
  const std::shared_ptr<RoleKeeper::Slot> keeper_;
  std::stop_source stop_;
  std::uint64_t streams_ = 0;
  std::string trouble_;  // Why the last stream ended.
};

}  // namespace coppice::app::litefs
