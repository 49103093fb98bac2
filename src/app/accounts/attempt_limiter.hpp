#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/time.hpp"

namespace coppice::app::accounts {

/// How often somebody may try, and how long they wait from then on.
struct AttemptRule {
  std::uint32_t free_attempts = 5;                           ///< Without a wait between them.
  actors::Duration first_wait = std::chrono::seconds(1);     ///< Doubles with each attempt …
  actors::Duration longest_wait = std::chrono::minutes(15);  ///< … up to this.
  actors::Duration forget_after = std::chrono::hours(1);     ///< Without an attempt: all is as new.
};

/// One thing by which attempts are counted: "login address 192.0.2.1".
struct AttemptKey {
  std::string text;
  AttemptRule rule;
};

/// Slows down whoever tries again and again: guessing passwords, having mails sent.
///
/// An attempt is counted when it begins, so that a burst of them at once gains nothing. Bounded:
/// who has not tried for longest is forgotten when there are too many.
///
/// Thread: any.
class AttemptLimiter {
 public:
  explicit AttemptLimiter(std::size_t most_keys = std::size_t{1} << 14U);

  /// Counts an attempt under all of @p keys, or under none of them if one has to wait; then says
  /// how long.
  [[nodiscard]] std::optional<actors::Duration> admit(std::span<const AttemptKey> keys,
                                                      actors::Time now);

  /// Forgets all attempts under @p key.
  void forget(const AttemptKey& key);
  /// Takes back one attempt under @p key, which turned out to be none to worry about.
  void take_back(const AttemptKey& key);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::uint64_t key;
    std::uint32_t attempts = 0;
    actors::Time last;
    actors::Time waits_until;
  };
  using Entries = std::list<Entry>;  // The latest first.

  [[nodiscard]] std::uint64_t hash(std::string_view text) const;
  [[nodiscard]] actors::Duration wait_of(const AttemptKey& key, actors::Time now) const;
  void count(const AttemptKey& key, actors::Time now);
  Entries::iterator entry_of(std::uint64_t key);

  const std::size_t most_keys_;
  const std::string secret_;  ///< Keyed, so that nobody can choose texts that collide.
  mutable std::mutex mutex_;  // guards what follows
  Entries entries_;
  std::unordered_map<std::uint64_t, Entries::iterator> index_;
};

}  // namespace coppice::app::accounts
