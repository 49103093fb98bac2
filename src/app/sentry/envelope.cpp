#include "app/sentry/envelope.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/accounts/secret.hpp"

namespace coppice::app::sentry {
namespace {

namespace json = boost::json;

constexpr std::size_t kEventIdBytes = 16;
constexpr std::string_view kOursBegin = "coppice::";

/// "function (file:line)", or less of it.
json::object stack_frame(std::string_view line) {
  json::object frame;
  const auto open = line.rfind(" (");
  const auto colon = line.rfind(':');
  const bool has_file = open != std::string_view::npos && line.ends_with(')') &&
                        colon != std::string_view::npos && colon > open;
  const auto function = has_file ? line.substr(0, open) : line;
  frame["function"] = function;
  frame["in_app"] = function.find(kOursBegin) != std::string_view::npos;
  if (!has_file) return frame;
  frame["filename"] = line.substr(open + 2, colon - open - 2);
  int number = 0;
  std::from_chars(line.data() + colon + 1, line.data() + line.size() - 1, number);
  if (number > 0) frame["lineno"] = number;
  return frame;
}

/// Ours have the innermost first, Sentry's have it last.
json::array stack_frames(std::string_view stack) {
  json::array frames;
  while (!stack.empty()) {
    const auto end = std::min(stack.find('\n'), stack.size());
    if (end > 0) frames.push_back(stack_frame(stack.substr(0, end)));
    stack.remove_prefix(std::min(end + 1, stack.size()));
  }
  std::ranges::reverse(frames);
  return frames;
}

json::object exception_part(const crashes::Crash& crash) {
  json::object exception{{"type", crash.exception.empty() ? "exit" : crash.exception},
                         {"value", crash.reason}};
  auto frames = stack_frames(crash.stack);
  if (!frames.empty()) exception["stacktrace"] = json::object{{"frames", std::move(frames)}};
  return {{"values", json::array{std::move(exception)}}};
}

json::object breadcrumbs_part(const std::vector<Breadcrumb>& trail, std::int64_t until) {
  json::array values;
  for (const auto& crumb : trail) {
    if (crumb.at > until) continue;
    values.push_back(json::object{{"timestamp", crashes::utc_milliseconds(crumb.at)},
                                  {"type", "default"},
                                  {"category", crumb.category},
                                  {"message", crumb.message}});
  }
  return {{"values", std::move(values)}};
}

json::object tags_part(const crashes::Crash& crash) {
  json::object tags{{"kind", crash.kind}};
  if (!crash.path.empty()) tags["path"] = crash.path;
  if (!crash.actor.empty()) tags["actor"] = crash.actor;
  if (!crash.message.empty()) tags["message_type"] = crash.message;
  return tags;
}

json::object actor_part(const crashes::Crash& crash) {
  return {
      {"path", crash.path},       {"pid", crash.pid},          {"incarnation", crash.incarnation},
      {"type", crash.actor},      {"handling", crash.message}, {"mailbox", crash.mailbox},
      {"handled", crash.handled}, {"state", crash.state},      {"crashes", crash.count}};
}

json::object tags_part(const LoggedError& error) {
  json::object tags{{"kind", "log"}, {"folder", error.folder}};
  if (!error.actor.empty()) tags["path"] = error.actor;
  if (!error.request_id.empty()) tags["request_id"] = error.request_id;
  return tags;
}

json::object line_part(const LoggedError& error) {
  return {{"folder", error.folder},
          {"actor", error.actor},
          {"request_id", error.request_id},
          {"lines", error.count}};
}

/// What every event has.
json::object event_part(const std::string& event_id, std::int64_t at, const EventFacts& facts,
                        const std::vector<Breadcrumb>& trail) {
  return {{"event_id", event_id},
          {"timestamp", crashes::utc_milliseconds(at)},
          {"platform", "other"},
          {"logger", "coppice"},
          {"environment", facts.environment},
          {"release", facts.release},
          {"breadcrumbs", breadcrumbs_part(trail, at)}};
}

std::string envelope_with(const json::object& event, const std::string& event_id) {
  const auto payload = json::serialize(event);
  const auto sent_at = crashes::utc_milliseconds(crashes::milliseconds_now());
  const auto head = json::serialize(json::object{{"event_id", event_id}, {"sent_at", sent_at}});
  const auto item = json::serialize(json::object{
      {"type", "event"}, {"content_type", "application/json"}, {"length", payload.size()}});
  return head + "\n" + item + "\n" + payload + "\n";
}

}  // namespace

std::string envelope_of(const crashes::Crash& crash, const EventFacts& facts,
                        const std::vector<Breadcrumb>& trail, const std::string& event_id) {
  auto event = event_part(event_id, crash.last_at, facts, trail);
  if (!crash.version.empty()) event["release"] = crash.version;
  event["level"] = crash.kind == crashes::kSignal ? "fatal" : "error";
  event["tags"] = tags_part(crash);
  event["contexts"] = json::object{{"coppice_actor", actor_part(crash)}};
  event["exception"] = exception_part(crash);
  if (!crash.path.empty()) event["transaction"] = crash.path;
  return envelope_with(event, event_id);
}

std::string envelope_of(const LoggedError& error, const EventFacts& facts,
                        const std::vector<Breadcrumb>& trail, const std::string& event_id) {
  auto event = event_part(event_id, error.at, facts, trail);
  event["level"] = error.level == LogLevel::critical ? "fatal" : "error";
  event["logentry"] = json::object{{"message", error.shape}, {"formatted", error.text}};
  event["fingerprint"] = json::array{error.folder, error.shape};
  event["tags"] = tags_part(error);
  event["contexts"] = json::object{{"coppice_line", line_part(error)}};
  if (!error.actor.empty()) event["transaction"] = error.actor;
  return envelope_with(event, event_id);
}

std::string new_event_id() {
  std::string id;
  for (const char byte : accounts::random_bytes(kEventIdBytes)) {
    id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return id;
}

}  // namespace coppice::app::sentry
