#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/attendance.hpp"
#include "actors/presence/entry.hpp"
#include "actors/presence/state.hpp"

namespace coppice::actors::presence {

/// A list as tests compare it: topic → key → refs.
using View = std::map<std::string, std::map<std::string, std::set<MetaRef>>>;

inline void add_to(View& view, const Entry& entry) {
  view[entry.topic][entry.key].insert(entry.ref);
}

inline void remove_from(View& view, const Entry& entry) {
  auto& keys = view[entry.topic];
  keys[entry.key].erase(entry.ref);
  if (keys[entry.key].empty()) keys.erase(entry.key);
  if (keys.empty()) view.erase(entry.topic);
}

[[nodiscard]] inline View view_of(const TopicState& state) {
  View view;
  for (const auto& entry : state.entries) add_to(view, *entry);
  return view;
}

/// What a client that follows the diffs sees. Each must fit what came before.
class Fold {
 public:
  void apply(const std::vector<EntryPtr>& joins, const std::vector<EntryPtr>& leaves) {
    std::set<MetaRef> joined;
    for (const auto& entry : joins) {
      EXPECT_TRUE(joined.insert(entry->ref).second);
      EXPECT_FALSE(has(*entry)) << entry->key << " joins twice";
      add_to(view_, *entry);
    }
    for (const auto& entry : leaves) {
      EXPECT_FALSE(joined.contains(entry->ref)) << entry->key << " joins and leaves in one diff";
      EXPECT_TRUE(has(*entry)) << entry->key << " leaves without being there";
      remove_from(view_, *entry);
    }
  }
  void apply(const Changes& changes) { apply(changes.joins, changes.leaves); }

  [[nodiscard]] const View& view() const noexcept { return view_; }
  [[nodiscard]] View view(const std::string& topic) const {
    const auto found = view_.find(topic);
    return found == view_.end() ? View{} : View{*found};
  }

 private:
  [[nodiscard]] bool has(const Entry& entry) const {
    const auto topic = view_.find(entry.topic);
    if (topic == view_.end()) return false;
    const auto key = topic->second.find(entry.key);
    return key != topic->second.end() && key->second.contains(entry.ref);
  }

  View view_;
};

/// Whom the application believes present: topic → keys. What it is told must alternate.
class Attendees {
 public:
  using Keys = std::map<std::string, std::set<std::string>>;

  [[nodiscard]] std::shared_ptr<Attendance> listen() {
    return std::make_shared<Attendance>(Attendance::Hooks{
        .first_joined =
            [this](const std::string& topic, const std::string& key) {
              EXPECT_TRUE(keys_[topic].insert(key).second) << key << " joins " << topic << " twice";
              ++told;
            },
        .last_left =
            [this](const std::string& topic, const std::string& key) {
              EXPECT_EQ(keys_[topic].erase(key), 1U) << key << " leaves " << topic << " unseen";
              if (keys_[topic].empty()) keys_.erase(topic);
              ++told;
            }});
  }

  [[nodiscard]] const Keys& keys() const noexcept { return keys_; }

  std::size_t told = 0;

 private:
  Keys keys_;
};

[[nodiscard]] inline Attendees::Keys keys_of(const View& view) {
  Attendees::Keys keys;
  for (const auto& [topic, members] : view) {
    for (const auto& [key, refs] : members) keys[topic].insert(key);
  }
  return keys;
}

}  // namespace coppice::actors::presence
