#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "actors/presence/entry.hpp"
#include "actors/presence/state.hpp"
#include "actors/pubsub/string_map.hpp"

namespace coppice::actors::presence {

/// Tells the application when somebody becomes present on a topic, with the first meta of a key,
/// and when nobody is any more under that key, with the last.
///
///     presence_options.attendance = std::make_shared<Attendance>(Attendance::Hooks{
///         .first_joined = [ref](const std::string& topic, const std::string& key) {
///           std::ignore = ref.cast(Arrived{topic, key});
///         },
///         .last_left = …});
///
/// Exactly one of the two is called per transition, and for one topic and key they alternate,
/// beginning with first_joined. Transitions are those of this node's lists, so those that clients
/// see: updates are none, nor is a key that leaves and comes back within one diff; members on other
/// nodes count, so a node that goes down may be the last leave of its keys, and their first join
/// when it is back. It outlives the Presence actor's incarnations: the next one tells what the last
/// one did not come to tell. Counted topics have no keys, and so no transitions.
///
/// Order: as the changes were made; those of one moment ordered by topic, joins first. Clients have
/// been sent the diff by then.
///
/// Thread: the hooks run on the Presence actor's shard, inside it: they must be quick, as a message
/// to an actor is. An exception that leaves one is that actor's crash, and that call is not made
/// again. Its incarnations use it one after the other.
class Attendance {
 public:
  using Hook = std::function<void(const std::string& topic, const std::string& key)>;
  struct Hooks {
    Hook first_joined{};
    Hook last_left{};
  };

  explicit Attendance(Hooks hooks) : hooks_(std::move(hooks)) {}
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;
  ~Attendance() = default;

  /// Tells what @p diffs have made of @p now.
  void follow(const std::vector<Diff>& diffs, const State& now);

  /// Tells whatever is different in @p now from what was told.
  void reconcile(const State& now);

 private:
  void check(const std::string& topic, const std::string& key, const State& now);

  const Hooks hooks_;
  pubsub::StringMap<std::set<std::string, std::less<>>> told_;  // the keys present, by topic
};

}  // namespace coppice::actors::presence
