#pragma once

#include <memory>

#include "app/backup/backups.hpp"
#include "app/backup/schedule.hpp"
#include "app/long_work.hpp"
#include "db/database.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::backup {

/// The child `backup` of `jobs`.
/// @param long_work  Where a backup is listed while it is under way.
[[nodiscard]] supervisor::ChildSpec backup_child(const BackupsOptions& options, Schedule schedule,
                                                 db::Database database,
                                                 std::shared_ptr<LongWork> long_work);

}  // namespace coppice::app::backup
