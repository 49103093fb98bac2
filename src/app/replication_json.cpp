#include "app/replication_json.hpp"

#include <chrono>
#include <string>

#include <fmt/format.h>

#include "app/http/json_schema.hpp"

namespace coppice::app {
namespace {

using boost::json::value;

value text_or_null(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

value position_json(db::Position position) {
  return position == db::Position{} ? value(nullptr) : value(db::to_string(position));
}

value lag_json(const db::Replication& replication) {
  const auto lag = replication.lag();
  return lag ? value(lag->count()) : value(nullptr);
}

value last_event_json(const db::Replication& replication, actors::Time now) {
  const auto heard = replication.heard_at();
  if (!heard) return nullptr;
  return std::chrono::duration<double>(now - *heard).count();
}

}  // namespace

boost::json::value replication_json(const db::Database& database, actors::Time now) {
  const auto& replication = database.replication();
  if (!replication.is_replicated()) return nullptr;
  const auto standing = replication.standing();
  boost::json::object out{{"role", to_string(standing.role)},
                          {"primary", text_or_null(standing.primary)},
                          {"why", text_or_null(standing.why)}};
  out["position"] = position_json(database.position());
  out["transaction"] = fmt::format("{:016x}", replication.transaction());
  out["lag_ms"] = lag_json(replication);
  out["last_event_seconds"] = last_event_json(replication, now);
  out["pauses"] = database.readers().gate().closures();
  out["lost_commits"] = database.losses().commits();
  return out;
}

boost::json::object replication_schema() {
  using http::json_schema::integer;
  using http::json_schema::or_null;
  using http::json_schema::text;
  const auto maybe_text = or_null(text());
  return http::json_schema::record(
      {{"role", http::json_schema::one_of({"down", "orphan", "replica", "primary"})},
       {"primary", maybe_text},
       {"why", maybe_text},
       {"position", maybe_text},
       {"transaction", text("In hexadecimal.")},
       {"lag_ms", or_null(integer())},
       {"last_event_seconds", or_null(http::json_schema::number())},
       {"pauses", integer()},
       {"lost_commits", integer()}});
}

}  // namespace coppice::app
