#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "actors/result.hpp"
#include "db/migrations.hpp"

/// Which steps bring a database where an operator wants it, without running any.
///
/// What Coppice did not run, it does not undo: the tables that another application made hold that
/// application's rows.
namespace coppice::db {

using MigrationPlan = std::vector<MigrationStep>;

/// All that is pending, in ascending order.
[[nodiscard]] MigrationPlan plan_up(const MigrationStatus& status);

/// Undoes the last `steps` migrations that Coppice ran, or all of them when there are fewer.
/// Errors: not_found when there is none, and when one has no down file.
[[nodiscard]] actors::Result<MigrationPlan> plan_down(const Migrations& migrations,
                                                      const MigrationStatus& status,
                                                      std::size_t steps);

/// Undoes the last migration that Coppice ran and applies it again. Errors: as plan_down().
[[nodiscard]] actors::Result<MigrationPlan> plan_redo(const Migrations& migrations,
                                                      const MigrationStatus& status);

/// Undoes what is above `version`, then applies what is pending up to and with it. 0 stands for a
/// database without migrations.
/// Errors: not_found for a version that isn't of the set, and when a down file is missing;
/// forbidden when another application ran what would have to be undone.
[[nodiscard]] actors::Result<MigrationPlan> plan_to(const Migrations& migrations,
                                                    const MigrationStatus& status,
                                                    std::int64_t version);

}  // namespace coppice::db
