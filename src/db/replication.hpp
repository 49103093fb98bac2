#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "actors/result.hpp"

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

 private:
  const Recorded recorded_{};
  std::atomic<Role> role_{Role::primary};
  std::atomic<std::uint64_t> generation_{0};
  std::atomic<std::uint64_t> transaction_{0};
  mutable std::mutex mutex_;
  Standing standing_;  // Guarded by the mutex.
};

}  // namespace coppice::db
