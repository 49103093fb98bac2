#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/pubsub/hub.hpp"

namespace coppice::app::rooms {

/// Ends the sockets of users who are let out: by a broadcast of `disconnect` to
/// `users_socket:<id>`, the topic that all sockets of a user listen to.
///
/// Thread: any.
class Disconnects {
 public:
  explicit Disconnects(std::shared_ptr<actors::pubsub::Hub> hub) : hub_(std::move(hub)) {}

  void disconnect(std::int64_t user_id);

  /// Has @p on_disconnect called on the calling shard when the user is to be disconnected.
  /// Thread: the shard of @p socket, the actor behind the socket.
  [[nodiscard]] actors::pubsub::Subscription listen(std::int64_t user_id, actors::Pid socket,
                                                    std::function<void()> on_disconnect);

  /// What has happened so far. Taken before somebody's credentials are looked at, it tells whether
  /// they may have ended before listen().
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Whether the user, or somebody with whom they share a slot, was disconnected after @p count.
  [[nodiscard]] bool since(std::uint64_t count, std::int64_t user_id) const noexcept {
    return slot(user_id) > count;
  }

 private:
  static constexpr std::size_t kSlots = 1024;

  [[nodiscard]] const std::atomic<std::uint64_t>& slot(std::int64_t user_id) const noexcept {
    return last_.at(static_cast<std::size_t>(user_id) % kSlots);
  }

  std::shared_ptr<actors::pubsub::Hub> hub_;
  std::atomic<std::uint64_t> count_{0};
  std::array<std::atomic<std::uint64_t>, kSlots> last_{};  // the count at a user's last one
};

}  // namespace coppice::app::rooms
