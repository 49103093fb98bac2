#pragma once

#include <atomic>
#include <memory>

#include "actors/events.hpp"
#include "actors/runtime.hpp"
#include "app/config.hpp"
#include "app/parts.hpp"
#include "app/stop_limit.hpp"

namespace coppice::app {

/// The tree, and what it leaves on the shards. However serve() ends, this ends first: what the
/// actors share outlives them, and the runtime outlives both.
///
/// Thread: the main one.
class Service {
 public:
  Service(actors::Runtime& runtime, const Parts& parts, StopLimit& limit)
      : runtime_(runtime), parts_(parts), limit_(limit) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() { end(kFailure); }

  /// Errors: start_failed; the context says which actor and why.
  [[nodiscard]] actors::Result<void> start(const Config& config);

  /// Whether the tree has ended by itself, since the root gave up.
  [[nodiscard]] bool gave_up() const noexcept { return *gave_up_; }

  /// Stops intake, lets what runs finish, then ends the tree in reverse order.
  void shut_down();

 private:
  static constexpr int kFailure = 1;

  void watch_root();
  void drain();
  void end(int exit_code);
  [[nodiscard]] bool actors_are_left() const;

  actors::Runtime& runtime_;
  const Parts& parts_;
  StopLimit& limit_;
  actors::Pid root_;
  bool ended_ = false;
  const std::shared_ptr<std::atomic<bool>> gave_up_ = std::make_shared<std::atomic<bool>>(false);
  actors::EventBus::Subscription root_watch_;
};

}  // namespace coppice::app
