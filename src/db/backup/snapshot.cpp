#include "db/backup/snapshot.hpp"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>

#include "db/connection.hpp"
#include "db/connection_state.hpp"
#include "db/served_file.hpp"
#include "db/sqlite_error.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

constexpr int kBusyTimeoutMs = 5000;

using Handle = std::unique_ptr<sqlite3, CloseConnection>;

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
};

Error error_of(sqlite3* handle, const std::filesystem::path& path) {
  if (handle == nullptr) return {Errc::system_limit, "no memory for a database connection"};
  return {errc_of_sqlite(sqlite3_extended_errcode(handle)),
          fmt::format("{}: {}", path.string(), sqlite3_errmsg(handle))};
}

Result<Handle> open(const std::filesystem::path& path, int flags) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened,
                                   flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Handle handle(opened);
  if (code != SQLITE_OK) return std::unexpected(error_of(opened, path));
  sqlite3_busy_timeout(opened, kBusyTimeoutMs);
  return handle;
}

Result<void> run(sqlite3* handle, const std::filesystem::path& path, const char* sql) {
  if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return std::unexpected(error_of(handle, path));
}

Result<std::int64_t> page_size_of(sqlite3* handle, const std::filesystem::path& path) {
  std::int64_t size = 0;
  const auto take = [](void* out, int /*columns*/, char** values, char** /*names*/) {
    *static_cast<std::int64_t*>(out) = std::strtoll(values[0], nullptr, 10);
    return 0;
  };
  if (sqlite3_exec(handle, "PRAGMA page_size", take, &size, nullptr) == SQLITE_OK) return size;
  return std::unexpected(error_of(handle, path));
}

/// How far it has come.
Progress progress_of(sqlite3_backup* backup, std::string_view phase, std::int64_t page_size) {
  const auto bytes = [page_size](int pages) {
    return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size);
  };
  const int all = sqlite3_backup_pagecount(backup);
  const int left = sqlite3_backup_remaining(backup);
  return {std::string(phase), bytes(all - left), bytes(all), kBytes};
}

/// What a copy is called, and who is told of it.
struct CopyReport {
  std::string_view phase;
  const Report& report;
};

Result<void> copy_pages(sqlite3* source, sqlite3* target, const std::filesystem::path& path,
                        CopyPace pace, const std::stop_token& stop, const CopyReport& told) {
  const auto page_size = page_size_of(source, path);
  if (!page_size) return std::unexpected(page_size.error());
  std::unique_ptr<sqlite3_backup, FinishBackup> backup(
      sqlite3_backup_init(target, "main", source, "main"));
  if (!backup) return std::unexpected(error_of(target, path));
  for (;;) {
    if (stop.stop_requested()) return fail(Errc::cancelled, "the copy was told to stop");
    const int code = sqlite3_backup_step(backup.get(), pace.pages);
    if (told.report) told.report(progress_of(backup.get(), told.phase, *page_size));
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_OK) {
      backup.reset();  // leaves its error with the target
      return fail(errc_of_sqlite(code),
                  fmt::format("copying to {}: {}", path.string(), sqlite3_errmsg(target)));
    }
    std::this_thread::sleep_for(pace.pause);
  }
}

/// The first read begins the snapshot, which lasts until the connection closes.
Result<Handle> open_snapshot(const std::filesystem::path& database) {
  if (auto served = check_served(database); !served) {
    return std::unexpected(std::move(served.error()));
  }
  std::error_code unreadable;
  if (!std::filesystem::exists(database, unreadable) && !unreadable) {
    return fail(Errc::not_found, fmt::format("there is no database at {}", database.string()));
  }
  auto source = open(database, 0);
  if (!source) return source;
  if (auto begun = run(source->get(), database, "BEGIN; SELECT 1 FROM sqlite_schema"); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  return source;
}

constexpr std::string_view kCopying = "copying";
constexpr const char* kTemporary = "";  // what SQLite calls a database without a name
constexpr std::size_t kCachedStatements = 16;

}  // namespace

Result<void> copy_snapshot(const std::filesystem::path& database, const std::filesystem::path& copy,
                           CopyPace pace, const std::stop_token& stop, const Report& report) {
  const auto source = open_snapshot(database);
  if (!source) return std::unexpected(source.error());
  const auto target = open(copy, SQLITE_OPEN_CREATE);
  if (!target) return std::unexpected(target.error());
  if (auto fast = run(target->get(), copy, "PRAGMA synchronous = OFF"); !fast) return fast;
  return copy_pages(source->get(), target->get(), copy, pace, stop, {kCopying, report});
}

Result<Connection> private_copy(const std::filesystem::path& database, const CopyPace& pace,
                                const std::stop_token& stop, const Report& report) {
  const auto source = open_snapshot(database);
  if (!source) return std::unexpected(source.error());
  auto target = open(kTemporary, SQLITE_OPEN_CREATE);
  if (!target) return std::unexpected(std::move(target.error()));
  if (auto copied = copy_pages(source->get(), target->get(), "a temporary file", pace, stop,
                               {kCopying, report});
      !copied) {
    return std::unexpected(std::move(copied.error()));
  }
  return Connection(std::make_unique<ConnectionState>(std::move(*target), kCachedStatements));
}

Result<void> overwrite_content(const std::filesystem::path& source,
                               const std::filesystem::path& database, const Report& report) {
  const auto from = open(source, 0);
  if (!from) return std::unexpected(from.error());
  const auto to = open(database, 0);
  if (!to) return std::unexpected(to.error());
  const auto old_size = page_size_of(to->get(), database);
  if (!old_size) return std::unexpected(old_size.error());
  const auto new_size = page_size_of(from->get(), source);
  if (!new_size) return std::unexpected(new_size.error());
  if (*old_size != *new_size) {
    return fail(Errc::invalid_argument,
                fmt::format("{} has pages of {} bytes, and what is to come in its place of {}: "
                            "that can be done only while no server runs",
                            database.string(), *old_size, *new_size));
  }
  if (auto durable = run(to->get(), database, "PRAGMA synchronous = FULL"); !durable) {
    return durable;
  }
  return copy_pages(from->get(), to->get(), database, kWithoutPause, {},
                    {"writing the content", report});
}

}  // namespace coppice::db
