#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::db {

/// One row of `schema_migrations`, with what `coppice_migrations` says about it: a migration that
/// another application ran has nothing there.
struct MigrationRecord {
  struct Own {
    std::string label;
    std::string checksum;  ///< The SHA-256 of the up file's text that ran.
  };
  std::int64_t version = 0;
  std::string recorded_at{};  ///< "2025-12-04T09:20:11", UTC.
  std::optional<Own> own{};
};

enum class MigrationState : std::uint8_t {
  applied,  ///< Of our set, and recorded, whoever ran it.
  pending,  ///< Of our set, and not recorded.
  newer,    ///< Run by Coppice, but not of our set: a later release has been here.
  foreign,  ///< Another application's own step, of whatever version. Left alone.
};

/// "applied", …
[[nodiscard]] std::string_view to_string(MigrationState state) noexcept;

/// Where a database stands with one migration.
struct MigrationEntry {
  std::int64_t version = 0;
  std::string label{};  ///< Empty for a foreign one.
  MigrationState state = MigrationState::pending;
  bool by_coppice = false;    ///< Coppice ran it and may undo it.
  bool edited = false;        ///< Its up file has another text than the one that Coppice ran.
  std::string recorded_at{};  ///< As in MigrationRecord; empty when pending.
};

/// Where a database stands against a set of migrations.
struct MigrationStatus {
  std::vector<MigrationEntry> entries;  ///< In ascending order of versions.

  /// The versions in one state, ascending.
  [[nodiscard]] std::vector<std::int64_t> versions(MigrationState state) const;

  /// What an operator should know although nothing fails by it: edited and newer migrations. One
  /// sentence for each.
  [[nodiscard]] std::vector<std::string> warnings() const;
};

}  // namespace coppice::db
