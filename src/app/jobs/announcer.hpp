#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/pubsub/hub.hpp"
#include "actors/server.hpp"
#include "db/child_slot.hpp"
#include "db/database.hpp"

namespace coppice::app::jobs {

/// Tells clients what has changed in the content: on the topic `content`, an event `post:reload`
/// (and so on for each kind) with the record's id. It reads the change feed, so whatever way a
/// change was made it is told, once, and never before it can be read. What changes while it is down
/// is told by its next incarnation; one that crashes while it tells may tell something twice.
///
/// Told of changes by poke(); one that is already going to look needs no second one.
///
/// Thread: its shard.
class Announcer final : public actors::Server<Announcer> {
 public:
  using Slot = db::ChildSlot<Announcer>;
  static constexpr std::string_view kTopic = "content";

  /// How far it is; outlives its incarnations.
  struct Progress {
    std::optional<db::Position> seen;  ///< Nothing before the database is ready.
    std::uint64_t announced = 0;
  };

  Announcer(db::Database database, std::shared_ptr<actors::pubsub::Hub> hub,
            std::shared_ptr<Slot> slot, std::shared_ptr<Progress> progress);

  void init();

  /// Something may have changed.
  struct Look {};
  actors::Task<void> handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  [[nodiscard]] actors::Task<void> find_start();
  void announce(const std::string& resource, std::int64_t id);

  const db::Database database_;
  const std::shared_ptr<actors::pubsub::Hub> hub_;
  const std::shared_ptr<Slot> slot_;
  const std::shared_ptr<Progress> progress_;
};

/// Makes the announcer look. Thread: any.
void poke(const Announcer::Slot& announcer);

}  // namespace coppice::app::jobs
