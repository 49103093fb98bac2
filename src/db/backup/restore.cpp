#include "db/backup/restore.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/backup/archive.hpp"
#include "db/backup/check.hpp"
#include "db/backup/file.hpp"
#include "db/backup/snapshot.hpp"
#include "db/connection.hpp"
#include "db/full_text_index.hpp"
#include "db/process_guard.hpp"
#include "db/query.hpp"
#include "db/stats.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

namespace fs = std::filesystem;

constexpr mode_t kPermissions = 0777;

/// That of a database that is about to be replaced, and may be damaged, or not ours.
Position position_to_pass(const fs::path& database) {
  auto connection = Connection::open({.path = database, .read_only = true});
  if (!connection) return {};
  return read_position(*connection).value_or(Position{});
}

Result<Position> begin_epoch_after(Connection& connection, Position replaced) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (auto raised =
          connection.execute("UPDATE coppice_position SET epoch = max(epoch, ?)", replaced.epoch);
      !raised) {
    return std::unexpected(std::move(raised.error()));
  }
  auto position = begin_epoch(connection);
  if (!position) return position;
  if (auto committed = transaction->commit(); !committed) {
    return std::unexpected(std::move(committed.error()));
  }
  return position;
}

/// Gives what was wrong with them.
Result<std::vector<std::string>> mend_indexes(Connection& connection, const Report& report) {
  auto problems = find_index_problems(connection, report);
  if (!problems || problems->empty()) return problems;
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (auto made = rebuild_indexes(connection, report); !made) return made;
  if (auto committed = transaction->commit(); !committed) {
    return std::unexpected(std::move(committed.error()));
  }
  return problems;
}

struct History {
  Position position;
  std::vector<std::string> mended;
};

/// Closing the only connection leaves everything in the one file.
Result<History> begin_history(const fs::path& file, Position replaced, const Adapt& adapt,
                              const Report& report) {
  auto connection = Connection::open({.path = file});
  if (!connection) return std::unexpected(std::move(connection.error()));
  auto adapted = adapt ? adapt(*connection) : Result<void>();
  if (!adapted) return std::unexpected(std::move(adapted.error()));
  auto mended = mend_indexes(*connection, report);
  if (!mended) return std::unexpected(std::move(mended.error()));
  const auto current = find_position(*connection);
  if (!current) return std::unexpected(current.error());
  if (!*current) return History{Position{}, std::move(*mended)};
  const auto position = begin_epoch_after(*connection, replaced);
  if (!position) return std::unexpected(position.error());
  return History{*position, std::move(*mended)};
}

fs::path with_suffix(const fs::path& path, std::string_view suffix) {
  return path.string() + std::string(suffix);
}

/// Brings everything of a database into its one file. A leftover WAL would be taken for that of
/// the file that comes in its place. Leaving WAL mode does it, and needs the database for itself:
/// so it also shows that nobody else has it open.
Result<void> fold(const fs::path& database) {
  auto connection =
      Connection::open({.path = database, .busy_timeout = std::chrono::milliseconds(1000)});
  if (!connection) return std::unexpected(std::move(connection.error()));
  const auto mode = query_value<std::string>(*connection, "PRAGMA journal_mode = DELETE");
  if (!mode) return std::unexpected(mode.error());
  if (**mode == "delete") return {};
  return fail(Errc::busy, "it stays in journal mode " + **mode);
}

constexpr std::string_view kOwnLog = "-wal";
/// No name that SQLite looks for.
constexpr std::string_view kFormerLog = ".former-wal";

/// Where the log of a database goes that another file takes the place of.
struct LogAside {
  fs::path log;
  fs::path index;  ///< In the scratch folder, and gone with it.
};

Result<void> move_if_there(const fs::path& from, const fs::path& to) {
  std::error_code unreadable;
  if (!fs::exists(from, unreadable)) return {};
  return rename_file(from, to);
}

Result<void> put_log_back(const fs::path& database, const LogAside& aside) {
  auto back = move_if_there(aside.log, with_suffix(database, "-wal"));
  if (back) back = move_if_there(aside.index, with_suffix(database, "-shm"));
  return back;
}

/// A damaged database keeps its WAL, for whoever wants to save what is in it; so does one that is
/// gone.
Result<void> put_log_aside(const fs::path& database, const LogAside& aside) {
  auto moved = move_if_there(with_suffix(database, "-shm"), aside.index);
  if (moved) moved = move_if_there(with_suffix(database, "-wal"), aside.log);
  return moved;
}

