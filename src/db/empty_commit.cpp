#include "db/empty_commit.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "db/query.hpp"

namespace coppice::db {

actors::Result<void> commit_nothing(Connection& connection) {
  const auto version = query_value<std::int64_t>(connection, "PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  return connection.execute(fmt::format("PRAGMA user_version = {}", **version));
}

}  // namespace coppice::db
