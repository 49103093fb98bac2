#include "actors/at_work.hpp"

#include <string_view>

#include "actors/place.hpp"
#include "actors/runtime.hpp"
#include "actors/work_note.hpp"

namespace coppice::actors {
namespace {

std::string path_of(const Place& place, Pid pid) {
  if (place.pid() == pid) return place.path();
  for (const auto& child : place.children()) {
    if (auto path = path_of(*child, pid); !path.empty()) return path;
  }
  return {};
}

std::string name_of(const TypeTag* type) { return std::string(type ? type->name : ""); }

AtWork by_activity(const ShardActivity& activity) {
  const auto pid = Pid::from_bits(activity.pid.load(std::memory_order_acquire));
  const auto* message = activity.message_type.load(std::memory_order_relaxed);
  if (!pid) return {.pid = {}, .path = {}, .type = {}, .message = name_of(message)};
  const auto* type = activity.actor_type.load(std::memory_order_relaxed);
  return {.pid = pid, .path = {}, .type = name_of(type), .message = name_of(message)};
}

}  // namespace

AtWork at_work(const Shard& shard) {
  AtWork found = by_activity(shard.activity());
  // A coroutine of an actor's may run what has a note of its own, which says more.
  if (auto note = WorkNote::of_thread(shard.native_thread())) {
    if (found.pid != note->whose)
      found = {.pid = note->whose, .path = {}, .type = {}, .message = {}};
    found.message = std::move(note->what);
  }
  if (found.pid) found.path = path_of(*shard.runtime().root(), found.pid);
  return found;
}

std::string to_string(const AtWork& who) {
  std::string text = who.path.empty() ? who.type : who.path;
  if (text.empty() && who.pid) text = to_string(who.pid);
  if (!who.message.empty()) text += (text.empty() ? "" : " with ") + who.message;
  return text;
}

}  // namespace coppice::actors
