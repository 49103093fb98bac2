#include "app/crashes/read_crashes.hpp"

#include <charconv>
#include <chrono>
#include <utility>

#include "app/content/date_time.hpp"
#include "app/content/list_request.hpp"
#include "db/query.hpp"
#include "db/table_exists.hpp"

namespace coppice::app::crashes {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::string_view kColumns =
    "SELECT id, at, last_at, count, fingerprint, kind, path, pid, incarnation, actor, message, "
    "exception, mailbox, handled, version, reason, state, stack FROM coppice_crashes ";

KeptCrash kept_of(const db::Statement& row) {
  const auto text = [&](int column) { return row.get<std::string>(column); };
  const auto number = [&](int column) { return row.get<std::int64_t>(column); };
  return {.id = number(0),
          .crash = {.at = number(1),
                    .last_at = number(2),
                    .count = number(3),
                    .fingerprint = number(4),
                    .kind = text(5),
                    .path = text(6),
                    .pid = text(7),
                    .incarnation = number(8),
                    .actor = text(9),
                    .message = text(10),
                    .exception = text(11),
                    .mailbox = number(12),
                    .handled = number(13),
                    .version = text(14),
                    .reason = text(15),
                    .state = text(16),
                    .stack = text(17)}};
}

template <class... Args>
Result<std::vector<KeptCrash>> read_rows(db::Connection& db, const std::string& where,
                                         const Args&... values) {
  const auto exists = db::table_exists(db, "coppice_crashes");
  if (!exists) return std::unexpected(exists.error());
  if (!*exists) {
    return fail(Errc::unsupported,
                "this database keeps no crashes yet: its schema is older than this release");
  }
  std::vector<KeptCrash> crashes;
  const auto add = [&](const db::Statement& row) { crashes.push_back(kept_of(row)); };
  auto done = db::for_each_row(db, add, std::string(kColumns) + where, values...);
  if (!done) return std::unexpected(std::move(done.error()));
  return crashes;
}

Result<std::int64_t> parse_positive(std::string_view written, std::string_view name) {
  std::int64_t value = 0;
  const char* const end = written.data() + written.size();
  const auto [stop, error] = std::from_chars(written.data(), end, value);
  if (error == std::errc() && stop == end && value > 0) return value;
  return fail(Errc::invalid_argument,
              std::string(name) + " must be a whole number from 1 on, not " + std::string(written));
}

/// Of "2026-01-30T08:00:00", as parse_date_time gives it.
std::int64_t milliseconds_of(const std::string& time) {
  const auto part = [&](std::size_t at, std::size_t size) {
    int value = 0;
    std::from_chars(time.data() + at, time.data() + at + size, value);
    return value;
  };
  namespace chrono = std::chrono;
  const chrono::sys_days day{chrono::year(part(0, 4)) /
                             chrono::month(static_cast<unsigned>(part(5, 2))) /
                             chrono::day(static_cast<unsigned>(part(8, 2)))};
  const auto at = day + chrono::hours(part(11, 2)) + chrono::minutes(part(14, 2)) +
                  chrono::seconds(part(17, 2));
  return chrono::duration_cast<chrono::milliseconds>(at.time_since_epoch()).count();
}

}  // namespace

Result<CrashFilter> crash_filter(const WrittenFilter& written) {
  CrashFilter filter;
  filter.path = written.path;
  while (filter.path.ends_with('/')) filter.path.pop_back();
  if (!written.since.empty()) {
    const auto since = content::parse_date_time(written.since);
    if (!since) {
      return fail(
          Errc::invalid_argument,
          "since must be a day or a time such as 2026-01-30T08:00:00Z, not " + written.since);
    }
    filter.since = milliseconds_of(*since);
  }
  const auto limit = content::parse_limit(written.limit);
  if (!limit) return std::unexpected(limit.error());
  filter.limit = *limit;
  if (written.cursor.empty()) return filter;
  const auto before = parse_positive(written.cursor, "cursor");
  if (!before) return std::unexpected(before.error());
  filter.before = *before;
  return filter;
}

Result<std::int64_t> parse_crash_id(std::string_view written) {
  return parse_positive(written, "the number of a crash");
}

Result<std::vector<KeptCrash>> read_crashes(db::Connection& db, const CrashFilter& filter) {
  return read_rows(db,
                   "WHERE id < ?1 AND last_at >= ?2 AND "
                   "(?3 = '' OR path = ?3 OR (?4 AND substr(path, 1, length(?3) + 1) = ?3 || '/')) "
                   "ORDER BY id DESC LIMIT ?5",
                   filter.before, filter.since, filter.path, filter.below, filter.limit);
}

Result<std::vector<KeptCrash>> last_crashes_at(const std::filesystem::path& database,
                                               const std::string& path, int most) {
  auto connection = db::Connection::open(
      {.path = database, .read_only = true, .busy_timeout = std::chrono::milliseconds(500)});
  if (!connection) return std::unexpected(std::move(connection.error()));
  return read_crashes(*connection, {.path = path, .below = false, .limit = most});
}

Result<std::vector<Crash>> read_unreported(db::Connection& db, const std::string& reporter) {
  const auto counts = db::query<std::int64_t, std::int64_t>(
      db,
      "SELECT crash_id, count FROM coppice_unreported_crashes WHERE reporter = ? ORDER BY crash_id",
      reporter);
  if (!counts) return std::unexpected(counts.error());
  std::vector<Crash> crashes;
  for (const auto& [id, count] : *counts) {
    auto kept = read_crash(db, id);
    if (!kept) return std::unexpected(std::move(kept.error()));
    crashes.push_back(std::move(kept->crash));
    crashes.back().count = count;
  }
  return crashes;
}

Result<KeptCrash> read_crash(db::Connection& db, std::int64_t id) {
  auto found = read_rows(db, "WHERE id = ?", id);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!found->empty()) return std::move(found->front());
  return fail(Errc::not_found, "there is no crash " + std::to_string(id) +
                                   ", or it is older than the last that are kept");
}

}  // namespace coppice::app::crashes
