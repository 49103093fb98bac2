#include "db/migration_status.hpp"

#include <fmt/format.h>

namespace coppice::db {

std::string_view to_string(MigrationState state) noexcept {
  switch (state) {
    case MigrationState::applied: return "applied";
    case MigrationState::pending: return "pending";
    case MigrationState::newer: return "newer";
    case MigrationState::foreign: return "foreign";
  }
  return "unknown";
}

std::vector<std::int64_t> MigrationStatus::versions(MigrationState state) const {
  std::vector<std::int64_t> versions;
  for (const auto& entry : entries) {
    if (entry.state == state) versions.push_back(entry.version);
  }
  return versions;
}

std::vector<std::string> MigrationStatus::warnings() const {
  std::vector<std::string> warnings;
  for (const auto& entry : entries) {
    if (entry.edited) {
      warnings.push_back(
          fmt::format("migration {}_{} was edited after it had run, so the schema is not what its "
                      "file says; put the file back and write a new migration instead",
                      entry.version, entry.label));
    }
    if (entry.state == MigrationState::newer) {
      warnings.push_back(fmt::format("migration {}_{} is of a later release, unknown to this one",
                                     entry.version, entry.label));
    }
  }
  return warnings;
}

}  // namespace coppice::db
