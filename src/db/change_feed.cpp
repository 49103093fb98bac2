#include "db/change_feed.hpp"

#include <algorithm>
#include <utility>

#include "db/connection.hpp"
#include "db/query.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::size_t kLongestPage = 10'000;

Result<std::int64_t> one_number(Result<std::optional<std::int64_t>> found, std::int64_t otherwise) {
  if (!found) return std::unexpected(std::move(found.error()));
  return found->value_or(otherwise);
}

Result<std::int64_t> trimmed_through(Connection& connection) {
  const auto seq = query_value<std::int64_t>(connection, "SELECT seq FROM coppice_changes_trimmed");
  if (!seq) return std::unexpected(seq.error());
  if (!*seq) return fail(Errc::corrupt, "coppice_changes_trimmed has lost its row");
  return **seq;
}

Result<std::vector<ChangeRecord>> read_changes(Connection& connection, Position since,
                                               std::int64_t through) {
  std::vector<ChangeRecord> changes;
  const auto add = [&](const Statement& row) {
    changes.push_back({{since.epoch, row.get<std::int64_t>(0)},
                       row.get<std::string>(1),
                       row.get<std::int64_t>(2),
                       row.get<std::string>(3),
                       row.get<std::string>(4),
                       row.get<std::optional<std::string>>(5)});
  };
  const auto read = for_each_row(connection, add,
                                 "SELECT seq, resource, id, op, at, facts FROM changes "
                                 "LEFT JOIN coppice_facts_before USING (seq, resource, id) "
                                 "WHERE seq > ? AND seq <= ? ORDER BY seq, resource, id",
                                 since.sequence, through);
  if (!read) return std::unexpected(read.error());
  return changes;
}

// The last commit of a page: the one before the commit that has the change too many, or that one
// itself when it is the first.
Result<std::int64_t> last_of_page(Connection& connection, Position since, std::int64_t limit,
                                  std::int64_t newest) {
  const auto too_many = one_number(
      query_value<std::int64_t>(
          connection, "SELECT seq FROM changes WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?",
          since.sequence, limit),
      0);
  if (!too_many || *too_many == 0) return too_many ? newest : too_many;
  return one_number(
      query_value<std::int64_t>(
          connection,
          "SELECT coalesce((SELECT max(seq) FROM changes WHERE seq > ?1 AND seq < ?2), ?2)",
          since.sequence, *too_many),
      newest);
}

Result<bool> has_changes_after(Connection& connection, std::int64_t seq) {
  const auto found =
      query_value<bool>(connection, "SELECT EXISTS (SELECT 1 FROM changes WHERE seq > ?)", seq);
  if (!found) return std::unexpected(found.error());
  return **found;
}

}  // namespace

Result<std::optional<ChangePage>> changes_since(Connection& connection, Position since,
                                                std::size_t limit) {
  const auto now = read_position(connection);
  if (!now) return std::unexpected(now.error());
  const auto trimmed = trimmed_through(connection);
  if (!trimmed) return std::unexpected(trimmed.error());
  if (since.epoch != now->epoch || since.sequence < *trimmed) return std::nullopt;
  // A replica may be asked by somebody who has seen more elsewhere.
  if (since >= *now) return ChangePage{.changes = {}, .next = since};
  const auto rows = std::clamp<std::size_t>(limit, 1, kLongestPage);
  const auto last = last_of_page(connection, since, static_cast<std::int64_t>(rows), now->sequence);
  if (!last) return std::unexpected(last.error());
  auto changes = read_changes(connection, since, *last);
  if (!changes) return std::unexpected(std::move(changes.error()));
  const auto more = has_changes_after(connection, *last);
  if (!more) return std::unexpected(more.error());
  return ChangePage{.changes = std::move(*changes), .next = {now->epoch, *last}, .more = *more};
}

Result<std::int64_t> changes_to_trim(Connection& connection, std::int64_t before,
                                     std::int64_t keep) {
  const auto last_kept =
      one_number(query_value<std::int64_t>(
                     connection, "SELECT seq FROM changes ORDER BY seq DESC LIMIT 1 OFFSET ?",
                     std::max<std::int64_t>(keep, 1) - 1),
                 1);
  if (!last_kept) return last_kept;
  const auto first_young = one_number(
      query_value<std::int64_t>(connection,
                                "SELECT seq FROM changes "
                                "WHERE at >= strftime('%Y-%m-%dT%H:%M:%S', ?, 'unixepoch') "
                                "ORDER BY seq LIMIT 1",
                                before),
      -1);
  if (!first_young) return first_young;
  if (*first_young > 0) return std::max(*last_kept, *first_young) - 1;
  return one_number(
      query_value<std::int64_t>(connection, "SELECT coalesce(max(seq), 0) FROM changes"), 0);
}

Result<std::int64_t> TrimChanges::run(Connection& db) const {
  // Whole commits only: what is left after a position has to be all that followed it.
  const auto end = one_number(
      query_value<std::int64_t>(db,
                                "SELECT seq FROM changes WHERE seq <= ? ORDER BY seq LIMIT 1 "
                                "OFFSET ?",
                                through, std::max<std::int64_t>(most, 1) - 1),
      through);
  if (!end) return end;
  if (auto gone = db.execute("DELETE FROM changes WHERE seq <= ?", *end); !gone) {
    return std::unexpected(std::move(gone.error()));
  }
  const auto trimmed = db.changes();
  if (trimmed == 0) return 0;
  if (auto gone = db.execute("DELETE FROM coppice_facts_before WHERE seq <= ?", *end); !gone) {
    return std::unexpected(std::move(gone.error()));
  }
  auto noted = db.execute("UPDATE coppice_changes_trimmed SET seq = max(seq, ?)", *end);
  if (!noted) return std::unexpected(std::move(noted.error()));
  return trimmed;
}

}  // namespace coppice::db
