#include "app/admin/answer_schemas.hpp"

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "app/admin/account_schemas.hpp"
#include "app/http/json_schema.hpp"

namespace coppice::app::admin::schemas {
namespace {

using boost::json::array;
using boost::json::object;
using http::json_schema::integer;
using http::json_schema::list_of;
using http::json_schema::number;
using http::json_schema::one_of;
using http::json_schema::or_null;
using http::json_schema::record;
using http::json_schema::text;
using http::json_schema::texts;
using http::json_schema::time;
using http::json_schema::truth;
using http::json_schema::with_optional;

constexpr std::string_view kActor = "Actor";

object reference(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

object any_object(std::string_view about) { return {{"type", "object"}, {"description", about}}; }

object last_crash() {
  return record(
      {{"reason", text()}, {"at", time()}, {"message", text()}, {"incarnation", integer()}});
}

/// A place in the tree, and who lives there.
object place() {
  return with_optional(record({{"id", text()},
                               {"path", text()},
                               {"kind", text()},
                               {"state", text()},
                               {"incarnation", integer()},
                               {"restarts", integer()},
                               {"spec", text("How its supervisor treats it.")}}),
                       {{"pid", text("Of who lives there; missing if nobody does.")},
                        {"mailbox", integer("How many messages wait.")},
                        {"mailbox_high_water", integer()},
                        {"handled", integer()},
                        {"busy_ms", number()}});
}

object waiting_message() { return record({{"type", text()}, {"waited_ms", number()}}); }

object known_actor() {
  return with_optional(record({{"pid", text()}}),
                       {{"path", text("Its place in the tree; missing if it has none.")}});
}

object messages_by_type() {
  const object each = record({{"count", integer()}, {"waited_ms", number()}});
  return {{"type", "object"}, {"additionalProperties", each}};
}

/// Why a shard moves on no more.
object culprit() {
  return record({{"seconds", number()},
                 {"pid", or_null(text())},
                 {"path", or_null(text())},
                 {"actor", or_null(text())},
                 {"message", or_null(text())}});
}

object node() {
  return record({{"node", text()},
                 {"here", truth()},
                 {"state", one_of({"up", "down", "incompatible"})},
                 {"role", or_null(text())},
                 {"primary", or_null(text())},
                 {"why", or_null(text())},
                 {"region", or_null(text())},
                 {"release", text()},
                 {"transaction", or_null(integer())},
                 {"behind", or_null(integer("Transactions that it lacks."))},
                 {"started_at", time()},
                 {"silent_seconds", number()}});
}

object link() {
  return record({{"connected", truth()},
                 {"connections", integer()},
                 {"sent", integer()},
                 {"sent_bytes", integer()},
                 {"unsent", integer()},
                 {"dropped", integer()},
                 {"received", integer()},
                 {"lost", integer()},
                 {"repeated", integer()},
                 {"strange", integer()},
                 {"unknown", integer()}});
}

object metric() {
  const object labels{{"type", "object"}, {"additionalProperties", text()}};
  const object bucket = record({{"le", or_null(number())}, {"count", integer()}});
  return with_optional(record({{"labels", labels}}), {{"value", or_null(number())},
                                                      {"count", integer("Of a histogram.")},
                                                      {"sum", or_null(number())},
                                                      {"buckets", list_of(bucket)}});
}

object connection() {
  return record({{"id", text()},
                 {"transport", one_of({"http", "websocket", "longpoll"})},
                 {"address", text()},
                 {"since", time()},
                 {"user", or_null(text())},
                 {"topics", texts()},
                 {"topics_joined", integer()},
                 {"queued_bytes", integer()},
                 {"received", integer()},
                 {"sent", integer()}});
}

object unanswered() {
  auto shards = texts();
  shards["description"] = "What a shard that does not answer has, is missing.";
  return shards;
}

object crash() {
  return record({{"at", time()},
                 {"last_at", time()},
                 {"count", integer()},
                 {"kind", one_of({"actor", "signal"})},
                 {"path", or_null(text())},
                 {"pid", or_null(text())},
                 {"incarnation", integer()},
                 {"actor", or_null(text())},
                 {"message", or_null(text())},
                 {"exception", or_null(text())},
                 {"reason", text()},
                 {"version", text()}});
}

/// One that has been written down.
object kept_crash() {
  auto kept = crash();
  kept["properties"].as_object()["id"] = integer();
  kept["required"].as_array().emplace_back("id");
  return kept;
}

/// What is said to whoever reads a stream, in a line's place.
object notice() {
  return {{"type", "object"},
          {"properties", object{{"missed", integer("Lines that came too fast to be read.")},
                                {"ended", text("Why nothing more comes.")}}},
          {"minProperties", 1},
          {"additionalProperties", false}};
}

object line_or_notice(object line) {
  return {{"anyOf", array{std::move(line), reference("Notice")}}};
}

}  // namespace

object done() { return record({{"ok", truth()}}); }

object actor_tree() { return reference(kActor); }

object actor_in_detail() {
  const object crash =
      with_optional(last_crash(), {{"state", text()}, {"mailbox", integer()}, {"stack", text()}});
  return with_optional(place(), {{"last_crash", crash},
                                 {"type", text()},
                                 {"describes_itself", text()},
                                 {"waiting_messages", list_of(waiting_message())},
                                 {"waiting_by_type", messages_by_type()},
                                 {"awaiting", texts()},
                                 {"links", list_of(known_actor())},
                                 {"monitors", list_of(known_actor())},
                                 {"monitored_by", list_of(known_actor())},
                                 {"unreachable", text("Why it says nothing of itself.")},
                                 {"crashes", list_of(crash_in_detail())},
                                 {"crashes_unread", text("Why there are no `crashes`.")}});
}

object trees_of_nodes() {
  const object each =
      with_optional(record({{"node", text()}}),
                    {{"tree", reference(kActor)}, {"error", text("Why there is no tree.")}});
  return record({{"nodes", list_of(each)}});
}

object nodes() {
  return record({{"node", text()}, {"link", or_null(link())}, {"nodes", list_of(node())}});
}

object shards() {
  const object shard = record({{"shard", integer()},
                               {"busy", number("From 0 to 1.")},
                               {"lag_seconds", number()},
                               {"actors", integer()},
                               {"waiting", integer()},
                               {"zombies", integer()},
                               {"late_replies", integer()},
                               {"stuck", or_null(culprit())}});
  return record({{"shards", list_of(shard)},
                 {"stuck_threads", integer()},
                 {"blocking", record({{"queued", integer()}, {"running", integer()}})}});
}

object requests() {
  const object request = record({{"at", time()},
                                 {"method", text()},
                                 {"path", text()},
                                 {"status", integer()},
                                 {"ms", number()},
                                 {"whole", truth()},
                                 {"request_id", text()}});
  return record({{"requests", list_of(request)}});
}

object long_work() {
  const object piece =
      record({{"kind", text("backup, restore, verify, check, reindex, import.")},
              {"request_id", or_null(text("Of who asked for it; null: the server itself."))},
              {"since", time()},
              {"seconds", number()},
              {"phase", text("What is being done now; empty at the very beginning.")},
              {"done", or_null(integer("Of this phase; null: nobody can say."))},
              {"total", or_null(integer())},
              {"unit", or_null(text("What is counted: bytes, files, indexes."))},
              {"seconds_left", or_null(integer("Of this phase, about."))}});
  return record({{"work", list_of(piece)}});
}

object metrics() {
  const object family = record({{"name", text()},
                                {"help", text()},
                                {"type", one_of({"counter", "gauge", "histogram", "untyped"})},
                                {"metrics", list_of(metric())}});
  return record({{"families", list_of(family)}});
}

object connections() {
  return record({{"connections", list_of(connection())},
                 {"matching", integer()},
                 {"next", or_null(text())},
                 {"unanswered", unanswered()}});
}

object disconnected() {
  return with_optional(record({{"ok", truth()}, {"disconnected", integer()}}),
                       {{"unanswered", unanswered()}});
}

object channels() {
  const object channel = record({{"connection", text("Its id.")},
                                 {"topic", text()},
                                 {"transport", one_of({"websocket", "longpoll"})},
                                 {"user", or_null(text())},
                                 {"state", one_of({"joined", "joining"})},
                                 {"type", text("The class that serves it.")}});
  return record({{"channels", list_of(channel)},
                 {"matching", integer()},
                 {"next", or_null(text())},
                 {"unanswered", unanswered()}});
}

object topics() {
  const object topic =
      record({{"topic", text()}, {"subscribers", integer()}, {"present", integer()}});
  return record({{"topics", list_of(topic)},
                 {"matching", integer()},
                 {"next", or_null(text())},
                 {"unanswered", unanswered()}});
}

object presence() {
  const object member = record({{"key", text()}, {"metas", integer()}});
  return record({{"topic", text()},
                 {"members", list_of(member)},
                 {"matching", integer()},
                 {"next", or_null(text())},
                 {"counted", integer("Members that are only counted.")}});
}

object crashes() {
  return record({{"crashes", list_of(kept_crash())},
                 {"next_cursor", or_null(text())},
                 {"waiting", list_of(crash())},
                 {"dropped", integer()},
                 {"unread", or_null(text())},
                 {"unread_reports", list_of(record({{"file", text()}, {"why", text()}}))}});
}

object crash_in_detail() {
  auto kept = kept_crash();
  auto& properties = kept["properties"].as_object();
  properties["mailbox"] = integer();
  properties["handled"] = integer();
  properties["state"] = or_null(text());
  properties["stack"] = or_null(text());
  for (const auto* name : {"mailbox", "handled", "state", "stack"}) {
    kept["required"].as_array().emplace_back(name);
  }
  return kept;
}

object log_line() { return reference("LogLine"); }
object event() { return reference("Event"); }
object traced_message() { return reference("TracedMessage"); }

object log_levels() {
  const object level =
      with_optional(record({{"target", text()}, {"level", text()}}), {{"seconds_left", integer()}});
  return record({{"levels", list_of(level)}, {"left_out", integer()}});
}

object version() { return record({{"version", text()}}); }

object configuration() {
  const object variable = record({{"name", text()},
                                  {"value", text()},
                                  {"source", one_of({"environment", "default"})},
                                  {"secret", truth()},
                                  {"meaning", text()}});
  return record({{"variables", list_of(variable)}});
}

object drain() { return record({{"draining", truth()}, {"connections", integer()}}); }

object description() {
  return record({{"openapi", text()},
                 {"info", any_object("What it describes.")},
                 {"servers", list_of(any_object("Where it is."))},
                 {"paths", any_object("Its requests.")},
                 {"components", any_object("What those refer to.")}});
}

object components() {
  auto actor = with_optional(
      place(), {{"last_crash", last_crash()},
                {"children", list_of(reference(kActor))},
                {"children_count", integer("In the place of a dynamic supervisor's children.")}});
  auto line = with_optional(
      record({{"time", time()}, {"level", text()}, {"text", text()}, {"folder", text()}}),
      {{"actor", text()}, {"request_id", text()}});
  auto event = record({{"at", time()}, {"kind", text("As actor.crash.")}});
  event["description"] = "What happened, with what there is to say of that kind of event.";
  event["additionalProperties"] = true;
  auto message = with_optional(
      record({{"at", time()}, {"message", text()}, {"us", number()}, {"mailbox", integer()}}),
      {{"from", known_actor()}, {"waits", truth()}, {"waited", truth()}});
  object out{{kActor, std::move(actor)},
             {"LogLine", line_or_notice(std::move(line))},
             {"Event", line_or_notice(std::move(event))},
             {"TracedMessage", line_or_notice(std::move(message))},
             {"Notice", notice()}};
  add_account_components(out);
  return out;
}

}  // namespace coppice::app::admin::schemas
