#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "actors/time.hpp"
#include "db/database.hpp"

namespace coppice::app {

/// How a replicated database stands; null for a plain file.
///
///     {"role", "primary", "why", "position", "transaction", "lag_ms", "last_event_seconds",
///      "pauses", "lost_commits"}
///
/// Null where there is nothing to say. `transaction` is LiteFS's, as its position file has it;
/// `last_event_seconds` is the age of the last that its stream has told; `pauses` is how often
/// reads were held up to let it apply something.
///
/// Thread: any.
[[nodiscard]] boost::json::value replication_json(const db::Database& database, actors::Time now);

/// What replication_json() says of a replicated database, as JSON Schema.
[[nodiscard]] boost::json::object replication_schema();

}  // namespace coppice::app
