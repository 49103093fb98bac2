#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/presence/counts.hpp"
#include "actors/presence/entry.hpp"
#include "actors/pubsub/string_map.hpp"
#include "actors/result.hpp"

namespace coppice::actors::presence {

/// One incarnation of one node's presence. A restart is a new replica, with a higher epoch.
struct Replica {
  std::string node;
  std::uint64_t epoch = 0;
  friend auto operator<=>(const Replica&, const Replica&) = default;
};

/// News of one replica's entries and counts. Its events are numbered; an entry or count is known by
/// the number of the event that added it (its dot). A dot that is covered but has neither is a
/// removal.
struct ReplicaNews {
  Replica replica;
  std::uint64_t up_to = 0;          ///< every dot beyond `after` to here is covered
  std::vector<std::uint64_t> dots;  ///< covered besides
  std::vector<std::pair<std::uint64_t, EntryPtr>> entries;     ///< those of them that live
  std::vector<std::pair<std::uint64_t, TopicCount>> counts{};  ///< the same
  /// Not 0 in a part of a long text: who lacks what is before it has no use for it.
  std::uint64_t after = 0;
};

/// What one replica tells others: what has changed there, or all that it knows.
struct Delta {
  Replica from;
  std::vector<ReplicaNews> news;

  [[nodiscard]] bool empty() const noexcept { return news.empty(); }
};

/// Who is present where, as one replica sees it: an add-wins observed-remove set. Each replica
/// tracks its own members and learns of the others' through merge(), in any order, any number of
/// times, with losses that a later extract() makes good; all end up with the same lists.
///
/// A removal affects only the dots that it has seen, so a member that is tracked again survives an
/// older removal in whatever order they arrive. Removed entries leave nothing behind but the
/// numbers of their events, which soon become one.
///
/// Of a counted topic each replica tells only how many members it has, whoever they are; what
/// counts is the sum over the replicas that are up. A replica's number is like an entry that is
/// updated with each change, and removed when it is zero; of two that are heard, the newer counts.
///
/// Source: Shapiro et al., "A comprehensive study of CRDTs" (2011), §3.3.5, in the dotted form of
/// Bieniusa et al., "An optimized conflict-free replicated set" (2012).
///
/// Thread: none of its own; pure data.
class State {
 public:
  explicit State(Replica self) : self_(std::move(self)) {}

  /// This node's replica anew: without members, but knowing of others what @p predecessor did.
  State(Replica self, State predecessor);

  [[nodiscard]] const Replica& self() const noexcept { return self_; }

  // -- this replica's members --------------------------------------------------------------------
  /// Errors: already_present if a member has this ref.
  Result<void> track(EntryPtr entry);
  /// Errors: not_found.
  Result<void> untrack(const MetaRef& ref);
  /// Replaces a version by the next one, in one step. Errors: not_found, already_present.
  Result<void> update(const MetaRef& old, EntryPtr next);
  /// Says how many members this replica has on a counted topic.
  void set_count(const std::string& topic, std::uint64_t members);

  // -- other replicas ----------------------------------------------------------------------------
  /// What has changed among this replica's members and counts since the last call. Empty if nothing
  /// has.
  [[nodiscard]] Delta take_delta();

  /// Everything this replica knows, of itself and of others.
  [[nodiscard]] Delta extract() const;

  /// Everything this replica knows of itself: what another lacks that is behind its position(). In
  /// parts of about @p bytes, to be merged in their order.
  [[nodiscard]] std::vector<Delta> extract_own(std::size_t bytes) const;

  /// The number of this replica's last event.
  [[nodiscard]] std::uint64_t position() const noexcept { return own_.up_to; }

  /// Whether some of the first @p up_to events of another replica have not been seen here.
  [[nodiscard]] bool lacks(const Replica& other, std::uint64_t up_to) const;

  /// Takes in a delta or an extract. Hearing from a replica makes it known, and brings it back if
  /// it was down; a new epoch replaces the old one's entries. News of replicas that were never
  /// heard themselves is ignored. Returns what has changed for whoever looks at the lists.
  Changes merge(const Delta& delta);

  /// A node has not been heard of for some time: its entries are hidden until it is.
  Changes set_down(const std::string& node);

  /// A node is gone for good: nothing of it is kept.
  Changes forget(const std::string& node);

  // -- reading, by topic -------------------------------------------------------------------------
  [[nodiscard]] TopicState list(std::string_view topic) const;
  [[nodiscard]] std::size_t count(std::string_view topic) const;
  [[nodiscard]] std::size_t topic_count() const noexcept { return visible_.size(); }
  [[nodiscard]] std::size_t count() const noexcept { return visible_count_; }
  /// Whether anybody is present under a key.
  [[nodiscard]] bool has(std::string_view topic, std::string_view key) const;
  /// Every topic and key, once.
  void for_each_key(const std::function<void(const Entry&)>& visit) const;
  /// How many members a counted topic has on all replicas that are up.
  [[nodiscard]] std::uint64_t counted(std::string_view topic) const;
  [[nodiscard]] const pubsub::StringMap<std::uint64_t>& all_counted() const noexcept {
    return totals_;
  }

 private:
  /// What is known of one replica.
  struct Known {
    std::uint64_t epoch = 0;
    bool up = true;
    std::uint64_t up_to = 0;        // every dot from 1 to here has been seen
    std::set<std::uint64_t> cloud;  // and these beyond
    std::map<std::uint64_t, EntryPtr> entries;
    Counts counts;

    [[nodiscard]] bool has_seen(std::uint64_t dot) const {
      return dot <= up_to || cloud.contains(dot);
    }
    void compact();
  };

  [[nodiscard]] static ReplicaNews news_of(const std::string& node, const Known& known);
  void hear(const Replica& from, Changes& changes);
  void take_in(Known& known, const ReplicaNews& news, Changes& changes);
  void remove_covered(Known& known, const ReplicaNews& news, Changes& changes);
  void add_unseen(Known& known, const ReplicaNews& news, Changes& changes);
  void add_unseen_counts(Known& known, const ReplicaNews& news, Changes& changes);
  void show_all(const Known& known, Changes& changes);
  void hide_all(const Known& known, Changes& changes);
  void show(const EntryPtr& entry);
  void hide(const EntryPtr& entry);
  void show(const TopicCount& count);
  void hide(const TopicCount& count);

  const Replica self_;
  Known own_;
  std::unordered_map<MetaRef, std::uint64_t> own_dots_;  // of own entries
  std::set<std::uint64_t> changed_;                      // own dots since take_delta()
  std::map<std::string, Known> others_;                  // by node
  pubsub::StringMap<std::set<EntryPtr, ByKey>> visible_;
  std::size_t visible_count_ = 0;
  pubsub::StringMap<std::uint64_t> totals_;  // of counted topics; none is zero
};

}  // namespace coppice::actors::presence
