#pragma once

#include "app/backup/backups.hpp"
#include "app/backup/schedule.hpp"
#include "db/database.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::backup {

/// The child `backup` of `jobs`.
[[nodiscard]] supervisor::ChildSpec backup_child(const BackupsOptions& options, Schedule schedule,
                                                 db::Database database);

}  // namespace coppice::app::backup