/// Leaves what was there as it was, when nothing could take its place. Its second name goes, unless
/// its log had to stay with that.
actors::Error undone(actors::Error error, const fs::path& database, const fs::path& kept,
                     const LogAside& aside) {
  if (const auto back = put_log_back(database, aside); !back) {
    return {error.code, fmt::format("{}; its log is kept as {}: {}", error.context,
                                    aside.log.string(), back.error().context)};
  }
  std::error_code ignored;
  fs::remove(kept, ignored);
  return error;
}

/// What has its new name has it, whether that would outlast a loss of power or not.
void sync_names_in(const fs::path& folder) {
  if (const auto synced = sync_folder(folder); !synced) {
    SPDLOG_WARN("a restored database has its place, which a loss of power may undo: {}",
                synced.error().context);
  }
}

/// The restored file belongs to whom the old one did, since a restore is often root's work.
Result<void> take_owner_and_mode(const fs::path& database, const fs::path& restored) {
  struct stat status{};
  if (::stat(database.c_str(), &status) != 0) {
    return std::unexpected(file_error("look at", database, errno));
  }
  if (::chown(restored.c_str(), status.st_uid, status.st_gid) != 0 ||
      ::chmod(restored.c_str(), status.st_mode & kPermissions) != 0) {
    return std::unexpected(file_error("give its owner to", restored, errno));
  }
  return {};
}

/// A second name for a file, never in the place of another one.
Result<void> link_as(const fs::path& file, const fs::path& name) {
  if (::link(file.c_str(), name.c_str()) == 0) {
    auto synced = sync_folder(name.parent_path());
    std::error_code ignored;
    if (!synced) fs::remove(name, ignored);
    return synced;
  }
  if (errno != EEXIST) return std::unexpected(file_error("keep the database as", name, errno));
  return fail(Errc::conflict,
              name.string() + " is there already: move it, or try again in a second");
}

/// After an error its log may be aside.
Result<void> set_aside(const fs::path& database, const fs::path& kept, const LogAside& aside) {
  auto folded = fold(database);
  if (!folded && folded.error() == Errc::corrupt) folded = put_log_aside(database, aside);
  if (!folded) {
    return fail(folded.error().code,
                fmt::format("{} can't be replaced: {}; end what uses it and try again",
                            database.string(), folded.error().context));
  }
  return link_as(database, kept);
}

/// The old content, complete and on the disk before it has its name.
Result<void> keep_copy(const PreparedRestore& prepared, const fs::path& database,
                       const fs::path& kept, const Report& report) {
  const auto copy = prepared.folder / "kept.db";
  if (auto copied = copy_snapshot(database, copy, kWithoutPause, {}, report); !copied)
    return copied;
  if (auto owned = take_owner_and_mode(database, copy); !owned) return owned;
  if (auto synced = sync_file(copy); !synced) return synced;
  return link_as(copy, kept);
}

/// A disk that is full, or pages of another size, let nothing be written; then the copy would only
/// take room. After other errors that isn't certain, and it may be the only one.
actors::Error without_useless_copy(actors::Error error, const fs::path& kept) {
  const bool is_as_it_was = error == Errc::disk_full || error == Errc::invalid_argument;
  std::error_code ignored;
  if (is_as_it_was && fs::remove(kept, ignored)) return error;
  return {error.code,
          fmt::format("{}; what was there is also kept as {}", error.context, kept.string())};
}

Result<void> require_room(const BackupManifest& manifest, const fs::path& database,
                          const RestoreRoom& room) {
  auto needed = manifest.database_bytes;
  if (room.is_served) {
    std::error_code unreadable;
    const auto old_bytes = fs::file_size(database, unreadable);
    needed += manifest.database_bytes + (unreadable ? 0 : old_bytes);
  }
  return require_free_space(database, needed, "the restore", room.free_space);
}

/// What an earlier restore has kept, within the same second, keeps its name.
fs::path free_name(const fs::path& database, std::chrono::sys_seconds at) {
  const auto is_taken = [](const fs::path& name) {
    std::error_code unreadable;
    return fs::exists(name, unreadable) || fs::exists(with_suffix(name, kOwnLog), unreadable) ||
           fs::exists(with_suffix(name, kFormerLog), unreadable);
  };
  while (is_taken(kept_database(database, at))) at += std::chrono::seconds(1);
  return kept_database(database, at);
}

}  // namespace

fs::path kept_database(const fs::path& database, std::chrono::sys_seconds at) {
  return with_suffix(database, fmt::format(".before-restore-{:%Y%m%dT%H%M%SZ}",
                                           fmt::gmtime(std::chrono::system_clock::to_time_t(at))));
}

