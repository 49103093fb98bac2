#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "actors/events.hpp"
#include "actors/server.hpp"
#include "app/dashboard/dashboard_json.hpp"
#include "app/dashboard/desk.hpp"
#include "app/dashboard/history.hpp"

namespace coppice::app::dashboard {

/// The worker `dashboard` of the tree: looks at all actors every kInterval and keeps the last five
/// minutes of each, so that a page that is opened or reloaded has its charts at once. While
/// somebody watches, each look is broadcast, and so is what happens in between, soon after it has.
///
/// When nobody watches and a look finds that no actor has done anything, it rests until a shard
/// stirs, and then fills in what it has left out, which is known: an idle process is not woken.
///
/// It asks no actor for anything, and a look takes some tens of microseconds.
///
/// A crash of it loses the history. Memory: see History; beside it kKept events of less than 1 KiB.
class Dashboard final : public actors::Server<Dashboard> {
 public:
  static constexpr auto kInterval = std::chrono::seconds(2);
  /// How long what happens waits for what happens along with it.
  static constexpr auto kGathered = std::chrono::milliseconds(150);
  static constexpr std::size_t kKept = 40;

  explicit Dashboard(DeskPtr desk) : desk_(std::move(desk)) {}

  void init();

  /// Sent by the actor to itself, each kInterval.
  struct Look {};
  void handle(Look message);

  /// A shard has something to do again, or somebody watches now.
  struct Stirred {};
  void handle(Stirred message);

  /// Something has changed that watchers should see before the next look.
  struct Changed {};
  void handle(Changed message);

  /// Sent by the actor to itself, kGathered after a change.
  struct Show {};
  void handle(Show message);

  struct Happened {
    Incident incident;
  };
  void handle(Happened happened);

  /// What pages show at first sight, in JSON.
  struct Overview {
    using Reply = std::string;
  };
  std::string handle(Overview message);

  /// The last minutes of one actor, in JSON. Errors: not_found.
  struct SeriesOf {
    using Reply = std::string;
    std::string path;
  };
  actors::Result<std::string> handle(const SeriesOf& message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// True if a shard that stirs will say so from now on, and none does already.
  [[nodiscard]] bool may_rest();
  void end_rest();
  [[nodiscard]] std::string overview(const std::vector<SeenActor>& actors) const;
  void broadcast(const std::vector<SeenActor>& actors) const;

  const DeskPtr desk_;
  History history_;
  std::deque<Incident> incidents_;
  std::uint64_t happened_ = 0;
  bool show_is_due_ = false;
  bool rests_ = false;    // and looks no more
  bool listens_ = false;  // for a shard that stirs
  actors::Time last_look_{};
  actors::EventBus::Subscription subscription_;
};

}  // namespace coppice::app::dashboard
