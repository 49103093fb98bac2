#include "db/migration_plan.hpp"

#include <ranges>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

Result<void> add_undoing(MigrationPlan& plan, const Migrations& migrations,
                         const MigrationEntry& entry) {
  const Migration* const migration = migrations.find(entry.version);
  if (!migration->down) {
    return fail(Errc::not_found,
                fmt::format("{} cannot be undone: it has no down file", migration->up.name));
  }
  plan.push_back({MigrationDirection::down, entry.version});
  return {};
}

}  // namespace

MigrationPlan plan_up(const MigrationStatus& status) {
  MigrationPlan plan;
  for (const auto version : status.versions(MigrationState::pending)) {
    plan.push_back({MigrationDirection::up, version});
  }
  return plan;
}

Result<MigrationPlan> plan_down(const Migrations& migrations, const MigrationStatus& status,
                                std::size_t steps) {
  MigrationPlan plan;
  for (const auto& entry : status.entries | std::views::reverse) {
    if (plan.size() == steps) break;
    if (entry.state != MigrationState::applied || !entry.by_coppice) continue;
    if (auto added = add_undoing(plan, migrations, entry); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  if (plan.empty()) {
    return fail(Errc::not_found,
                "there is nothing to undo: the database has no record of a "
                "migration that Coppice ran");
  }
  return plan;
}

Result<MigrationPlan> plan_redo(const Migrations& migrations, const MigrationStatus& status) {
  auto plan = plan_down(migrations, status, 1);
  if (plan) plan->push_back({MigrationDirection::up, plan->front().version});
  return plan;
}

Result<MigrationPlan> plan_to(const Migrations& migrations, const MigrationStatus& status,
                              std::int64_t version) {
  if (version != 0 && migrations.find(version) == nullptr) {
    return fail(Errc::not_found, fmt::format("there is no migration {}", version));
  }
  MigrationPlan plan;
  for (const auto& entry : status.entries | std::views::reverse) {
    if (entry.version <= version || entry.state != MigrationState::applied) continue;
    if (!entry.by_coppice) {
      return fail(Errc::forbidden,
                  fmt::format("{}_{} cannot be undone: the database has no record that Coppice ran "
                              "it; undo it with the application that did",
                              entry.version, entry.label));
    }
    if (auto added = add_undoing(plan, migrations, entry); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  for (const auto& step : plan_up(status)) {
    if (step.version <= version) plan.push_back(step);
  }
  return plan;
}

}  // namespace coppice::db
