#include "db/migrations.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "db/embedded_migrations.hpp"
#include "db/migration_records.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

namespace fs = std::filesystem;

struct UpAndDown {
  std::string label;
  std::optional<MigrationScript> up;
  std::optional<MigrationScript> down;
};

using ByVersion = std::map<std::int64_t, UpAndDown>;

Result<void> add_file(ByVersion& versions, MigrationFile file) {
  const auto name = parse_migration_file_name(file.name);
  if (!name) return std::unexpected(name.error());
  UpAndDown& entry = versions[name->version];
  auto& slot = name->direction == MigrationDirection::up ? entry.up : entry.down;
  const bool first = !entry.up && !entry.down;
  if (slot || (!first && entry.label != name->label)) {
    return fail(Errc::conflict, fmt::format("{}: there is another migration of version {}",
                                            file.name, name->version));
  }
  entry.label = name->label;
  auto script = parse_migration_script(std::move(file));
  if (!script) return std::unexpected(std::move(script.error()));
  slot = std::move(*script);
  return {};
}

Result<Migration> to_migration(std::int64_t version, UpAndDown files) {
  if (!files.up) {
    return fail(Errc::malformed, fmt::format("{}: there is no up file to it", files.down->name));
  }
  return Migration{version, std::move(files.label), std::move(*files.up), std::move(files.down)};
}

Result<MigrationFile> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream) return fail(Errc::io_error, fmt::format("{}: cannot be read", path.string()));
  return MigrationFile{path.string(), std::move(text)};
}

MigrationEntry to_entry(const MigrationRecord& record, const Migrations& migrations) {
  MigrationEntry entry{.version = record.version,
                       .by_coppice = record.own.has_value(),
                       .recorded_at = record.recorded_at};
  if (const Migration* known = migrations.find(record.version)) {
    entry.label = known->label;
    entry.state = MigrationState::applied;
    entry.edited = record.own && record.own->checksum != migration_checksum(known->up.text);
    return entry;
  }
  entry.state = record.own ? MigrationState::newer : MigrationState::foreign;
  if (record.own) entry.label = record.own->label;
  return entry;
}

}  // namespace

Result<Migrations> Migrations::embedded() {
  std::vector<MigrationFile> files;
  for (const auto& file : embedded_migration_files()) {
    files.push_back({std::string(file.name), std::string(file.text)});
  }
  return from_files(std::move(files));
}

Result<Migrations> Migrations::from_directory(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entries(directory, error);
  if (error) {
    const auto code =
        error == std::errc::no_such_file_or_directory ? Errc::not_found : Errc::io_error;
    return fail(code, fmt::format("{}: {}", directory.string(), error.message()));
  }
  std::vector<MigrationFile> files;
  for (const auto& entry : entries) {
    if (entry.path().extension() != ".sql") continue;
    auto file = read_file(entry.path());
    if (!file) return std::unexpected(std::move(file.error()));
    files.push_back(std::move(*file));
  }
  // A folder lists its files in any order; messages should not depend on it.
  std::ranges::sort(files, {}, &MigrationFile::name);
  return from_files(std::move(files));
}

Result<Migrations> Migrations::from_files(std::vector<MigrationFile> files) {
  ByVersion versions;
  for (auto& file : files) {
    if (auto added = add_file(versions, std::move(file)); !added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  Migrations result;
  for (auto& [version, entry] : versions) {
    auto migration = to_migration(version, std::move(entry));
    if (!migration) return std::unexpected(std::move(migration.error()));
    result.migrations_.push_back(std::move(*migration));
  }
  return result;
}

std::int64_t Migrations::latest() const noexcept {
  return migrations_.empty() ? 0 : migrations_.back().version;
}

const Migration* Migrations::find(std::int64_t version) const noexcept {
  const auto found = std::ranges::lower_bound(migrations_, version, {}, &Migration::version);
  return found != migrations_.end() && found->version == version ? &*found : nullptr;
}

Result<MigrationStatus> Migrations::status(Connection& connection) const {
  const auto records = read_migration_records(connection);
  if (!records) return std::unexpected(records.error());
  return status(*records);
}

MigrationStatus Migrations::status(std::span<const MigrationRecord> records) const {
  MigrationStatus status;
  for (const auto& record : records) status.entries.push_back(to_entry(record, *this));
  for (const auto& migration : migrations_) {
    if (std::ranges::binary_search(records, migration.version, {}, &MigrationRecord::version)) {
      continue;
    }
    status.entries.push_back({.version = migration.version, .label = migration.label});
  }
  std::ranges::sort(status.entries, {}, &MigrationEntry::version);
  return status;
}

Result<void> Migrations::refuse_newer(const MigrationStatus& status) const {
  const auto newer =
      std::ranges::find(status.entries, MigrationState::newer, &MigrationEntry::state);
  if (newer == status.entries.end()) return {};
  return fail(
      Errc::unsupported,
      fmt::format("the database has migration {}_{}, which is newer than this binary's set, "
                  "up to {}; run the release that made it or a later one, or say that this "
                  "one may use it: COPPICE_ALLOW_NEWER_SCHEMA=true, or --allow-newer for "
                  "coppice migrate",
                  newer->version, newer->label, latest()));
}

}  // namespace coppice::db
