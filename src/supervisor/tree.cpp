#include "supervisor/tree.hpp"

#include <memory>
#include <unordered_set>
#include <utility>

#include "actors/address.hpp"
#include "actors/place_settled.hpp"
#include "actors/sys.hpp"
#include "supervisor/dynamic_supervisor.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::supervisor {
namespace {

using actors::Duration;
using actors::Errc;
using actors::fail;
using actors::Pid;
using actors::Place;
using actors::Ref;
using actors::Result;
using actors::Runtime;
using actors::Sys;

constexpr std::size_t kShownMessages = 100;

Result<std::shared_ptr<Place>> find(const Runtime& runtime, const std::string& path) {
  if (auto place = runtime.root()->find(path)) return place;
  return fail(Errc::not_found, "there is no actor at " + path);
}

std::optional<actors::ActorStats> stats_of(const Runtime& runtime, Pid pid) {
  const auto stats = runtime.stats(pid);
  return stats ? std::optional(*stats) : std::nullopt;
}

/// Runs @p look inside the actor and brings back what it returns.
template <class Value>
Result<Value> look_inside(Runtime& runtime, Pid pid, Value (*look)(actors::Cell&),
                          Duration timeout) {
  // Shared, because after a timeout the actor may still come to it.
  const auto seen = std::make_shared<std::optional<Value>>();
  const Result<void> looked = runtime.inspect(
      pid, [seen, look](actors::Cell& cell) { seen->emplace(look(cell)); }, timeout);
  if (!looked) return std::unexpected(looked.error());
  return std::move(**seen);
}

Insides insides_of(actors::Cell& cell) {
  return {.type = std::string(cell.type().name),
          .state = cell.actor().describe(),
          .mailbox = cell.waiting(kShownMessages),
          .awaiting = cell.awaiting(),
          .links = cell.links(),
          .monitors = cell.monitoring(),
          .monitored_by = cell.watched_by()};
}

void note_paths(const Place& place, const std::unordered_set<Pid>& wanted,
                std::map<Pid, std::string>& out) {
  if (const Pid pid = place.pid(); wanted.contains(pid)) out.emplace(pid, place.path());
  for (const auto& child : place.children()) {
    if (out.size() == wanted.size()) return;
    note_paths(*child, wanted, out);
  }
}

const actors::TypeTag* type_of(actors::Cell& cell) { return &cell.type(); }

/// Gives an order about the child at @p path to its supervisor, whichever kind that is.
template <class Order>
Result<void> order(Runtime& runtime, const std::string& path, Duration timeout) {
  const actors::Time deadline = actors::deadline_after(runtime.now(), timeout);
  const auto place = find(runtime, path);
  if (!place) return std::unexpected(place.error());
  const auto parent = (*place)->parent();
  if (!parent) return fail(Errc::invalid_argument, "the root has no supervisor");
  const Result<Pid> supervisor = resolve_place(*parent);
  if (!supervisor) return std::unexpected(supervisor.error());
  // A message to an actor of another type would crash it.
  const auto type = look_inside(runtime, *supervisor, &type_of, timeout);
  if (!type) return std::unexpected(type.error());
  const Duration left = deadline - runtime.now();
  Order message{ChildKey(std::shared_ptr<const Place>(*place))};
  if (*type == &actors::type_tag<Supervisor>()) {
    return Ref<Supervisor>(runtime, *supervisor).call_blocking(std::move(message), left);
  }
  if (*type == &actors::type_tag<DynamicSupervisor>()) {
    return Ref<DynamicSupervisor>(runtime, *supervisor).call_blocking(std::move(message), left);
  }
  return fail(Errc::wrong_type,
              parent->path() + " is a " + std::string((*type)->name) + ", which takes no orders");
}

Result<Sys> sys(Runtime& runtime, const std::string& path, Duration timeout) {
  const auto place = find(runtime, path);
  if (!place) return std::unexpected(place.error());
  const Result<Pid> pid = resolve_place(**place);
  if (!pid) return std::unexpected(pid.error());
  return Sys(runtime, *pid, timeout);
}

}  // namespace

TreeNode walk(const Runtime& runtime, const Place& place, DynamicChildren dynamic) {
  TreeNode node{.place = place.snapshot(), .stats = {}, .children = {}};
  node.stats = stats_of(runtime, node.place.pid);
  if (dynamic == DynamicChildren::counted && place.kind() == Place::Kind::dynamic_supervisor) {
    node.counted = place.child_count();
    return node;
  }
  for (const auto& child : place.children()) {
    node.children.push_back(walk(runtime, *child, dynamic));
  }
  return node;
}

std::map<Pid, std::string> find_paths(const Runtime& runtime, const std::vector<Pid>& pids) {
  std::map<Pid, std::string> out;
  std::unordered_set<Pid> wanted(pids.begin(), pids.end());
  wanted.erase(Pid());  // as the places have where nobody lives
  if (!wanted.empty()) note_paths(*runtime.root(), wanted, out);
  return out;
}

Result<Inspection> inspect(Runtime& runtime, const std::string& path, Duration timeout) {
  const auto place = find(runtime, path);
  if (!place) return std::unexpected(place.error());
  const Result<Pid> pid = resolve_place(**place);
  auto insides = pid ? look_inside(runtime, *pid, &insides_of, timeout)
                     : Result<Insides>(std::unexpected(pid.error()));
  auto snapshot = (*place)->snapshot();
  auto stats = stats_of(runtime, snapshot.pid);
  return Inspection{std::move(snapshot), stats, std::move(insides)};
}

Result<void> restart(Runtime& runtime, const std::string& path, Duration timeout) {
  return order<CycleChild>(runtime, path, timeout);
}

Result<void> stop_child(Runtime& runtime, const std::string& path, Duration timeout) {
  return order<TerminateChild>(runtime, path, timeout);
}

Result<void> suspend(Runtime& runtime, const std::string& path, Duration timeout) {
  auto actor = sys(runtime, path, timeout);
  return actor ? actor->suspend() : std::unexpected(actor.error());
}

Result<void> resume(Runtime& runtime, const std::string& path, Duration timeout) {
  auto actor = sys(runtime, path, timeout);
  return actor ? actor->resume() : std::unexpected(actor.error());
}

}  // namespace coppice::supervisor
