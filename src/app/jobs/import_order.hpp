#pragma once

#include <string>

#include "actors/runtime.hpp"
#include "app/changes/follower.hpp"
#include "app/content/import_report.hpp"
#include "db/database.hpp"
#include "db/progress.hpp"

namespace coppice::app::jobs {

/// A folder that somebody wants to have imported.
struct FolderToImport {
  std::string folder;
  bool trusted = false;  ///< Raw HTML in Markdown stays as written.
  bool force = false;    ///< Also what editors have changed or deleted since.
};

/// Imports a folder into a running server's database: the caller's thread reads and compares, the
/// writer writes. For any folder but CONTENT_PATH, which Importer looks after.
///
/// @param follower  Is told of what was written.
/// @param report  Is told how far it is.
/// Errors: unavailable on a node that is not the primary; those of FolderImport.
/// Thread: one that is no shard's; blocks, for as long as reading the folder takes.
[[nodiscard]] actors::Result<content::ImportReport> import_now(actors::Runtime& runtime,
                                                               const db::Database& database,
                                                               changes::Follower::Slot& follower,
                                                               const FolderToImport& what,
                                                               const db::Report& report);

}  // namespace coppice::app::jobs
