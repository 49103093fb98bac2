#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "actors/time.hpp"

namespace coppice::db {

/// A node's part in the replication of its database.
enum class Role : std::uint8_t {
  down,     ///< Replication doesn't work: the database is not touched.
  orphan,   ///< Nobody is known to be primary: reads what it has.
  replica,  ///< Follows a primary: reads what has arrived.
  primary,  ///< The one node that writes.
};

/// "down", "orphan", …
[[nodiscard]] std::string_view to_string(Role role) noexcept;

/// Whether two roles allow the same: an orphan may do what a replica may.
[[nodiscard]] constexpr bool allow_the_same(Role one, Role other) noexcept {
  const auto access = [](Role role) { return role == Role::orphan ? Role::replica : role; };
  return access(one) == access(other);
}

struct Standing {
  Role role = Role::primary;
  std::string primary{};  ///< Of a replica: whom it follows, as replication names it.
  std::string why{};      ///< Of a node that is down, for people.

  friend bool operator==(const Standing&, const Standing&) = default;
};

/// "replica of node-a", "down: the mount does not answer".
[[nodiscard]] std::string to_string(const Standing& standing);

/// Why a node that is not the primary takes no writes.
[[nodiscard]] actors::Error not_primary(const Standing& standing);

/// What the database's parts know of how it is replicated: the node's role, and what replication
/// has recorded. Without replication a node is primary for good.
///
/// Thread: any.
class Replication {
 public:
  /// The number of the last transaction that replication has recorded, which grows with each
  /// commit. Errors: unavailable, when nobody can tell. Called on the writer's thread.
  using Recorded = std::function<actors::Result<std::uint64_t>()>;

  /// A plain file.
  Replication() = default;
  /// A replicated one, with the role that it has for now.
  Replication(Standing standing, Recorded recorded);

  [[nodiscard]] bool is_replicated() const noexcept { return recorded_ != nullptr; }
  [[nodiscard]] bool is_primary() const noexcept { return role() == Role::primary; }
  [[nodiscard]] Role role() const noexcept { return role_.load(std::memory_order_acquire); }
  [[nodiscard]] Standing standing() const;

  /// Grows whenever what this node may do with the database changes, so that whoever holds it open
  /// can tell, though the role be what it was again.
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }

  /// From here on the node's part is that one. Gives what it was.
  Standing stand(Standing standing);

  [[nodiscard]] actors::Result<std::uint64_t> recorded() const { return recorded_(); }

  /// The last transaction that this node's copy is known to have; 0 before any is.
  [[nodiscard]] std::uint64_t transaction() const noexcept {
    return transaction_.load(std::memory_order_relaxed);
  }
  void has_transaction(std::uint64_t number) noexcept {
    transaction_.store(number, std::memory_order_relaxed);
  }

  /// How long ago this node has last heard from the primary, as replication says; nothing while it
  /// says nothing.
  [[nodiscard]] std::optional<std::chrono::milliseconds> lag() const noexcept {
    const auto known = lag_.load(std::memory_order_relaxed);
    if (known == kUnknown) return std::nullopt;
    return std::chrono::milliseconds(known);
  }
  void has_lag(std::optional<std::chrono::milliseconds> lag) noexcept {
    lag_.store(lag ? lag->count() : kUnknown, std::memory_order_relaxed);
  }

  /// When replication has last told anything by itself; nothing before it has.
  [[nodiscard]] std::optional<actors::Time> heard_at() const noexcept {
    const auto known = heard_at_.load(std::memory_order_relaxed);
    if (known == kUnknown) return std::nullopt;
    return actors::Time(actors::Duration(known));
  }
  void heard(actors::Time now) noexcept {
    heard_at_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }

 private:
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::min();

  const Recorded recorded_{};
  std::atomic<Role> role_{Role::primary};
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint64_t> transaction_{0};
  std::atomic<std::int64_t> lag_{kUnknown};       // In milliseconds.
  std::atomic<std::int64_t> heard_at_{kUnknown};  // In nanoseconds.
  mutable std::mutex mutex_;
  Standing standing_;  // Guarded by the mutex.
};

}  // namespace coppice::db
