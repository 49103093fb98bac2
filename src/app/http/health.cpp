#include "app/http/health.hpp"

#include "db/position.hpp"

namespace coppice::app::http {
namespace {

using actors::Errc;
using actors::fail;
using actors::Place;
using actors::Result;
using actors::Runtime;

// Requests need neither.
constexpr std::string_view kJobs = "/jobs";
constexpr std::string_view kDashboard = "/dashboard";

bool is_suspended(const Runtime& runtime, actors::Pid pid) {
  const auto stats = runtime.stats(pid);
  return stats && stats->state == actors::ActorState::suspended;
}

Result<void> check_place(const Runtime& runtime, const Place& place) {
  if (place.path() == kJobs || place.path() == kDashboard) return {};
  if (const auto state = place.state(); state != Place::State::running) {
    return fail(Errc::unavailable, place.path() + " is " + std::string(to_string(state)));
  }
  if (is_suspended(runtime, place.pid())) {
    return fail(Errc::unavailable, place.path() + " is suspended");
  }
  if (place.kind() == Place::Kind::dynamic_supervisor) return {};
  for (const auto& child : place.children()) {
    if (auto checked = check_place(runtime, *child); !checked) return checked;
  }
  return {};
}

}  // namespace

Result<void> check_tree(const Runtime& runtime) { return check_place(runtime, *runtime.root()); }

Result<void> check_file(db::Connection& connection) {
  if (auto forgotten = connection.execute("PRAGMA shrink_memory"); !forgotten) return forgotten;
  const auto position = db::read_position(connection);
  if (!position) return std::unexpected(position.error());
  return {};
}

}  // namespace coppice::app::http
