#include "app/admin/actor_control.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "actors/at_work.hpp"
#include "app/admin/connection_control.hpp"
#include "app/clean_text.hpp"
#include "app/utc_time.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Place;
using actors::Result;
using actors::Runtime;
using boost::json::object;

constexpr std::string_view kOurPlace = "/admin";
/// In the tree, where each actor is a line.
constexpr std::size_t kLongestReasonInTree = 1000;

void add_stats(object& out, const std::optional<actors::ActorStats>& stats) {
  if (!stats) return;
  if (stats->state == actors::ActorState::suspended) out["state"] = "suspended";
  out["mailbox"] = stats->mailbox_depth;
  out["mailbox_high_water"] = stats->mailbox_high_water;
  out["handled"] = stats->handled;
  out["busy_ms"] = std::chrono::duration<double, std::milli>(stats->busy).count();
}

// What an exception says and what an actor says of itself may have clients' text in it, and goes to
// terminals from here.

/// In a line, for the tree.
object crash_line(const actors::CrashReport& crash) {
  return {{"reason", clean_text(crash.reason.to_string(), kLongestReasonInTree, Lines::one)},
          {"at", utc_time(crash.at)},
          {"message", clean_text(crash.message_type)},
          {"incarnation", crash.incarnation}};
}

object crash_in_detail(const actors::CrashReport& crash) {
  object out = crash_line(crash);
  out["reason"] = clean_text(crash.reason.to_string());
  const auto* exception = crash.reason.exception();
  if (exception == nullptr) return out;
  out["state"] = clean_text(crash.state);
  out["mailbox"] = crash.mailbox_depth;
  out["stack"] = clean_text(exception->symbolised_stack());
  return out;
}

object place_json(const Place::Snapshot& place, const std::optional<actors::ActorStats>& stats) {
  object out{{"id", place.id},
             {"path", place.path},
             {"kind", supervisor::to_string(place.kind)},
             {"state", to_string(place.state)},
             {"incarnation", place.epoch},
             {"restarts", place.restarts},
             {"spec", place.description}};
  if (place.pid) out["pid"] = to_string(place.pid);
  if (place.last_crash) out["last_crash"] = crash_line(*place.last_crash);
  add_stats(out, stats);
  return out;
}

object tree_json(const supervisor::TreeNode& node) {
  object out = place_json(node.place, node.stats);
  boost::json::array children;
  for (const auto& child : node.children) children.push_back(tree_json(child));
  if (!children.empty()) out["children"] = std::move(children);
  if (node.counted) out["children_count"] = *node.counted;
  return out;
}

using Paths = std::map<actors::Pid, std::string>;

/// With their places, by which orders are given.
boost::json::array actors_json(const std::vector<actors::Pid>& pids, const Paths& paths) {
  boost::json::array out;
  for (const auto pid : pids) {
    object actor{{"pid", to_string(pid)}};
    const auto path = paths.find(pid);
    if (path != paths.end()) actor["path"] = path->second;
    out.push_back(std::move(actor));
  }
  return out;
}

boost::json::array texts_json(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const auto& text : texts) out.emplace_back(clean_text(text));
  return out;
}

double as_milliseconds(actors::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

boost::json::array messages_json(const std::vector<actors::WaitingMessage>& messages) {
  boost::json::array out;
  for (const auto& [type, waited] : messages) {
    out.push_back({{"type", type}, {"waited_ms", as_milliseconds(waited)}});
  }
  return out;
}

/// How many there are of each type, and for how long one has waited at most, in the order of the
/// first ones.
object by_type_json(const std::vector<actors::WaitingMessage>& messages) {
  object out;
  for (const auto& [type, waited] : messages) {
    if (!out.contains(type)) out[type] = {{"count", 0}, {"waited_ms", 0.0}};
    auto& all = out[type].as_object();
    all["count"] = all["count"].as_int64() + 1;
    all["waited_ms"] = std::max(all["waited_ms"].as_double(), as_milliseconds(waited));
  }
  return out;
}

/// Why an actor did not answer, with who holds its shard.
std::string excuse(const Runtime& runtime, actors::Pid pid, const actors::Error& error) {
  std::string text = error.message();
  const auto* shard = pid ? runtime.find_shard(pid.shard()) : nullptr;
  if (error != Errc::timeout || shard == nullptr) return text;
  const auto held_by = to_string(actors::at_work(*shard));
  return held_by.empty() ? text : text + "; its shard is held by " + clean_text(held_by);
}

Paths paths_of_those_known(const Runtime& runtime, const supervisor::Insides& insides) {
  auto pids = insides.links;
  pids.insert(pids.end(), insides.monitors.begin(), insides.monitors.end());
  pids.insert(pids.end(), insides.monitored_by.begin(), insides.monitored_by.end());
  return supervisor::find_paths(runtime, pids);
}

void add_insides(object& out, const Runtime& runtime, const Result<supervisor::Insides>& insides) {
  if (!insides) return;
  out["type"] = insides->type;
  out["describes_itself"] = clean_text(insides->state);
  out["waiting_messages"] = messages_json(insides->mailbox);
  out["waiting_by_type"] = by_type_json(insides->mailbox);
  out["awaiting"] = texts_json(insides->awaiting);
  const auto paths = paths_of_those_known(runtime, *insides);
  out["links"] = actors_json(insides->links, paths);
  out["monitors"] = actors_json(insides->monitors, paths);
  out["monitored_by"] = actors_json(insides->monitored_by, paths);
}

/// Those of the place, whoever lived there, as the ledger has them.
void add_crashes(object& out, const Result<std::vector<crashes::KeptCrash>>& kept) {
  if (!kept) {
    out["crashes_unread"] = clean_text(kept.error().message());
    return;
  }
  boost::json::array list;
  for (const auto& each : *kept) list.push_back(boost::json::parse(crashes::crash_json(each)));
  out["crashes"] = std::move(list);
}

/// The place that is meant by a pid, or by its path.
Result<std::string> path_of(const Runtime& runtime, const std::string& which) {
  if (!which.starts_with('<')) return which;
  const auto pid = parse_pid(which);
  if (!pid) return fail(Errc::invalid_argument, which + " is no pid: one looks like <0.12.1>");
  const auto paths = supervisor::find_paths(runtime, {*pid});
  if (!paths.empty()) return paths.begin()->second;
  return fail(Errc::not_found,
              which + " has no place in the tree: it has ended, or belongs to another actor");
}

}  // namespace

