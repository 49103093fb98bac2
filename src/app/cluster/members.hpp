#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "app/cluster/link.hpp"
#include "app/cluster/status.hpp"
#include "db/child_slot.hpp"

namespace coppice::app::cluster {

/// What this node knows of another one.
struct Member {
  Sender node;
  Status status;
  actors::Time last_heard{};
  bool is_up = true;
};

struct MembersOptions {
  /// How often this node says how it is, and looks who is silent.
  actors::Duration beat = std::chrono::seconds(1);
  /// A node that has been silent for so long is down: its presences are absent.
  actors::Duration down_after = std::chrono::seconds(30);
  /// One that has been down for so long will not come back: nothing of it is kept.
  actors::Duration gone_after = std::chrono::minutes(20);

  /// How this node is.
  std::function<Status()> status{};
  /// Presence tells others how far it is, whenever this node says how it is.
  std::function<void()> presence_beats{};
  /// Told again with each beat, as long as it is so, since whoever is told may have been away.
  std::function<void(const std::string& node)> is_down{};
  /// Told with kFarewells beats.
  std::function<void(const std::string& node)> is_gone{};
  /// The version in which nodes speak from here on; see Letter.
  std::function<void(std::int64_t version)> speaks{};
  /// How many other nodes there are, whenever that changes.
  std::function<void(std::size_t up, std::size_t down)> counted{};
  /// Whether the process ends, and not only this actor.
  std::function<bool()> is_ending{};
};

/// Who the other nodes are. Outlives the incarnations of Members, whose it is, so that each of them
/// knows who may have died meanwhile.
struct Acquaintance {
  std::map<std::string, Member> members;  ///< By name.
  std::map<std::string, int> gone;        ///< How often that is still to be told.
};

/// The worker `/cluster/members`: who the other nodes are, and whether they are there.
class Members final : public actors::Server<Members> {
 public:
  using Slot = db::ChildSlot<Members>;

  /// Nodes that are remembered; others are not listed. What they say is heard nevertheless.
  static constexpr std::size_t kMost = 1024;
  static constexpr int kFarewells = 10;

  Members(std::shared_ptr<const Bus> bus, MembersOptions options,
          std::shared_ptr<Acquaintance> known, std::shared_ptr<Slot> slot);

  void init();
  actors::Task<void> terminate(actors::ExitReason reason);

  /// Another node has said how it is.
  struct Heard {
    Sender from;
    Status status;
  };
  void handle(Heard message);

  /// Another node has ended.
  struct Left {
    Sender from;
  };
  void handle(const Left& message);

  /// Sent by the actor to itself.
  struct Beat {};
  void handle(Beat message);

  /// All other nodes, by name.
  struct List {
    using Reply = std::vector<Member>;
  };
  std::vector<Member> handle(List message);

  [[nodiscard]] std::string describe() const override;

 private:
  void say_how_it_is();
  void look_who_is_silent();
  void tell_who_is_gone();
  void forget(const std::string& node);
  void welcome(Heard message);
  void renew(Member& member, Heard message);
  void count();
  void warn_of_namesake(const std::string& node);

  const std::shared_ptr<const Bus> bus_;
  const MembersOptions options_;
  const std::shared_ptr<Acquaintance> known_;
  std::map<std::string, Member>& members_ = known_->members;
  const std::shared_ptr<Slot> slot_;
  bool is_full_ = false;
  actors::Time warned_of_namesake_{};
};

}  // namespace coppice::app::cluster
