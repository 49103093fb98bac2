#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/runtime.hpp"

namespace coppice::app::admin {

/// The crashes that a runtime tells of. Thread: any.
class ToldCrashes {
 public:
  struct Crash {
    std::string path;
    std::string part;
    std::string reason;
  };

  explicit ToldCrashes(actors::Runtime& runtime)
      : subscription_(runtime.events().attach([this](const actors::Event& event) { note(event); },
                                              {actors::EventKind::actor_crash})) {}

  [[nodiscard]] std::vector<Crash> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }

  /// Waits until there is one. False if none comes.
  [[nodiscard]] bool wait_for_one() {
    std::unique_lock lock(mutex_);
    return more_.wait_for(lock, std::chrono::seconds(30), [this] { return !all_.empty(); });
  }

 private:
  void note(const actors::Event& event) {
    const std::lock_guard lock(mutex_);
    all_.push_back({.path = std::string(event.path),
                    .part = std::string(event.type),
                    .reason = event.reason->to_string()});
    more_.notify_all();
  }

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable more_;
  std::vector<Crash> all_;
  actors::EventBus::Subscription subscription_;
};

}  // namespace coppice::app::admin
