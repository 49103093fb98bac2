#include "app/backup/backups.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <ranges>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "app/version.hpp"
#include "db/backup/archive.hpp"
#include "db/backup/file.hpp"
#include "db/backup/scratch_folder.hpp"

namespace coppice::app::backup {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

namespace fs = std::filesystem;
using std::chrono::sys_seconds;

/// What a name says; nothing if it is none of ours.
std::optional<sys_seconds> time_in(const std::string& name) {
  if (!db::is_backup_file_name(name)) return std::nullopt;
  std::tm utc{};
  if (::strptime(name.c_str(), "coppice-%Y%m%dT%H%M%SZ-", &utc) == nullptr) return std::nullopt;
  return sys_seconds(std::chrono::seconds(::timegm(&utc)));
}

ListedBackup describe(const fs::directory_entry& entry, sys_seconds created_at) {
  ListedBackup backup{.name = entry.path().filename().string(), .created_at = created_at};
  std::error_code gone;
  backup.bytes = entry.file_size(gone);
  backup.in_folder = true;
  auto manifest = db::read_manifest(entry.path());
  if (manifest) {
    backup.manifest = std::move(*manifest);
  } else {
    backup.problem = manifest.error().context;
  }
  return backup;
}

std::vector<ListedBackup> newest_first(std::map<std::string, ListedBackup> by_name) {
  std::vector<ListedBackup> backups;
  for (auto& [name, backup] : by_name) backups.push_back(std::move(backup));
  std::ranges::reverse(backups);  // names sort by time
  return backups;
}

/// As an error that comes after the backup itself has succeeded.
Error after(const db::Backup& backup, const std::string& what, const Error& error) {
  return {error.code, fmt::format("the backup {} was made, but {}: {}", backup.file.string(), what,
                                  error.context)};
}

std::vector<Kept> kept(const std::vector<ListedBackup>& backups) {
  std::vector<Kept> out;
  for (const auto& each : backups) {
    out.push_back({each.name, each.created_at, each.manifest.has_value()});
  }
  return out;
}

/// They were verified before they were uploaded.
std::vector<Kept> kept(const std::vector<StoredObject>& objects) {
  std::vector<Kept> out;
  for (const auto& each : objects) {
    if (const auto time = time_in(each.name)) out.push_back({each.name, *time, true});
  }
  return out;
}

}  // namespace

Result<db::Backup> Backups::create(const fs::path& database, sys_seconds at,
                                   const std::stop_token& stop, const db::Report& report) const {
  const auto turn = options_.record->take_turn(
      stop, [&report] { db::tell(report, {.phase = "waiting for another backup"}); });
  if (!turn) return fail(Errc::cancelled, "stopped while another backup was under way");
  const auto began = std::chrono::steady_clock::now();
  auto backup = create_now(database, at, stop, report);
  if (backup) {
    options_.record->made(at, std::chrono::steady_clock::now() - began,
                          backup->manifest.archive_bytes);
  } else if (backup.error() != Errc::cancelled) {
    options_.record->failed(backup.error().message());
  }
  return backup;
}

Result<db::Backup> Backups::create_now(const fs::path& database, sys_seconds at,
                                       const std::stop_token& stop,
                                       const db::Report& report) const {
  auto backup = db::create_backup(
      {.database = database, .folder = options_.folder, .at = at, .version = std::string(kVersion)},
      stop, report);
  if (!backup) return backup;
  if (options_.store) {
    if (auto done = upload(*backup, stop, report); !done) {
      return std::unexpected(after(*backup, "not uploaded", done.error()));
    }
  }
  db::tell(report, {.phase = "removing old backups"});
  if (auto done = remove_expired(at); !done) {
    return std::unexpected(after(*backup, "old ones could not be removed", done.error()));
  }
  return backup;
}

Result<void> Backups::upload(const db::Backup& backup, const std::stop_token& stop,
                             const db::Report& report) const {
  const auto progress = [&report](std::uint64_t done, std::uint64_t total) {
    db::tell(report, {"uploading", done, total, db::kBytes});
  };
  return S3Store(*options_.store).put(backup.file, backup.file.filename().string(), stop, progress);
}

