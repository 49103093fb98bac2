#include "db/replication.hpp"

#include <utility>

namespace coppice::db {

using actors::Errc;
using actors::Error;

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::down: return "down";
    case Role::orphan: return "orphan";
    case Role::replica: return "replica";
    case Role::primary: return "primary";
  }
  return "unknown";
}

std::string to_string(const Standing& standing) {
  std::string text(to_string(standing.role));
  if (standing.role == Role::replica) text += " of " + standing.primary;
  if (standing.role == Role::down && !standing.why.empty()) text += ": " + standing.why;
  return text;
}

Error not_primary(const Standing& standing) {
  switch (standing.role) {
    case Role::replica:
      return {Errc::read_only, "this node is a replica; " + standing.primary + " takes writes"};
    case Role::down: return {Errc::unavailable, "replication is down: " + standing.why};
    case Role::orphan:
    case Role::primary: break;
  }
  return {Errc::read_only, "no node is known to be the primary; the role may be moving"};
}

Replication::Replication(Standing standing, Recorded recorded)
    : recorded_(std::move(recorded)), role_(standing.role), standing_(std::move(standing)) {}

Standing Replication::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_;
}

Standing Replication::stand(Standing standing) {
  const std::lock_guard lock(mutex_);
  role_.store(standing.role, std::memory_order_release);
  if (!allow_the_same(standing.role, standing_.role)) {
    generation_.fetch_add(1, std::memory_order_release);
  }
  return std::exchange(standing_, std::move(standing));
}

}  // namespace coppice::db
