#include "app/accounts/attempt_limiter.hpp"

#include <algorithm>
#include <cstring>
#include <sodium.h>

#include "app/accounts/secret.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Duration;
using actors::Time;

constexpr std::uint32_t kMostDoublings = 30;

Duration wait_after(const AttemptRule& rule, std::uint32_t attempts) {
  if (attempts < rule.free_attempts) return Duration::zero();
  const auto doublings = std::min(attempts - rule.free_attempts, kMostDoublings);
  return std::min(rule.longest_wait, rule.first_wait * (std::int64_t{1} << doublings));
}

}  // namespace

AttemptLimiter::AttemptLimiter(std::size_t most_keys)
    : most_keys_(most_keys), secret_(random_bytes(crypto_shorthash_KEYBYTES)) {}

std::optional<Duration> AttemptLimiter::admit(std::span<const AttemptKey> keys, Time now) {
  const std::lock_guard lock(mutex_);
  Duration wait = Duration::zero();
  for (const auto& key : keys) wait = std::max(wait, wait_of(key, now));
  if (wait > Duration::zero()) return wait;
  for (const auto& key : keys) count(key, now);
  return std::nullopt;
}

void AttemptLimiter::forget(const AttemptKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(hash(key.text));
  if (found == index_.end()) return;
  entries_.erase(found->second);
  index_.erase(found);
}

void AttemptLimiter::take_back(const AttemptKey& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(hash(key.text));
  if (found == index_.end() || found->second->attempts == 0) return;
  Entry& entry = *found->second;
  --entry.attempts;
  entry.waits_until = entry.last;
}

std::size_t AttemptLimiter::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t AttemptLimiter::hash(std::string_view text) const {
  std::array<unsigned char, crypto_shorthash_BYTES> digest;
  crypto_shorthash(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                   reinterpret_cast<const unsigned char*>(secret_.data()));
  std::uint64_t key = 0;
  std::memcpy(&key, digest.data(), sizeof key);
  return key;
}

Duration AttemptLimiter::wait_of(const AttemptKey& key, Time now) const {
  const auto found = index_.find(hash(key.text));
  if (found == index_.end()) return Duration::zero();
  return std::max(found->second->waits_until - now, Duration::zero());
}

void AttemptLimiter::count(const AttemptKey& key, Time now) {
  Entry& entry = *entry_of(hash(key.text));
  if (entry.attempts > 0 && now - entry.last > key.rule.forget_after) entry.attempts = 0;
  ++entry.attempts;
  entry.last = now;
  entry.waits_until = now + wait_after(key.rule, entry.attempts);
}

AttemptLimiter::Entries::iterator AttemptLimiter::entry_of(std::uint64_t key) {
  if (const auto found = index_.find(key); found != index_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second;
  }
  if (entries_.size() >= most_keys_) {
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({.key = key, .attempts = 0, .last = {}, .waits_until = {}});
  index_.emplace(key, entries_.begin());
  return entries_.begin();
}

}  // namespace coppice::app::accounts
