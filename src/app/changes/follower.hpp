#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "actors/pubsub/hub.hpp"
#include "actors/server.hpp"
#include "app/changes/read_changes.hpp"
#include "db/child_slot.hpp"
#include "db/database.hpp"

namespace coppice::app::changes {

/// The one reader of the change feed. What commits have changed it tells, in their order, on the
/// hub: each resource's changes as Batches under topic_of(resource), and on the topic `content` an
/// event `post:reload` (and so on for each kind) with the record's id, as a HiddenBroadcast if the
/// change is nothing to the public. It reads the database, so whatever way a change was made it is
/// told, and never before it can be read.
///
/// Told of commits by poke(); one that is already going to look needs no second one. It looks by
/// itself as well, for commits whose makers are gone: soon after it was told, then ever more
/// seldom.
///
/// How far it has come outlives its incarnations: one that crashes between two batches leaves the
/// next to tell the second, and what is told twice is dropped by whoever has it (see Follow).
///
/// Thread: its shard.
class Follower final : public actors::Server<Follower> {
 public:
  /// Where those who make commits find it. Thread: any.
  struct Slot : db::ChildSlot<Follower> {
    using ChildSlot::ChildSlot;
    /// Whether it has been told to look and has not begun to: who commits then need not tell it.
    std::atomic<bool> told{false};
  };
  static constexpr std::string_view kReloadTopic = "content";

  /// What its incarnations hand on.
  struct Progress {
    std::optional<db::Position> seen;  ///< Nothing before the database is ready.
    std::map<std::string, db::Position, std::less<>> told;  ///< The end of each last batch.
  };

  Follower(db::Database database, std::shared_ptr<const content::Catalogue> catalogue,
           std::shared_ptr<actors::pubsub::Hub> hub, std::shared_ptr<Progress> progress,
           std::shared_ptr<Slot> slot);

  void init();

  /// Something may have changed.
  struct Look {};
  actors::Task<void> handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  [[nodiscard]] actors::Task<actors::Result<bool>> look();
  [[nodiscard]] actors::Task<actors::Result<bool>> begin(bool anew);
  void tell(ChangesPage page);
  void publish(const content::Table& table, db::Position through, std::vector<ChangePtr> changes,
               bool anew);
  void announce_reload(const content::Table& table, std::int64_t id, bool to_all);

  const db::Database database_;
  const std::shared_ptr<const content::Catalogue> catalogue_;
  const std::shared_ptr<actors::pubsub::Hub> hub_;
  const std::shared_ptr<Progress> progress_;
  const std::shared_ptr<Slot> slot_;
  actors::Duration patience_;  // until it looks by itself
  std::uint64_t told_ = 0;
  std::string failure_;  // of the last look
};

/// Makes the follower look. Thread: any.
void poke(Follower::Slot& follower);

}  // namespace coppice::app::changes
