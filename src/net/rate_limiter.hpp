#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "actors/time.hpp"

namespace coppice::net {

/// Token buckets by key, in a memory that never grows: each key may spend `burst` at once and gets
/// `per_second` back. Where more keys come than there is room for, the one that has been quiet for
/// longest is forgotten, which makes it no poorer.
///
/// Thread: any.
class RateLimiter {
 public:
  struct Options {
    double per_second = 10;
    double burst = 20;
    std::size_t keys = std::size_t{1} << 16U;  ///< Rounded up to a power of two; 24 bytes each.
  };

  explicit RateLimiter(const Options& options);

  /// Spends one token of the key's. Else says how long it takes until there is one.
  [[nodiscard]] std::optional<actors::Duration> refuse(std::uint64_t key, actors::Time now);

  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  struct Bucket {
    std::uint64_t key = 0;
    float tokens = 0;
    actors::Time at{};  // when that was so; the epoch for an empty place
  };
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kLocks = 64;

  [[nodiscard]] Bucket& bucket_of(std::uint64_t key, std::size_t set, actors::Time now);

  const Options options_;
  std::vector<std::array<Bucket, kWays>> sets_;  // guarded by the lock of each set
  std::array<std::mutex, kLocks> locks_;
};

}  // namespace coppice::net
