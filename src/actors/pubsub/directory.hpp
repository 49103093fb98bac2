#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "actors/pubsub/string_map.hpp"

namespace coppice::actors::pubsub {

/// Which shards have subscribers of a topic, so that a broadcast wakes no other.
///
/// Changes only with a shard's first and last subscriber of a topic. Thread: any.
class Directory {
 public:
  using Shards = boost::container::small_vector<std::uint16_t, 8>;

  void add(const std::string& topic, std::uint32_t shard);
  void remove(std::string_view topic, std::uint32_t shard) noexcept;

  [[nodiscard]] Shards shards_of(std::string_view topic) const;
  [[nodiscard]] std::size_t topic_count() const;

 private:
  // Split so that publishers on different shards seldom touch the same lock.
  static constexpr std::size_t kStripes = 64;
  struct alignas(64) Stripe {
    mutable std::shared_mutex mutex;  // guards what follows
    StringMap<Shards> topics;
  };

  [[nodiscard]] static std::size_t stripe_of(std::string_view topic) noexcept {
    return StringHash{}(topic) % kStripes;
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace coppice::actors::pubsub
