#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/pubsub/hub.hpp"
#include "app/admin/actor_control.hpp"
#include "db/child_slot.hpp"
#include "net/http/router.hpp"

namespace coppice::app::dashboard {

class Dashboard;

/// The channel's topic, and that of what the dashboard's actor broadcasts to it.
inline constexpr std::string_view kTopic = "admin";

/// What the dashboard's actor and the channels of those who look at it share. Outlives both.
///
/// Thread: any.
struct Desk {
  std::shared_ptr<actors::pubsub::Hub> hub;
  std::shared_ptr<admin::ActorControl> control;
  std::string version;
  /// The admin socket's requests. Whoever owns them has parts that own the desk.
  std::weak_ptr<const net::http::Router> operators{};
  const std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  db::ChildSlot<Dashboard> address{"the dashboard"};
  std::atomic<int> watchers{0};  ///< Channels that are joined: without any nothing is broadcast.
  std::atomic<int> looks{0};     ///< Inspections under way.
  std::atomic<int> relays{0};    ///< Requests of the admin socket under way that look.
  std::atomic<int> orders{0};    ///< Orders under way.
};
using DeskPtr = std::shared_ptr<Desk>;

/// One of a number of things that may be at once; gives its place back when it is destroyed.
class Turn {
 public:
  /// False if @p most are there already.
  Turn(DeskPtr desk, std::atomic<int> Desk::* count, int most)
      : desk_(std::move(desk)), count_(count), taken_(++((*desk_).*count_) <= most) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { --((*desk_).*count_); }

  [[nodiscard]] explicit operator bool() const noexcept { return taken_; }

 private:
  const DeskPtr desk_;
  std::atomic<int> Desk::* count_;
  const bool taken_;
};

}  // namespace coppice::app::dashboard
