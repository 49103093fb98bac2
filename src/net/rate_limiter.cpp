#include "net/rate_limiter.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace coppice::net {
namespace {

using Seconds = std::chrono::duration<double>;

/// Spreads keys of which only a few bits differ: addresses are such.
std::uint64_t mixed(std::uint64_t key) {
  key ^= key >> 33U;
  key *= 0xFF51AFD7ED558CCDULL;
  key ^= key >> 33U;
  key *= 0xC4CEB9FE1A85EC53ULL;
  return key ^ (key >> 33U);
}

}  // namespace

RateLimiter::RateLimiter(const Options& options)
    : options_(options),
      sets_(std::bit_ceil(std::max<std::size_t>(options.keys / kWays, std::size_t{1}))) {}

std::optional<actors::Duration> RateLimiter::refuse(std::uint64_t key, actors::Time now) {
  const auto hash = mixed(key);
  const std::size_t set = hash & (sets_.size() - 1);
  const std::lock_guard lock(locks_.at(set % kLocks));
  auto& bucket = bucket_of(hash, set, now);
  const double earned = Seconds(now - bucket.at).count() * options_.per_second;
  const double tokens = std::min(options_.burst, static_cast<double>(bucket.tokens) + earned);
  bucket.at = now;
  if (tokens >= 1) {
    bucket.tokens = static_cast<float>(tokens - 1);
    return std::nullopt;
  }
  bucket.tokens = static_cast<float>(tokens);
  return std::chrono::duration_cast<actors::Duration>(Seconds((1 - tokens) / options_.per_second));
}

RateLimiter::Bucket& RateLimiter::bucket_of(std::uint64_t key, std::size_t set, actors::Time now) {
  auto& ways = sets_[set];
  const auto found = std::ranges::find_if(ways, [key](const Bucket& bucket) {
    return bucket.key == key && bucket.at != actors::Time();
  });
  if (found != ways.end()) return *found;
  auto& oldest = *std::ranges::min_element(ways, {}, &Bucket::at);
  oldest = {.key = key, .tokens = static_cast<float>(options_.burst), .at = now};
  return oldest;
}

}  // namespace coppice::net
