#include "app/admin/control.hpp"

#include <chrono>
#include <optional>
#include <vector>

#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/utc_time.hpp"
#include "supervisor/child_spec.hpp"
#include "supervisor/tree.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Place;
using actors::Result;
using actors::Runtime;
using boost::json::object;

constexpr std::string_view kOurPlace = "/admin";
constexpr std::string_view kAccountCommands = "accounts.";

void add_stats(object& out, const std::optional<actors::ActorStats>& stats) {
  if (!stats) return;
  if (stats->state == actors::ActorState::suspended) out["state"] = "suspended";
  out["mailbox"] = stats->mailbox_depth;
  out["mailbox_high_water"] = stats->mailbox_high_water;
  out["handled"] = stats->handled;
  out["busy_ms"] = std::chrono::duration<double, std::milli>(stats->busy).count();
}

object crash_json(const actors::CrashReport& crash, bool with_stack) {
  object out{{"reason", crash.reason.to_string()},
             {"at", utc_time(crash.at)},
             {"message", crash.message_type},
             {"incarnation", crash.incarnation}};
  const auto* exception = crash.reason.exception();
  if (!with_stack || exception == nullptr) return out;
  out["state"] = crash.state;
  out["mailbox"] = crash.mailbox_depth;
  out["stack"] = exception->symbolised_stack();
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
  if (place.last_crash) out["last_crash"] = crash_json(*place.last_crash, false);
  add_stats(out, stats);
  return out;
}

object tree_json(const supervisor::TreeNode& node) {
  object out = place_json(node.place, node.stats);
  boost::json::array children;
  for (const auto& child : node.children) children.push_back(tree_json(child));
  if (!children.empty()) out["children"] = std::move(children);
  return out;
}

boost::json::array pids_json(const std::vector<actors::Pid>& pids) {
  boost::json::array out;
  for (const auto pid : pids) out.emplace_back(to_string(pid));
  return out;
}

boost::json::array texts_json(const std::vector<std::string>& texts) {
  boost::json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

void add_insides(object& out, const Result<supervisor::Insides>& insides) {
  if (!insides) {
    out["unreachable"] = insides.error().message();
    return;
  }
  out["type"] = insides->type;
  out["describes_itself"] = insides->state;
  out["waiting_messages"] = texts_json(insides->mailbox);
  out["awaiting"] = texts_json(insides->awaiting);
  out["links"] = pids_json(insides->links);
  out["monitors"] = pids_json(insides->monitors);
  out["monitored_by"] = pids_json(insides->monitored_by);
}

}  // namespace

Control::Control(Runtime& runtime, bool drills) : runtime_(runtime), drills_(drills) {}

std::string Control::tree() const {
  return boost::json::serialize(tree_json(supervisor::walk(runtime_, *runtime_.root())));
}

Result<std::string> Control::inspect(const std::string& path) const {
  const auto inspection = supervisor::inspect(runtime_, path);
  if (!inspection) return std::unexpected(inspection.error());
  object out = place_json(inspection->place, inspection->stats);
  add_insides(out, inspection->insides);
  if (const auto& crash = inspection->place.last_crash) {
    out["last_crash"] = crash_json(*crash, true);
  }
  return boost::json::serialize(out);
}

Result<void> Control::restart(const std::string& path) {
  return supervisor::restart(runtime_, path);
}

Result<void> Control::stop(const std::string& path) {
  if (auto spared = spare_ourselves(path, "stopped"); !spared) return spared;
  return supervisor::stop_child(runtime_, path);
}

Result<void> Control::suspend(const std::string& path) {
  if (auto spared = spare_ourselves(path, "suspended"); !spared) return spared;
  return supervisor::suspend(runtime_, path);
}

Result<void> Control::resume(const std::string& path) { return supervisor::resume(runtime_, path); }

Result<void> Control::crash(const std::string& path) {
  if (!drills_) return fail(Errc::forbidden, "actors can't be made to crash in production");
  const auto place = runtime_.root()->find(path);
  if (!place) return fail(Errc::not_found, "there is no actor at " + path);
  const auto pid = place->pid();
  if (!pid) {
    return fail(Errc::noproc,
                place->path() + " is " + std::string(to_string(place->state())) + ": nobody there");
  }
  runtime_.crash(pid, "crash on request");
  return {};
}

/// Refuses what would leave operators without an answer, and without a way to undo it.
Result<void> Control::spare_ourselves(const std::string& path, std::string_view what) const {
  const auto place = runtime_.root()->find(path);
  for (auto ours = runtime_.root()->find(kOurPlace); ours; ours = ours->parent()) {
    if (ours != place) continue;
    return fail(Errc::conflict, ours->path() + " can't be " + std::string(what) +
                                    ": operators' orders come through " + std::string(kOurPlace));
  }
  return {};
}

void Control::run_look(std::function<void()> job) {
  boost::asio::post(look_threads_, std::move(job));
}

Result<void> Control::run_order(std::function<void()> job) {
  if (orders_under_way_.fetch_add(1) >= kMaxOrders) {
    --orders_under_way_;
    return fail(Errc::overloaded, std::to_string(kMaxOrders) +
                                      " orders to restart or stop are under way already; see what "
                                      "they wait for, or try again later");
  }
  boost::asio::post(order_threads_, [this, job = std::move(job)] {
    job();
    --orders_under_way_;
  });
  return {};
}

void Control::stop_server() {
  const std::lock_guard lock(mutex_);
  if (stop_server_) stop_server_();
}

Result<std::string> Control::restore_backup(const std::string& which, const std::string& database) {
  RestoreBackup action;
  {
    const std::lock_guard lock(mutex_);
    action = restore_backup_;
  }
  if (action) return action(which, database);
  return fail(Errc::unsupported, "this server has no database to restore");
}

void Control::on_restore_backup(RestoreBackup action) {
  const std::lock_guard lock(mutex_);
  restore_backup_ = std::move(action);
}

Result<std::string> Control::run_command(const db::Command& command, const std::string& database) {
  if (!command.name.starts_with(kAccountCommands)) {
    return fail(Errc::forbidden, command.name + " is no command of the accounts");
  }
  RunCommand action;
  {
    const std::lock_guard lock(mutex_);
    action = run_command_;
  }
  if (action) return action(command, database);
  return fail(Errc::unsupported, "this server has no database to change");
}

void Control::on_run_command(RunCommand action) {
  const std::lock_guard lock(mutex_);
  run_command_ = std::move(action);
}

Result<std::string> Control::reindex(const std::string& database) {
  Reindex action;
  {
    const std::lock_guard lock(mutex_);
    action = reindex_;
  }
  if (action) return action(database);
  return fail(Errc::unsupported, "this server has no database to index");
}

void Control::on_reindex(Reindex action) {
  const std::lock_guard lock(mutex_);
  reindex_ = std::move(action);
}

Result<std::string> Control::metrics() {
  std::function<std::string()> action;
  {
    const std::lock_guard lock(mutex_);
    action = metrics_;
  }
  if (action) return action();
  return fail(Errc::unsupported, "this server has no metrics");
}

void Control::on_metrics(std::function<std::string()> action) {
  const std::lock_guard lock(mutex_);
  metrics_ = std::move(action);
}

void Control::on_stop_server(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  stop_server_ = std::move(action);
}

}  // namespace coppice::app::admin
