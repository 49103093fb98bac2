#pragma once

#include <string>

#include "db/migration_plan.hpp"
#include "db/migration_status.hpp"

namespace coppice::app::cli {

/// A table of every migration with its state, version, name, and when it was recorded by whom; then
/// a summary.
[[nodiscard]] std::string render_migrations(const db::MigrationStatus& status);

/// The same as JSON: {"database", "applied", "pending", "warnings": […], "migrations": [{"version",
/// "name", "state", "by_coppice", "edited", "recorded_at"}]}. Applied and pending are numbers;
/// names and times that nobody knows are null.
[[nodiscard]] std::string migrations_json(const std::string& database,
                                          const db::MigrationStatus& status);

/// The file that a step runs. @pre @p migrations has one for it.
[[nodiscard]] const db::MigrationScript& script_of(const db::Migrations& migrations,
                                                   const db::MigrationStep& step);

/// The SQL that a plan runs, with the file's name above each.
/// @param plan  Of steps that @p migrations has files for.
[[nodiscard]] std::string render_plan(const db::Migrations& migrations,
                                      const db::MigrationPlan& plan);

}  // namespace coppice::app::cli
