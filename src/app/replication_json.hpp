#pragma once

#include <boost/json/value.hpp>

#include "db/replication.hpp"

namespace coppice::app {

/// `{"role", "primary", "why"}` of a replicated database, the latter two null where there is
/// nothing to say; null for a plain file.
[[nodiscard]] boost::json::value replication_json(const db::Replication& replication);

}  // namespace coppice::app
