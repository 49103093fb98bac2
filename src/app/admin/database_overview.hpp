#pragma once

#include <string>

#include "actors/result.hpp"
#include "app/admin/database_routes.hpp"

namespace coppice::app::admin {

/// The database from outside: works while the writer and the readers are stuck.
///
///     {"database", "ready", "not_ready_because", "writable", "not_writable_because", "position",
///      "replication": see replication_json(), "schema": {"applied", "pending"} or null, "bytes",
///      "wal_bytes", "free_space_bytes", "free_space_reserve_bytes", "writer": {…}, "readers": {…},
///      "backup": {…}}
///
/// `database` is an absolute path, as is the `folder` of `backup`, which is null where the server
/// has none.
///
/// Thread: any that is no shard's; blocks for a second at the most.
[[nodiscard]] std::string database_json(const DatabaseParts& parts);

/// As cli::migrations_json(). Errors: timeout, and those of reading.
[[nodiscard]] actors::Result<std::string> migrations_of_server(const DatabaseParts& parts);

}  // namespace coppice::app::admin
