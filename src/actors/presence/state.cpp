#include "actors/presence/state.hpp"

#include <algorithm>
#include <utility>

namespace coppice::actors::presence {
namespace {

/// The dots of what is known but gone: the sender of @p news has seen it and does not have it.
template <class Fact>
std::set<std::uint64_t> gone(const std::map<std::uint64_t, Fact>& known, const ReplicaNews& news,
                             const std::vector<std::pair<std::uint64_t, Fact>>& living) {
  std::set<std::uint64_t> alive;
  for (const auto& [dot, fact] : living) alive.insert(dot);
  std::set<std::uint64_t> dots;
  for (auto fact = known.upper_bound(news.after); fact != known.end() && fact->first <= news.up_to;
       ++fact) {
    if (!alive.contains(fact->first)) dots.insert(fact->first);
  }
  for (const std::uint64_t dot : news.dots) {
    if (known.contains(dot) && !alive.contains(dot)) dots.insert(dot);
  }
  return dots;
}

/// About what it takes in a message to other nodes.
std::size_t byte_size(const Entry& entry) {
  return entry.topic.size() + entry.key.size() + entry.meta.size() + 100;
}
std::size_t byte_size(const TopicCount& count) { return count.topic.size() + 50; }

}  // namespace

State::State(Replica self, State predecessor)
    : self_(std::move(self)), others_(std::move(predecessor.others_)) {
  Changes known_already;
  for (const auto& [node, known] : others_) {
    if (known.up) show_all(known, known_already);
  }
}

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

void State::set_count(const std::string& topic, std::uint64_t members) {
  if (const auto old = own_.counts.dot_of(topic)) {
    if (own_.counts.by_dot().at(*old).members == members) return;
    hide(own_.counts.take(*old));
    changed_.insert(*old);
    changed_.insert(++own_.up_to);  // as in untrack()
  }
  if (members == 0) return;
  TopicCount count{.topic = topic, .members = members};
  show(count);
  changed_.insert(++own_.up_to);
  own_.counts.add(own_.up_to, std::move(count));
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
    const auto& counts = own_.counts.by_dot();
    if (const auto count = counts.find(dot); count != counts.end()) {
      news.counts.emplace_back(*count);
    }
  }
  delta.news.push_back(std::move(news));
  return delta;
}

ReplicaNews State::news_of(const std::string& node, const Known& known) {
  return {.replica = {node, known.epoch},
          .up_to = known.up_to,
          .dots = {known.cloud.begin(), known.cloud.end()},
          .entries = {known.entries.begin(), known.entries.end()},
          .counts = {known.counts.by_dot().begin(), known.counts.by_dot().end()}};
}

Delta State::extract() const {
  Delta delta{.from = self_, .news = {news_of(self_.node, own_)}};
  delta.news.back().replica = self_;
  for (const auto& [node, known] : others_) delta.news.push_back(news_of(node, known));
  return delta;
}

std::vector<Delta> State::extract_own(std::size_t bytes) const {
  std::vector<Delta> parts;
  ReplicaNews part{.replica = self_, .dots = {}, .entries = {}};
  std::size_t size = 0;
  const auto finish = [&](std::uint64_t up_to) {
    part.up_to = up_to;
    parts.push_back({.from = self_, .news = {std::exchange(part, {self_, 0, {}, {}, {}, up_to})}});
    size = 0;
  };
  const auto& counts = own_.counts.by_dot();
  auto entry = own_.entries.begin();
  auto count = counts.begin();
  while (entry != own_.entries.end() || count != counts.end()) {
    const bool is_entry =
        count == counts.end() || (entry != own_.entries.end() && entry->first < count->first);
    const std::uint64_t dot = is_entry ? entry->first : count->first;
    size += is_entry ? byte_size(*entry->second) : byte_size(count->second);
    if (is_entry) {
      part.entries.push_back(*entry++);
    } else {
      part.counts.push_back(*count++);
    }
    if (size >= bytes) finish(dot);
  }
  finish(own_.up_to);
  return parts;
}

bool State::lacks(const Replica& other, std::uint64_t up_to) const {
  if (other.node == self_.node) return false;
  const auto known = others_.find(other.node);
  if (known == others_.end() || known->second.epoch < other.epoch) return up_to > 0;
  return known->second.epoch == other.epoch && known->second.up_to < up_to;
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
  if (!std::exchange(known.up, true)) show_all(known, changes);
}

void State::take_in(Known& known, const ReplicaNews& news, Changes& changes) {
  if (news.after > known.up_to) return;  // a part before it is missing, and will be asked for
  remove_covered(known, news, changes);
  add_unseen(known, news, changes);
  add_unseen_counts(known, news, changes);
  known.cloud.insert(news.dots.begin(), news.dots.end());
  known.up_to = std::max(known.up_to, news.up_to);
  known.compact();
}

void State::remove_covered(Known& known, const ReplicaNews& news, Changes& changes) {
  for (const std::uint64_t dot : gone(known.entries, news, news.entries)) {
    const EntryPtr entry = std::move(known.entries.extract(dot).mapped());
    if (!known.up) continue;
    hide(entry);
    changes.leaves.push_back(entry);
  }
  for (const std::uint64_t dot : gone(known.counts.by_dot(), news, news.counts)) {
    const TopicCount count = known.counts.take(dot);
    if (!known.up) continue;
    hide(count);
    changes.recounted.insert(count.topic);
  }
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

void State::add_unseen_counts(Known& known, const ReplicaNews& news, Changes& changes) {
  for (const auto& [dot, count] : news.counts) {
    if (known.has_seen(dot)) continue;
    // Its removal may have been lost, or not come yet; but a replica has one number per topic.
    const auto other = known.counts.dot_of(count.topic);
    if (other && *other > dot) continue;
    if (other) {
      const TopicCount older = known.counts.take(*other);
      if (known.up) hide(older);
    }
    known.counts.add(dot, count);
    if (!known.up) continue;
    show(count);
    changes.recounted.insert(count.topic);
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

void State::show_all(const Known& known, Changes& changes) {
  for (const auto& [dot, entry] : known.entries) {
    show(entry);
    changes.joins.push_back(entry);
  }
  for (const auto& [dot, count] : known.counts.by_dot()) {
    show(count);
    changes.recounted.insert(count.topic);
  }
}

void State::hide_all(const Known& known, Changes& changes) {
  if (!known.up) return;
  for (const auto& [dot, entry] : known.entries) {
    hide(entry);
    changes.leaves.push_back(entry);
  }
  for (const auto& [dot, count] : known.counts.by_dot()) {
    hide(count);
    changes.recounted.insert(count.topic);
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

void State::show(const TopicCount& count) { totals_[count.topic] += count.members; }

void State::hide(const TopicCount& count) {
  const auto total = totals_.find(count.topic);
  total->second -= count.members;
  if (total->second == 0) totals_.erase(total);
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

bool State::has(std::string_view topic, std::string_view key) const {
  const auto members = visible_.find(topic);
  if (members == visible_.end()) return false;
  const auto first = members->second.lower_bound(key);
  return first != members->second.end() && (*first)->key == key;
}

void State::for_each_key(const std::function<void(const Entry&)>& visit) const {
  for (const auto& [topic, members] : visible_) {
    const Entry* before = nullptr;
    for (const auto& entry : members) {
      if (before == nullptr || before->key != entry->key) visit(*entry);
      before = entry.get();
    }
  }
}

std::uint64_t State::counted(std::string_view topic) const {
  const auto total = totals_.find(topic);
  return total == totals_.end() ? 0 : total->second;
}

}  // namespace coppice::actors::presence