Result<void> Backups::remove_expired(sys_seconds now) const {
  const auto backups = list_folder();
  if (!backups) return std::unexpected(backups.error());
  for (const auto& name : expired(kept(*backups), options_.retention, now)) {
    std::error_code error;
    fs::remove(options_.folder / name, error);
    if (error) {
      return std::unexpected(db::file_error("remove", options_.folder / name, error.value()));
    }
  }
  if (!options_.store) return {};
  const S3Store store(*options_.store);
  const auto objects = store.list();
  if (!objects) return std::unexpected(objects.error());
  for (const auto& name : expired(kept(*objects), options_.retention, now)) {
    if (auto removed = store.remove(name); !removed) return removed;
  }
  return {};
}

Result<std::vector<ListedBackup>> Backups::list_folder() const {
  std::error_code error;
  std::map<std::string, ListedBackup> by_name;
  for (const auto& entry : fs::directory_iterator(options_.folder, error)) {
    const auto name = entry.path().filename().string();
    if (const auto time = time_in(name)) by_name.emplace(name, describe(entry, *time));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return std::unexpected(db::file_error("read the folder", options_.folder, error.value()));
  }
  return newest_first(std::move(by_name));
}

std::optional<ListedBackup> Backups::newest_whole() const {
  std::error_code unreadable;
  std::map<std::string, fs::directory_entry> by_name;
  for (const auto& entry : fs::directory_iterator(options_.folder, unreadable)) {
    auto name = entry.path().filename().string();
    if (time_in(name)) by_name.emplace(std::move(name), entry);
  }
  // Names sort by time. Those before the newest whole one need not be opened.
  for (const auto& [name, entry] : std::views::reverse(by_name)) {
    auto backup = describe(entry, *time_in(name));
    if (!backup.manifest) continue;
    options_.record->found(backup.created_at, backup.bytes);
    return backup;
  }
  return std::nullopt;
}

Result<std::vector<ListedBackup>> Backups::list() const {
  auto backups = list_folder();
  if (!backups || !options_.store) return backups;
  const auto objects = S3Store(*options_.store).list();
  if (!objects) return std::unexpected(objects.error());
  std::map<std::string, ListedBackup> by_name;
  for (auto& each : *backups) by_name.emplace(each.name, std::move(each));
  for (const auto& [name, bytes] : *objects) {
    const auto time = time_in(name);
    if (!time) continue;
    auto& backup =
        by_name.try_emplace(name, ListedBackup{.name = name, .created_at = *time, .bytes = bytes})
            .first->second;
    backup.in_store = true;
  }
  return newest_first(std::move(by_name));
}

Result<fs::path> Backups::fetch(const std::string& which, const std::stop_token& stop,
                                const db::Report& report) const {
  std::error_code unreadable;
  const bool is_path = which.find('/') != std::string::npos;
  if (is_path || fs::is_regular_file(which, unreadable)) return fs::path(which);
  if (which != "latest" && fs::exists(options_.folder / which, unreadable)) {
    return options_.folder / which;
  }
  // First without the store: what is at hand is enough even while that can't be reached.
  auto backups = list_folder();
  if (!backups) return std::unexpected(std::move(backups.error()));
  const auto is_meant = [&which](const ListedBackup& backup) {
    return (which == "latest" || which == backup.name) && (backup.manifest || backup.in_store);
  };
  auto found = std::ranges::find_if(*backups, is_meant);
  if (found != backups->end()) return options_.folder / found->name;
  if (options_.store) backups = list();
  if (!backups) return std::unexpected(std::move(backups.error()));
  found = std::ranges::find_if(*backups, is_meant);
  if (found != backups->end()) {
    db::tell(report, {.phase = "downloading"});
    return download(found->name, stop);
  }
  return fail(Errc::not_found,
              fmt::format("there is no backup {} in {}{}", which, options_.folder.string(),
                          options_.store ? " or in the store" : ""));
}

Result<fs::path> Backups::download(const std::string& name, const std::stop_token& stop) const {
  const auto scratch = db::ScratchFolder::make(options_.folder);
  if (!scratch) return std::unexpected(scratch.error());
  const auto file = *scratch / "download";
  if (auto done = S3Store(*options_.store).get(name, file, stop); !done) {
    return std::unexpected(std::move(done.error()));
  }
  auto named = db::rename_file(file, options_.folder / name);
  if (!named) return std::unexpected(std::move(named.error()));
  return options_.folder / name;
}

}  // namespace coppice::app::backup
