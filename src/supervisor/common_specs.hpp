#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "supervisor/child_spec.hpp"

namespace coppice::supervisor {

/// Specs that the children of one supervisor share, of whom there may be very many. They are the
/// same but for a few things, such as the shard.
///
/// Thread: the supervisor's shard.
class CommonSpecs {
 public:
  /// How many are kept to be shared; with one more the oldest is shared no further.
  static constexpr std::size_t kMost = 16;

  /// The kept one that differs from @p spec at most in what it starts. Without one, @p spec itself
  /// is kept.
  [[nodiscard]] std::shared_ptr<ChildSpec> shared(std::shared_ptr<ChildSpec> spec);

 private:
  std::vector<std::shared_ptr<ChildSpec>> kept_;  // the oldest first
};

}  // namespace coppice::supervisor
