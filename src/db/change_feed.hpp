#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "actors/result.hpp"
#include "db/command.hpp"
#include "db/position.hpp"

/// What has changed in the content, commit by commit. Triggers write it in the transaction of the
/// change itself, so nothing can change without an entry, nor the other way round; see the
/// migration that creates the table `changes`.
namespace coppice::db {

class Connection;

struct ChangeRecord {
  Position position;     ///< Of the commit that changed it.
  std::string resource;  ///< "posts", "projects", "tags", "assets"
  std::int64_t id = 0;
  std::string op;  ///< "insert", "update" or "delete": what the commit came to for the record.
  std::string at;  ///< UTC, as 2026-01-10T08:01:00
  /// What the commit found, as the view coppice_<resource>_facts shows it; nothing if there was no
  /// such record.
  std::optional<std::string> before{};
};

struct ChangePage {
  std::vector<ChangeRecord> changes;  ///< In order, of whole commits.
  Position next;                      ///< What to ask with next time.
  bool more = false;                  ///< There are more already.
};

/// Every change after @p since, without a gap: of as many commits as have about @p limit changes
/// together, of one commit at least; 10,000 is the highest limit.
///
/// Nothing when there is no such continuation: some of what followed has been trimmed, or the
/// history has forked since (see Position). Whoever asked reads everything anew, at the position
/// where it finds it.
/// Thread: that of the connection.
[[nodiscard]] actors::Result<std::optional<ChangePage>> changes_since(Connection& connection,
                                                                      Position since,
                                                                      std::size_t limit);

/// The last sequence number that may go so that @p keep changes stay, with all of the commit that
/// has the oldest of them, and none that are older than a point in time, in seconds since 1970.
/// 0 when all may stay. Thread: that of the connection.
[[nodiscard]] actors::Result<std::int64_t> changes_to_trim(Connection& connection,
                                                           std::int64_t before, std::int64_t keep);

/// Trims the oldest commits up to @p through, about @p most changes, and tells how many went.
struct TrimChanges {
  static constexpr std::string_view kName = "db.trim_changes";
  using Reply = std::int64_t;

  std::int64_t through = 0;
  std::int64_t most = 0;

  auto fields(this auto& self) { return std::tie(self.through, self.most); }
  [[nodiscard]] actors::Result<Reply> run(Connection& db) const;
};

}  // namespace coppice::db
