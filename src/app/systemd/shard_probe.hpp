#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

#include "actors/runtime.hpp"

namespace coppice::app::systemd {

/// A question to each shard, which answers when it comes to it. Threads of single actors are not
/// asked: those may block.
///
/// Thread: one; none of the shards.
class ShardProbe {
 public:
  explicit ShardProbe(actors::Runtime& runtime) : runtime_(runtime) {}

  /// Asks all, unless some still owe the last answer: a stuck shard is not asked twice.
  void ask();
  /// Whether all have answered.
  [[nodiscard]] bool answered() const noexcept { return owed_->load() == 0; }

 private:
  actors::Runtime& runtime_;
  // Shared with the questions, which may outlive this.
  const std::shared_ptr<std::atomic<std::size_t>> owed_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace coppice::app::systemd
