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
#include "db/free_space.hpp"

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
Error after(const db::Backup& backup, const Error& error) {
  return {error.code,
          fmt::format("the backup {} was made, but {}", backup.file.string(), error.context)};
}

Error because(std::string_view what, const Error& error) {
  return {error.code, fmt::format("{}: {}", what, error.context)};
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

/// The whole ones of the folder that the store lacks, without those that it would not keep, as of a
/// folder in which nothing was made for long; newest first.
std::vector<std::string> missing_in(const std::vector<StoredObject>& store,
                                    const std::vector<ListedBackup>& folder,
                                    const Retention& retention, sys_seconds now) {
  auto together = kept(store);
  std::vector<std::string> missing;
  for (const auto& each : folder) {
    const bool is_there = std::ranges::find(store, each.name, &StoredObject::name) != store.end();
    if (!each.manifest || is_there) continue;
    missing.push_back(each.name);
    together.push_back({each.name, each.created_at, true});
  }
  const auto useless = expired(together, retention, now);
  std::erase_if(missing, [&useless](const std::string& name) {
    return std::ranges::find(useless, name) != useless.end();
  });
  return missing;
}

}  // namespace

Result<BackupRecord::Turn> Backups::take_turn(const std::stop_token& stop,
                                              const db::Report& report) const {
  auto turn = options_.record->take_turn(
      stop, [&report] { db::tell(report, {.phase = "waiting for another backup"}); });
  if (!turn) return fail(Errc::cancelled, "stopped while another backup was under way");
  return *std::move(turn);
}

Result<db::Backup> Backups::create(const fs::path& database, sys_seconds at,
                                   const std::stop_token& stop, const db::Report& report) const {
  const auto turn = take_turn(stop, report);
  if (!turn) return std::unexpected(turn.error());
  auto backup = make_now(database, at, stop, report);
  if (!backup) return backup;
  if (auto done = follow_up_now(at, stop, report); !done) {
    return std::unexpected(after(*backup, done.error()));
  }
  return backup;
}

Result<db::Backup> Backups::make(const fs::path& database, sys_seconds at,
                                 const std::stop_token& stop, const db::Report& report) const {
  const auto turn = take_turn(stop, report);
  if (!turn) return std::unexpected(turn.error());
  return make_now(database, at, stop, report);
}

Result<void> Backups::follow_up(sys_seconds at, const std::stop_token& stop,
                                const db::Report& report) const {
  const auto turn = take_turn(stop, report);
  if (!turn) return std::unexpected(turn.error());
  return follow_up_now(at, stop, report);
}

Result<db::Backup> Backups::make_now(const fs::path& database, sys_seconds at,
                                     const std::stop_token& stop, const db::Report& report) const {
  const auto began = std::chrono::steady_clock::now();
  auto backup = db::create_backup(
      {.database = database, .folder = options_.folder, .at = at, .version = std::string(kVersion)},
      stop, report);
  if (backup) {
    options_.record->made(at, std::chrono::steady_clock::now() - began,
                          backup->manifest.archive_bytes);
  } else if (backup.error() != Errc::cancelled) {
    options_.record->failed(backup.error().message());
  }
  return backup;
}

// The folder first: a store that is away must not let it fill the disk.
Result<void> Backups::follow_up_now(sys_seconds at, const std::stop_token& stop,
                                    const db::Report& report) const {
  db::tell(report, {.phase = "removing old backups"});
  const auto trimmed = trim_folder(at);
  if (!trimmed) options_.record->removal_failed(trimmed.error().message());
  const auto stored = options_.store ? bring_to_store(at, stop, report) : Result<void>();
  if (!stored && stored.error() != Errc::cancelled) {
    options_.record->upload_failed(stored.error().message());
  }
  if (trimmed && stored) options_.record->followed_up();
  return trimmed ? stored : trimmed;
}

Result<void> Backups::trim_folder(sys_seconds now) const {
  const auto backups = list_folder();
  if (!backups) return std::unexpected(backups.error());
  Result<void> all;
  for (const auto& name : expired(kept(*backups), options_.retention, now)) {
    std::error_code error;
    fs::remove(options_.folder / name, error);
    // One that stays, stays alone.
    if (error && all) {
      all =
          std::unexpected(because("old ones could not be removed",
                                  db::file_error("remove", options_.folder / name, error.value())));
    }
  }
  return all;
}

// What is missing there is known from its own list alone, so that whatever kept one from being
// uploaded, be it the end of this process, the next run makes up for it.
Result<void> Backups::bring_to_store(sys_seconds now, const std::stop_token& stop,
                                     const db::Report& report) const {
  const auto there = store();
  auto objects = there.list(stop);
  if (!objects) return std::unexpected(because("not uploaded", objects.error()));
  const auto here = list_folder();
  if (!here) return std::unexpected(because("not uploaded", here.error()));
  for (const auto& name : missing_in(*objects, *here, options_.retention, now)) {
    if (auto done = upload(name, stop, report); !done) {
      return std::unexpected(because("not uploaded", done.error()));
    }
    objects->push_back({.name = name});
  }
  for (const auto& name : expired(kept(*objects), options_.retention, now)) {
    if (auto removed = there.remove(name, stop); !removed) {
      return std::unexpected(because("old ones stay in the store", removed.error()));
    }
  }
  return {};
}

Result<void> Backups::upload(const std::string& name, const std::stop_token& stop,
                             const db::Report& report) const {
  const auto progress = [&report](std::uint64_t done, std::uint64_t total) {
    db::tell(report, {"uploading", done, total, db::kBytes});
  };
  auto done = store().put(options_.folder / name, name, stop, progress);
  if (done) options_.record->uploaded();
  return done;
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
  const auto objects = store().list();
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
    return download(*found, stop);
  }
  return fail(Errc::not_found,
              fmt::format("there is no backup {} in {}{}", which, options_.folder.string(),
                          options_.store ? " or in the store" : ""));
}

Result<fs::path> Backups::download(const ListedBackup& backup, const std::stop_token& stop) const {
  const auto& name = backup.name;
  const auto scratch = db::ScratchFolder::make(options_.folder);
  if (!scratch) return std::unexpected(scratch.error());
  auto enough = db::require_free_space(options_.folder / name, backup.bytes, "the download",
                                       db::free_space_beside);
  if (!enough) return std::unexpected(std::move(enough.error()));
  const auto file = *scratch / "download";
  if (auto done = store().get(name, file, stop); !done) {
    return std::unexpected(std::move(done.error()));
  }
  auto named = db::rename_file(file, options_.folder / name);
  if (!named) return std::unexpected(std::move(named.error()));
  return options_.folder / name;
}

}  // namespace coppice::app::backup
