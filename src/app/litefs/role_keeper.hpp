#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "actors/server.hpp"
#include "app/litefs/node.hpp"
#include "db/child_slot.hpp"
#include "db/litefs/node_state.hpp"

namespace coppice::app::litefs {

/// Keeps the node's standing, and has the database follow it.
///
/// It believes the stream of events, and checks it every second: by asking LiteFS, whose stream is
/// silent when it is frozen, and by reading the database's position through the mount, which dies
/// alone. Whatever of these fails for long makes the node `down`. While the primary is out of
/// reach, LiteFS names it and takes that back every second; changes from one state without the
/// right to write to another are held back for a moment, until they have settled.
///
/// Thread: its shard; what may block is done on one of the runtime's threads for that.
class RoleKeeper final : public actors::Server<RoleKeeper> {
 public:
  using Slot = db::ChildSlot<RoleKeeper>;

  /// @param arrived  Called when a transaction has arrived, or may have.
  RoleKeeper(db::Database database, std::shared_ptr<const Senses> senses,
             std::function<void()> arrived, std::shared_ptr<Slot> slot);

  /// Looks once, so that what is started after it knows the role.
  actors::Task<void> init();

  struct Heard {
    db::litefs::Event event;
  };
  void handle(Heard message);

  struct StreamLost {
    std::string why;
  };
  void handle(StreamLost message);

  /// The clock has gone on by a second. Sent by the keeper to itself.
  struct Tick {};
  void handle(Tick message);

  /// What was held back has settled. Sent by the keeper to itself.
  struct Settle {};
  void handle(Settle message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// A look under way, and since when, if one of the threads has come to it.
  struct Look {
    std::atomic<std::chrono::steady_clock::time_point> began{};
  };

  actors::Task<void> look();
  [[nodiscard]] bool look_is_overdue() const;
  void saw(const Sight& sight);
  void has_transaction(std::uint64_t number);
  void check_report(const db::litefs::PrimaryReport& asked);
  void weigh();
  void follow();

  const db::Database database_;
  const std::shared_ptr<const Senses> senses_;
  const std::function<void()> arrived_;
  const std::shared_ptr<Slot> slot_;
  db::litefs::NodeState state_;
  std::optional<db::litefs::PrimaryReport> report_;  // The last one of the stream.
  int disagreements_ = 0;                            // In a row, between the stream and the answer.
  int unanswered_ = 0;                               // Looks in a row.
  std::shared_ptr<Look> look_;                       // Null between looks.
  std::uint64_t transaction_ = 0;
  std::uint64_t changes_ = 0;  // Of the role.
};

}  // namespace coppice::app::litefs
