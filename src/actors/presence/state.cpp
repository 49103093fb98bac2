#include "actors/presence/state.hpp"

#include <algorithm>

namespace coppice::actors::presence {

// -- this replica's members ----------------------------------------------------------------------

Result<void> State::track(EntryPtr entry) {
  const std::uint64_t dot = own_.up_to + 1;
  if (!own_dots_.try_emplace(entry->ref, dot).second) {
    return fail(Errc::already_present, std::string(entry->ref.text()));
  }
  own_.up_to = dot;
  changed_.insert(dot);
  show(entry);
  own_.entries.emplace(dot, std::move(entry));
  return {};
}

Result<void> State::untrack(const MetaRef& ref) {
  const auto found = own_dots_.find(ref);
  if (found == own_dots_.end()) return fail(Errc::not_found, std::string(ref.text()));
  const auto entry = own_.entries.find(found->second);
  hide(entry->second);
  changed_.insert(entry->first);
  own_.entries.erase(entry);
  own_dots_.erase(found);
  // A removal is an event of its own, so that who missed it sees that something is missing.
  changed_.insert(++own_.up_to);
  return {};
}

Result<void> State::update(const MetaRef& old, EntryPtr next) {
  if (own_dots_.contains(next->ref)) {
    return fail(Errc::already_present, std::string(next->ref.text()));
  }
  if (auto untracked = untrack(old); !untracked) return untracked;
  return track(std::move(next));
}

// -- replication ---------------------------------------------------------------------------------

Delta State::take_delta() {
  Delta delta{.from = self_, .news = {}};
  if (changed_.empty()) return delta;
  ReplicaNews news{.replica = self_, .up_to = 0, .dots = {}, .entries = {}};
  news.dots.assign(changed_.begin(), changed_.end());
  changed_.clear();
  for (const std::uint64_t dot : news.dots) {
    if (const auto entry = own_.entries.find(dot); entry != own_.entries.end()) {
      news.entries.emplace_back(*entry);
    }
  }
  delta.news.push_back(std::move(news));
  return delta;
}

ReplicaNews State::news_of(const std::string& node, const Known& known) {
  return {.replica = {node, known.epoch},
          .up_to = known.up_to,
          .dots = {known.cloud.begin(), known.cloud.end()},
          .entries = {known.entries.begin(), known.entries.end()}};
}

Delta State::extract() const {
  Delta delta{.from = self_, .news = {}};
  delta.news.push_back(news_of(self_.node, own_));
  delta.news.back().replica = self_;
  for (const auto& [node, known] : others_) delta.news.push_back(news_of(node, known));
  return delta;
}

Changes State::merge(const Delta& delta) {
  Changes changes;
  if (delta.from.node == self_.node) return changes;  // only this replica says what it has
  hear(delta.from, changes);
  for (const ReplicaNews& news : delta.news) {
    const auto known = others_.find(news.replica.node);
    if (known == others_.end() || known->second.epoch != news.replica.epoch) continue;
    take_in(known->second, news, changes);
  }
  changes.cancel_out();  // what a restarted node has brought back
  return changes;
}

void State::hear(const Replica& from, Changes& changes) {
  Known& known = others_[from.node];
  if (from.epoch < known.epoch) return;  // late mail from before its restart
  if (from.epoch > known.epoch) {
    hide_all(known, changes);
    known = Known{};
    known.epoch = from.epoch;
  }
  if (std::exchange(known.up, true)) return;
  for (const auto& [dot, entry] : known.entries) {
    show(entry);
    changes.joins.push_back(entry);
  }
}

void State::take_in(Known& known, const ReplicaNews& news, Changes& changes) {
  remove_covered(known, news, changes);
  add_unseen(known, news, changes);
  known.cloud.insert(news.dots.begin(), news.dots.end());
  known.up_to = std::max(known.up_to, news.up_to);
  known.compact();
}

void State::add_unseen(Known& known, const ReplicaNews& news, Changes& changes) {
  for (const auto& [dot, entry] : news.entries) {
    if (known.has_seen(dot)) continue;
    known.entries.emplace(dot, entry);
    if (!known.up) continue;
    show(entry);
    changes.joins.push_back(entry);
  }
}

// Removed are entries whose dot the sender has seen but which it does not have.
void State::remove_covered(Known& known, const ReplicaNews& news, Changes& changes) {
  std::set<std::uint64_t> alive;
  for (const auto& [dot, entry] : news.entries) alive.insert(dot);
  const auto remove = [&](auto entry) {
    if (known.up) {
      hide(entry->second);
      changes.leaves.push_back(entry->second);
    }
    return known.entries.erase(entry);
  };
  for (auto entry = known.entries.begin();
       entry != known.entries.end() && entry->first <= news.up_to;) {
    entry = alive.contains(entry->first) ? std::next(entry) : remove(entry);
  }
  for (const std::uint64_t dot : news.dots) {
    const auto entry = known.entries.find(dot);
    if (entry != known.entries.end() && !alive.contains(dot)) remove(entry);
  }
}

void State::Known::compact() {
  cloud.erase(cloud.begin(), cloud.upper_bound(up_to));
  while (!cloud.empty() && *cloud.begin() == up_to + 1) {
    ++up_to;
    cloud.erase(cloud.begin());
  }
}

Changes State::set_down(const std::string& node) {
  Changes changes;
  const auto known = others_.find(node);
  if (known == others_.end()) return changes;
  hide_all(known->second, changes);
  known->second.up = false;
  return changes;
}

Changes State::forget(const std::string& node) {
  Changes changes = set_down(node);
  others_.erase(node);
  return changes;
}

void State::hide_all(const Known& known, Changes& changes) {
  if (!known.up) return;
  for (const auto& [dot, entry] : known.entries) {
    hide(entry);
    changes.leaves.push_back(entry);
  }
}

// -- reading -------------------------------------------------------------------------------------

void State::show(const EntryPtr& entry) {
  visible_[entry->topic].insert(entry);
  ++visible_count_;
}

void State::hide(const EntryPtr& entry) {
  const auto topic = visible_.find(entry->topic);
  topic->second.erase(entry);
  --visible_count_;
  if (topic->second.empty()) visible_.erase(topic);
}

TopicState State::list(std::string_view topic) const {
  TopicState state{.topic = std::string(topic), .entries = {}};
  const auto members = visible_.find(topic);
  if (members != visible_.end()) {
    state.entries.assign(members->second.begin(), members->second.end());
  }
  return state;
}

std::size_t State::count(std::string_view topic) const {
  const auto members = visible_.find(topic);
  return members == visible_.end() ? 0 : members->second.size();
}

}  // namespace coppice::actors::presence
