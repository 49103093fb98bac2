#pragma once

#include <cstdint>

#include "actors/result.hpp"
#include "db/replication.hpp"

namespace coppice::db {

/// Whether replication has recorded one commit. LiteFS does so before SQLite returns from it; one
/// that it lost track of exists on this node only, until LiteFS's next start rolls it back. Of a
/// plain file the commit itself is the record.
///
/// Made before the commit. Thread: the writer's; check() may block for a second.
class CommitRecord {
 public:
  explicit CommitRecord(const Replication& replication);

  /// Errors: unavailable when nobody will be able to tell, and nothing should be committed.
  [[nodiscard]] actors::Result<void> can_tell() const;

  /// Whether nothing has been recorded since: a COMMIT that failed was refused, and undone.
  [[nodiscard]] bool has_not_moved() const;

  /// After a commit that has changed something. Nothing to say where can_tell() said no.
  /// Errors: io_error when it has not been recorded, or nobody answers for it any more; says what
  /// to do.
  [[nodiscard]] actors::Result<void> check() const;

 private:
  const Replication& replication_;
  actors::Result<std::uint64_t> before_{0};
};

}  // namespace coppice::db
