#include "db/backup/backup.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "db/backup/archive.hpp"
#include "db/backup/background.hpp"
#include "db/backup/check.hpp"
#include "db/backup/file.hpp"
#include "db/backup/scratch_folder.hpp"
#include "db/backup/snapshot.hpp"
#include "db/connection.hpp"
#include "db/full_text_index.hpp"
#include "db/query.hpp"
#include "db/stats.hpp"

namespace coppice::db {

using actors::Result;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "coppice-";
constexpr std::string_view kSuffix = ".db.zst";

/// What the copied database says about itself.
Result<BackupManifest> describe(const fs::path& copy, const BackupOptions& options) {
  auto connection = Connection::open({.path = copy, .read_only = true});
  if (!connection) return std::unexpected(std::move(connection.error()));
  const auto position = find_position(*connection);
  if (!position) return std::unexpected(position.error());
  const auto schema = read_schema_version(*connection);
  if (!schema) return std::unexpected(schema.error());
  const auto page_size = query_value<std::int64_t>(*connection, "PRAGMA page_size");
  if (!page_size) return std::unexpected(page_size.error());
  BackupManifest manifest;
  manifest.created_at = options.at;
  manifest.version = options.version;
  manifest.database = options.database.filename().string();
  manifest.position = position->value_or(Position{});
  manifest.schema_version = *schema;
  manifest.page_size = **page_size;
  return manifest;
}

Result<BackupManifest> archive_snapshot(const BackupOptions& options, const ScratchFolder& scratch,
                                        const fs::path& archive, const std::stop_token& stop,
                                        const Report& report) {
  const auto copy = scratch / "snapshot.db";
  if (auto copied = copy_snapshot(options.database, copy, {}, stop, report); !copied) {
    return std::unexpected(std::move(copied.error()));
  }
  auto manifest = describe(copy, options);
  if (!manifest) return manifest;
  auto written = write_archive(copy, archive, std::move(*manifest), stop, report);
  // Its room is needed for the verification.
  std::error_code ignored;
  fs::remove(copy, ignored);
  return written;
}

Result<std::vector<std::string>> index_problems_of(const fs::path& unpacked,
                                                   const std::stop_token& stop,
                                                   const Report& report) {
  auto connection = Connection::open({.path = unpacked});
  if (!connection) return std::unexpected(std::move(connection.error()));
  const std::stop_callback interrupt(
      stop, [interrupter = connection->interrupter()] { interrupter.interrupt(); });
  return find_index_problems(*connection, report);
}

Result<Backup> verify_in(const fs::path& archive, const ScratchFolder& scratch,
                         const std::stop_token& stop, const Report& report) {
  const auto database = scratch / "verified.db";
  auto manifest = extract_archive(archive, database, stop, report);
  if (!manifest) return std::unexpected(std::move(manifest.error()));
  const auto refuse = [&archive](const actors::Error& error) {
    return actors::fail(error.code, fmt::format("{}: {}", archive.string(), error.context));
  };
  tell(report, {.phase = std::string(kChecking)});
  if (auto sound = require_sound(database, stop); !sound) return refuse(sound.error());
  auto problems = index_problems_of(database, stop, report);
  if (!problems) return refuse(problems.error());
  return Backup{archive, std::move(*manifest), std::move(*problems)};
}

}  // namespace

std::string backup_file_name(const BackupManifest& manifest) {
  return fmt::format("{}{:%Y%m%dT%H%M%SZ}-{}{}", kPrefix,
                     fmt::gmtime(std::chrono::system_clock::to_time_t(manifest.created_at)),
                     manifest.position.sequence, kSuffix);
}

bool is_backup_file_name(std::string_view name) {
  return name.starts_with(kPrefix) && name.ends_with(kSuffix);
}

namespace {

Result<Backup> make_backup(const BackupOptions& options, const std::stop_token& stop,
                           const Report& report) {
  auto scratch = ScratchFolder::make(options.folder);
  if (!scratch) return std::unexpected(std::move(scratch.error()));
  const auto archive = *scratch / "archive";
  const auto written = archive_snapshot(options, *scratch, archive, stop, report);
  if (!written) return std::unexpected(written.error());
  auto verified = verify_in(archive, *scratch, stop, report);
  if (!verified) return verified;
  const auto file = options.folder / backup_file_name(*written);
  auto named = rename_file(archive, file);
  if (named) named = sync_folder(options.folder);
  if (!named) return std::unexpected(std::move(named.error()));
  verified->file = file;
  return verified;
}

}  // namespace

Result<Backup> create_backup(const BackupOptions& options, const std::stop_token& stop,
                             const Report& report) {
  return run_in_background([&] { return make_backup(options, stop, report); });
}

Result<Backup> verify_backup(const fs::path& archive, const fs::path& scratch,
                             const std::stop_token& stop, const Report& report) {
  if (auto whole = read_manifest(archive); !whole) return std::unexpected(whole.error());
  const auto folder = ScratchFolder::make(scratch);
  if (!folder) return std::unexpected(folder.error());
  return run_in_background([&] { return verify_in(archive, *folder, stop, report); });
}

}  // namespace coppice::db
