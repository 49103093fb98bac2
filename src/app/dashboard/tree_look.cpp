#include "app/dashboard/tree_look.hpp"

#include <utility>

namespace coppice::app::dashboard {
namespace {

using actors::Place;

void look(const actors::Runtime& runtime, const Place& place, std::uint32_t depth, std::size_t most,
          std::vector<SeenActor>& seen) {
  if (seen.size() >= most) return;
  SeenActor actor{.place = place.snapshot(), .stats = {}, .depth = depth};
  if (const auto stats = runtime.stats(actor.place.pid)) actor.stats = *stats;
  const bool dynamic = place.kind() == Place::Kind::dynamic_supervisor;
  if (dynamic) actor.children = static_cast<std::uint32_t>(place.child_count());
  seen.push_back(std::move(actor));
  if (dynamic) return;
  for (const auto& child : place.children()) look(runtime, *child, depth + 1, most, seen);
}

}  // namespace

std::vector<SeenActor> look_at_tree(const actors::Runtime& runtime, std::size_t most) {
  std::vector<SeenActor> seen;
  look(runtime, *runtime.root(), 0, most, seen);
  return seen;
}

std::vector<Reading> readings_of(const std::vector<SeenActor>& actors) {
  std::vector<Reading> readings;
  readings.reserve(actors.size());
  for (const auto& actor : actors) {
    Reading reading{.path = actor.place.path,
                    .pid = actor.place.pid,
                    .children = actor.children,
                    .restarts = actor.place.restarts};
    if (actor.stats) {
      reading.mailbox = actor.stats->mailbox_depth;
      reading.handled = actor.stats->handled;
      reading.busy = actor.stats->busy;
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

}  // namespace coppice::app::dashboard
