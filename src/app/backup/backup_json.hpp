#pragma once

#include <string>
#include <vector>

#include "app/backup/backups.hpp"
#include "db/backup/backup.hpp"

namespace coppice::app::backup {

/// A backup that was made or verified: its manifest, `file`, and `index_problems`.
[[nodiscard]] std::string to_json(const db::Backup& backup);

/// {"backups": [{"name", "created_at", "bytes", "in_folder", "in_store", "manifest", "problem"}]},
/// the last two where they are known.
[[nodiscard]] std::string to_json(const std::vector<ListedBackup>& backups);

}  // namespace coppice::app::backup