ActorControl::ActorControl(Runtime& runtime, bool drills, CrashesAt crashes_at)
    : runtime_(runtime), drills_(drills), crashes_at_(std::move(crashes_at)) {}

std::string ActorControl::tree(supervisor::DynamicChildren dynamic) const {
  return boost::json::serialize(tree_json(supervisor::walk(runtime_, *runtime_.root(), dynamic)));
}

Result<std::string> ActorControl::inspect(const std::string& which) const {
  const auto path = path_of(runtime_, which);
  if (!path) return std::unexpected(path.error());
  const auto inspection = supervisor::inspect(runtime_, *path);
  if (!inspection) return std::unexpected(inspection.error());
  object out = place_json(inspection->place, inspection->stats);
  add_insides(out, runtime_, inspection->insides);
  if (!inspection->insides) {
    out["unreachable"] = excuse(runtime_, inspection->place.pid, inspection->insides.error());
  }
  if (const auto& crash = inspection->place.last_crash) {
    out["last_crash"] = crash_in_detail(*crash);
  }
  if (crashes_at_) add_crashes(out, crashes_at_(inspection->place.path));
  return boost::json::serialize(out);
}

Result<void> ActorControl::restart(const std::string& path) {
  return supervisor::restart(runtime_, path);
}

Result<void> ActorControl::stop(const std::string& path) {
  if (auto spared = spare_ourselves(path, "stopped"); !spared) return spared;
  return supervisor::stop_child(runtime_, path);
}

Result<void> ActorControl::suspend(const std::string& path) {
  if (auto spared = spare_ourselves(path, "suspended"); !spared) return spared;
  return supervisor::suspend(runtime_, path);
}

Result<void> ActorControl::resume(const std::string& path) {
  return supervisor::resume(runtime_, path);
}

Result<void> ActorControl::crash(const std::string& path) {
  if (!drills_) return fail(Errc::forbidden, "actors can't be made to crash in production");
  const auto pid = who_lives_at(path);
  if (!pid) return std::unexpected(pid.error());
  runtime_.crash(*pid, "crash on request");
  return {};
}

Result<void> ActorControl::kill(const std::string& path) {
  if (auto spared = spare_ourselves(path, "killed"); !spared) return spared;
  const auto pid = who_lives_at(path);
  if (!pid) return std::unexpected(pid.error());
  runtime_.kill(*pid);
  return {};
}

Result<actors::Pid> ActorControl::who_lives_at(const std::string& path) const {
  const auto place = runtime_.root()->find(path);
  if (!place) return fail(Errc::not_found, "there is no actor at " + path);
  const auto pid = place->pid();
  if (pid) return pid;
  return fail(Errc::noproc,
              place->path() + " is " + std::string(to_string(place->state())) + ": nobody there");
}

/// Refuses what would leave operators without an answer, and without a way to undo it.
Result<void> ActorControl::spare_ourselves(const std::string& path, std::string_view what) const {
  const auto place = runtime_.root()->find(path);
  for (auto ours = runtime_.root()->find(kOurPlace); ours; ours = ours->parent()) {
    if (ours != place) continue;
    return fail(Errc::conflict, ours->path() + " can't be " + std::string(what) +
                                    ": operators' orders come through " + std::string(kOurPlace));
  }
  return {};
}

}  // namespace coppice::app::admin
