#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "actors/server.hpp"
#include "app/nodes/link.hpp"
#include "db/child_slot.hpp"
#include "db/database.hpp"

namespace coppice::app::nodes {

/// Tells the primary how far this node's copy has come, so that it can acknowledge what has to be
/// on two nodes (db::Durability::remote). What arrives while one report is under way is told by
/// the next; one that fails is tried again.
///
/// Thread: its shard; reports are sent on the runtime's threads for what blocks.
class Confirmer final : public actors::Server<Confirmer> {
 public:
  using Slot = db::ChildSlot<Confirmer>;
  /// Posts a body to the arrivals of a node; Link::post() but in tests.
  using Post = std::function<actors::Result<Link::Answer>(
      const std::string& node, const std::string& body, std::chrono::milliseconds timeout,
      const std::stop_token& stop)>;

  Confirmer(db::Database database, Post post, std::shared_ptr<Slot> slot);

  void init();

  /// Something may have arrived, or the primary may be another one.
  struct Look {};
  void handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// What a primary has been told.
  struct Told {
    std::string node{};
    db::Position position{};
    friend bool operator==(const Told&, const Told&) = default;
  };

  actors::Task<void> report();
  [[nodiscard]] actors::Task<actors::Result<void>> tell_once();
  void failed(const actors::Error& why);

  const db::Database database_;
  const Post post_;
  const std::shared_ptr<Slot> slot_;
  std::stop_source stop_;
  bool is_under_way_ = false;
  bool is_asked_again_ = false;
  Told told_;
  actors::Duration pause_;  // Before the next try.
  std::uint64_t reports_ = 0;
  std::string trouble_;  // Of the last one, if it failed.
};

/// Has the confirmer look. Thread: any.
void poke(const Confirmer::Slot& confirmer);

}  // namespace coppice::app::nodes
