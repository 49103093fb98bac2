#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>

#include "actors/result.hpp"
#include "db/progress.hpp"

namespace coppice::db {

class Connection;

/// How a copy leaves room for others: so many pages at a time, with a pause between.
struct CopyPace {
  int pages = 64;
  std::chrono::milliseconds pause{1};
};

/// For who holds others up anyway, and so is to be done soon: parts only so that they can be told
/// of.
inline constexpr CopyPace kWithoutPause{.pages = 4096, .pause = {}};

/// Copies a database, page for page, as it is at one moment, while others read and write it.
///
/// It holds one read snapshot from the first page to the last. So it ends however much is written
/// meanwhile (SQLite's backup alone starts over after each commit of another connection), and it
/// holds nobody up, since in WAL mode readers and the writer don't wait for each other; the WAL
/// can't be emptied until it is done, and grows by what is written. VACUUM INTO would end, too,
/// but as one statement without pauses, and the copy would be another file: compacted, without the
/// WAL flag.
///
/// Everything in the file survives: page size, auto_vacuum, application_id, the WAL flag. The copy
/// is not synced; it is there to be worked on.
///
/// @param report  Is told of the phase "copying", in bytes.
/// Errors: not_found; cancelled when @p stop asks; disk_full, io_error, corrupt, busy.
/// Thread: any; blocks.
[[nodiscard]] actors::Result<void> copy_snapshot(const std::filesystem::path& database,
                                                 const std::filesystem::path& copy, CopyPace pace,
                                                 const std::stop_token& stop,
                                                 const Report& report = {});

/// A copy of a database, as it is at one moment, that belongs to the connection alone and goes with
/// it: in memory while it is small, then in a file without a name where SQLite puts temporary ones
/// (SQLITE_TMPDIR, TMPDIR, /var/tmp). For what may not be done to a database that others use.
///
/// Errors: those of copy_snapshot(). Thread: any; blocks.
[[nodiscard]] actors::Result<Connection> private_copy(const std::filesystem::path& database,
                                                      const CopyPace& pace,
                                                      const std::stop_token& stop,
                                                      const Report& report = {});

/// Gives a database in WAL mode, which may be in use meanwhile, the content of another one, in one
/// transaction: whoever reads it sees the old content or the new, and a crash leaves one of them.
/// Nobody has to open it anew. The disk needs room for the whole content in the WAL.
///
/// @param source    In use by nobody.
/// @param database  With the same page size. No other connection may write meanwhile.
/// @param report    Is told of the phase "writing the content", in bytes.
/// Errors: invalid_argument for another page size; disk_full, io_error, busy, read_only.
/// Thread: any; blocks.
[[nodiscard]] actors::Result<void> overwrite_content(const std::filesystem::path& source,
                                                     const std::filesystem::path& database,
                                                     const Report& report = {});

}  // namespace coppice::db
