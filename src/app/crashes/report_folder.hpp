#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/crashes/crash.hpp"
#include "app/crashes/unread_report.hpp"

namespace coppice::app::crashes {

/// Makes the folder for reports of fatal signals, for this user alone, if it isn't there.
///
/// Errors: io_error if it can't be made or written to; forbidden if it belongs to somebody else,
/// who could put anything into it.
[[nodiscard]] actors::Result<void> make_report_folder(const std::filesystem::path& folder);

struct FoundReport {
  std::filesystem::path file;
  Crash crash;
};

struct FoundReports {
  std::vector<FoundReport> ours{};     ///< Oldest first.
  std::vector<UnreadReport> unread{};  ///< Nobody can tell what they say, or whose they are.
};

/// The reports of earlier processes with this database, at the most a hundred of each kind. What is
/// no report, or is of another database's server, is left alone. Slow.
[[nodiscard]] FoundReports find_reports(const std::filesystem::path& folder,
                                        const std::string& database);

/// Removes reports that have been written down elsewhere.
void remove_reports(const std::vector<std::filesystem::path>& files);

}  // namespace coppice::app::crashes
