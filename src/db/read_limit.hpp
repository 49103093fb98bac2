#pragma once

#include <algorithm>
#include <chrono>

#include "actors/time.hpp"
#include "db/replication.hpp"

namespace coppice::db {

/// Until when one read may take. On a replica it is short: while it lasts, nothing arrives from the
/// primary. So is what is left of one that has begun while the node was the primary, as soon as it
/// is not: replication waits for it then as for any other.
///
/// Thread: the reader's; the role may change meanwhile.
class ReadLimit {
 public:
  static constexpr actors::Duration kLongestOnReplica = std::chrono::milliseconds(500);

  /// @param replication  Must outlive this object.
  ReadLimit(const Replication& replication, actors::Time deadline) noexcept
      : replication_(replication), deadline_(deadline) {}

  /// Whether the node's reads are in the way of replication, as things are now.
  [[nodiscard]] bool follows() const noexcept {
    const Role role = replication_.role();
    return role == Role::replica || role == Role::orphan;
  }

  /// The time by which it has to end, as far as is known now. To be asked from its beginning on,
  /// for as long as it runs.
  [[nodiscard]] actors::Time end(actors::Time now) noexcept {
    if (!is_short_ && follows()) {
      is_short_ = true;
      deadline_ = std::min(deadline_, now + kLongestOnReplica);
    }
    return deadline_;
  }

 private:
  const Replication& replication_;
  actors::Time deadline_;
  bool is_short_ = false;
};

}  // namespace coppice::db
