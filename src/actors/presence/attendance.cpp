#include "actors/presence/attendance.hpp"

#include <utility>

namespace coppice::actors::presence {

void Attendance::follow(const std::vector<Diff>& diffs, const State& now) {
  for (const Diff& diff : diffs) {
    for (const auto& entry : diff.joins) check(diff.topic, entry->key, now);
    for (const auto& entry : diff.leaves) check(diff.topic, entry->key, now);
  }
}

void Attendance::reconcile(const State& now) {
  std::vector<std::pair<std::string, std::string>> gone;
  for (const auto& [topic, keys] : told_) {
    for (const auto& key : keys) {
      if (!now.has(topic, key)) gone.emplace_back(topic, key);
    }
  }
  for (const auto& [topic, key] : gone) check(topic, key, now);
  now.for_each_key([&](const Entry& entry) { check(entry.topic, entry.key, now); });
}

// Noted before it is told, so that a hook that throws is not called for the same thing again.
void Attendance::check(const std::string& topic, const std::string& key, const State& now) {
  if (now.has(topic, key)) {
    if (told_[topic].insert(key).second && hooks_.first_joined) hooks_.first_joined(topic, key);
    return;
  }
  const auto keys = told_.find(topic);
  if (keys == told_.end() || keys->second.erase(key) == 0) return;
  if (keys->second.empty()) told_.erase(keys);
  if (hooks_.last_left) hooks_.last_left(topic, key);
}

}  // namespace coppice::actors::presence
