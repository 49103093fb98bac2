#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/crashes/crash.hpp"
#include "app/crashes/unread_report.hpp"
#include "db/connection.hpp"

namespace coppice::app::crashes {

struct KeptCrash {
  std::int64_t id = 0;
  Crash crash;
};

/// Which crashes are meant.
struct CrashFilter {
  std::string path{};      ///< A place in the tree, with all below it; empty: anywhere.
  bool below = true;       ///< Whether with all below it.
  std::int64_t since = 0;  ///< Whose last is not older; milliseconds since 1970.
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  ///< Ids below it.
  int limit = 20;
};

/// The same as people write it; each may be empty.
struct WrittenFilter {
  std::string path{};
  std::string since{};   ///< "2026-01-30T08:00:00Z", or a day
  std::string limit{};   ///< 1 to 100
  std::string cursor{};  ///< next_cursor of the page before
};

/// Errors: invalid_argument, naming what is wrong.
[[nodiscard]] actors::Result<CrashFilter> crash_filter(const WrittenFilter& written);

/// Errors: invalid_argument for what is no number from 1 on.
[[nodiscard]] actors::Result<std::int64_t> parse_crash_id(std::string_view written);

/// The newest first. Errors: unsupported if the schema is older than the ledger.
[[nodiscard]] actors::Result<std::vector<KeptCrash>> read_crashes(db::Connection& db,
                                                                  const CrashFilter& filter);
/// The last @p most of one place, without those below it; the newest first. By a connection of its
/// own, since readers may be what is looked at. Errors: also those of db::Connection::open().
[[nodiscard]] actors::Result<std::vector<KeptCrash>> last_crashes_at(
    const std::filesystem::path& database, const std::string& path, int most);
/// Those that @p reporter has still to report, oldest first, each with the number of them.
[[nodiscard]] actors::Result<std::vector<Crash>> read_unreported(db::Connection& db,
                                                                 const std::string& reporter);
/// Errors: not_found; those of read_crashes().
[[nodiscard]] actors::Result<KeptCrash> read_crash(db::Connection& db, std::int64_t id);

/// {"crashes":[…],"next_cursor":…}: without states and stacks.
/// @param waiting  Those that have not been written yet, if anybody knows.
/// @param unread  Why those that were written can't be read, if they can't.
/// @param unread_reports  Files that fatal signals have left and that are not among them.
[[nodiscard]] std::string crashes_json(const std::vector<KeptCrash>& crashes,
                                       const CrashFilter& filter,
                                       const std::vector<Crash>& waiting = {},
                                       std::uint64_t dropped = 0, std::string_view unread = {},
                                       const std::vector<UnreadReport>& unread_reports = {});
/// Everything that is known about one.
[[nodiscard]] std::string crash_json(const KeptCrash& crash);

}  // namespace coppice::app::crashes
