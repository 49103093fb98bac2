#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "actors/presence/presence.hpp"
#include "actors/pubsub/hub.hpp"
#include "actors/pubsub/pubsub.hpp"
#include "actors/runtime.hpp"
#include "app/cluster/link.hpp"
#include "app/cluster/members.hpp"
#include "app/cluster/nats_server.hpp"
#include "app/cluster/questions.hpp"
#include "app/cluster/settings.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::cluster {

/// Reaches Presence, whichever incarnation lives. Thread: any.
class PresenceDoor {
 public:
  explicit PresenceDoor(actors::Runtime& runtime) noexcept : runtime_(runtime) {}

  void open(actors::Ref<actors::presence::Presence> presence) noexcept {
    pid_.store(presence.pid().bits(), std::memory_order_release);
  }
  /// What finds nobody is made good when the next beat shows that it is missing.
  template <class M>
  void cast(M message) const {
    const auto pid = actors::Pid::from_bits(pid_.load(std::memory_order_acquire));
    if (!pid) return;
    const actors::Ref<actors::presence::Presence> presence(runtime_, pid);
    presence.cast(std::move(message)).ignore();
  }

 private:
  actors::Runtime& runtime_;
  std::atomic<std::uint64_t> pid_{0};
};

/// What makes a server one of several that share broadcasts and presence; nothing of it where there
/// is one alone.
struct ClusterParts {
  std::shared_ptr<LinkParts> link{};
  std::shared_ptr<const Bus> bus{};
  std::shared_ptr<Link::Slot> link_slot{};
  std::shared_ptr<Members::Slot> members{};
  std::shared_ptr<Acquaintance> known{};
  std::shared_ptr<Questions::Slot> questions{};
  std::shared_ptr<PresenceDoor> presence{};
  std::shared_ptr<NatsServer> nats{};  ///< Null where somebody else runs it.
  /// The process ends: the others are told, so that they needn't wait for a sign of life.
  std::shared_ptr<std::atomic<bool>> is_ending{};

  [[nodiscard]] bool is_used() const noexcept { return link != nullptr; }
};

/// @param secret  SECRET_KEY_BASE.
[[nodiscard]] ClusterParts make_cluster(actors::Runtime& runtime, const Settings& settings,
                                        std::string_view secret);

/// Has what other nodes say reach this node's subscribers and presence.
void connect(const ClusterParts& parts, const std::shared_ptr<actors::pubsub::Hub>& hub);

/// How presence speaks to other nodes; nothing if there are none.
[[nodiscard]] std::optional<actors::presence::Peers> peers_of(const ClusterParts& parts);

/// What the supervisor of a cluster's actors needs beside.
struct ClusterWork {
  std::function<Status()> status;  ///< How this node is, whenever the others are told.
  Answers answers;                 ///< To what operators of other nodes want to know.
};

/// The supervisor `cluster`: where the others are, the NATS server, the way to it, and who they
/// are. What fails takes along what depends on it.
[[nodiscard]] supervisor::ChildSpec cluster_child(actors::Runtime& runtime,
                                                  const ClusterParts& parts,
                                                  const Settings& settings, ClusterWork work);

}  // namespace coppice::app::cluster