Result<PreparedRestore> prepare_restore(const fs::path& archive, const fs::path& database,
                                        const Adapt& adapt, const std::stop_token& stop,
                                        const Report& report, const RestoreRoom& room) {
  const auto whole = read_manifest(archive);
  if (!whole) return std::unexpected(whole.error());
  // Before the room is measured: what a killed restore has left goes with it.
  auto folder = ScratchFolder::make(database.parent_path());
  if (!folder) return std::unexpected(std::move(folder.error()));
  if (auto enough = require_room(*whole, database, room); !enough) {
    return std::unexpected(std::move(enough.error()));
  }
  auto file = *folder / "restored.db";
  auto manifest = extract_archive(archive, file, stop, report);
  if (!manifest) return std::unexpected(std::move(manifest.error()));
  tell(report, {.phase = std::string(kChecking)});
  if (auto sound = require_sound(file, stop); !sound) {
    return fail(sound.error().code, fmt::format("{}: {}", archive.string(), sound.error().context));
  }
  auto history = begin_history(file, position_to_pass(database), adapt, report);
  if (!history) return std::unexpected(std::move(history.error()));
  if (auto synced = sync_file(file); !synced) return std::unexpected(synced.error());
  return PreparedRestore{std::move(*folder), std::move(file), std::move(*manifest),
                         history->position, std::move(history->mended)};
}

Result<Restored> restore_stopped(const fs::path& archive, const fs::path& database,
                                 std::chrono::sys_seconds at, const std::stop_token& stop,
                                 const Report& report, const RestoreRoom& room) {
  std::error_code unreadable;
  const bool replaces = fs::exists(database, unreadable) || unreadable;
  std::optional<ProcessGuard> guard;
  if (replaces) {
    auto acquired = ProcessGuard::acquire(database);
    if (!acquired) return std::unexpected(std::move(acquired.error()));
    guard = std::move(*acquired);
  }
  auto prepared = prepare_restore(archive, database, {}, stop, report, room);
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  const auto kept = free_name(database, at);
  const LogAside aside{.log = with_suffix(kept, kOwnLog), .index = prepared->folder / "former-shm"};
  if (replaces) {
    if (auto owned = take_owner_and_mode(database, prepared->file); !owned) {
      return std::unexpected(std::move(owned.error()));
    }
  }
  auto done = replaces ? set_aside(database, kept, aside) : put_log_aside(database, aside);
  const bool is_kept = done.has_value();  // else its name may be somebody else's
  if (done) done = rename_file(prepared->file, database);
  if (!done) {
    return std::unexpected(
        undone(std::move(done.error()), database, is_kept ? kept : fs::path(), aside));
  }
  sync_names_in(database.parent_path());
  return Restored{std::move(prepared->manifest), prepared->position, replaces ? kept : fs::path(),
                  std::move(prepared->mended)};
}

Result<Restored> restore_running(const PreparedRestore& prepared, const fs::path& database,
                                 std::chrono::sys_seconds at, const Report& report) {
  if (position_to_pass(database).epoch >= prepared.position.epoch) {
    return fail(Errc::conflict, "another restore came between; try again");
  }
  const auto kept = free_name(database, at);
  auto done = keep_copy(prepared, database, kept, report);
  if (!done) return std::unexpected(std::move(done.error()));
  done = overwrite_content(prepared.file, database, report);
  if (!done) return std::unexpected(without_useless_copy(std::move(done.error()), kept));
  return Restored{prepared.manifest, prepared.position, kept, prepared.mended};
}

Result<Restored> restore_replacing(const PreparedRestore& prepared, const fs::path& database,
                                   std::chrono::sys_seconds at, LogOwner log) {
  std::error_code unreadable;
  const bool replaces = fs::exists(database, unreadable) || unreadable;
  const auto kept = free_name(database, at);
  const bool is_of_former = replaces && log == LogOwner::former_file;
  const LogAside aside{.log = with_suffix(kept, is_of_former ? kFormerLog : kOwnLog),
                       .index = prepared.folder / "former-shm"};
  auto done = replaces ? take_owner_and_mode(database, prepared.file) : Result<void>();
  if (done && replaces) done = link_as(database, kept);
  if (!done) return std::unexpected(std::move(done.error()));
  done = put_log_aside(database, aside);
  if (done) done = rename_file(prepared.file, database);
  if (!done) return std::unexpected(undone(std::move(done.error()), database, kept, aside));
  sync_names_in(database.parent_path());
  return Restored{prepared.manifest, prepared.position, replaces ? kept : fs::path(),
                  prepared.mended};
}

}  // namespace coppice::db
