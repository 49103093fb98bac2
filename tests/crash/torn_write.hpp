#pragma once

#include <string_view>

namespace coppice::db {

/// Makes the process kill itself in the middle of one of SQLite's writes: half of the bytes get to
/// the file, then SIGKILL.
///
/// @param plan  Which write: "wal:17" is the 17th to the write-ahead log, "db:1" the first to the
///              database (a checkpoint), "journal:2" the second to the rollback journal that a new
///              database begins with.
///
/// False, and nothing is planned, if the plan is none of these. To be called once, before any
/// database is opened.
[[nodiscard]] bool plan_torn_write(std::string_view plan);

}  // namespace coppice::db
