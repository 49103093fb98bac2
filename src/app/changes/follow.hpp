#pragma once

#include <algorithm>
#include <cstdint>

#include "app/changes/change.hpp"

namespace coppice::app::changes {

/// How far one client has been told, while batches come in by the way: each change is for it once,
/// and a batch that doesn't join on to what it knows shows a gap.
///
/// Thread: one at a time.
class Follow {
 public:
  explicit Follow(Bookmark at) noexcept : at_(at) {}

  [[nodiscard]] Bookmark at() const noexcept { return at_; }

  enum class Fit : std::uint8_t {
    joins_on,  ///< Tell what is new of it, and go on from its end.
    gap,       ///< Read what is missing first.
    reset,     ///< There is nothing to read: everything begins anew behind it.
  };
  [[nodiscard]] Fit fit(const Batch& batch) const noexcept {
    if (Bookmark{batch.from} <= at_) return Fit::joins_on;
    return batch.reset ? Fit::reset : Fit::gap;
  }

  /// Whether a change is new to the client, which has been told of it then.
  [[nodiscard]] bool take(const Change& change) noexcept {
    if (change.at() <= at_) return false;
    at_ = change.at();
    return true;
  }

  /// All up to there has been told, or was nothing to the client.
  void go_on_from(Bookmark at) noexcept { at_ = std::max(at_, at); }

 private:
  Bookmark at_;
};

}  // namespace coppice::app::changes
