#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// News of one replica's entries. Its events are counted; an entry is known by the count of the
/// event that added it (its dot). A dot that is covered but has no entry is a removal.
struct ReplicaNews {
  Replica replica;
  std::uint64_t up_to = 0;                                  ///< every dot from 1 to here is covered
  std::vector<std::uint64_t> dots;                          ///< covered besides
  std::vector<std::pair<std::uint64_t, EntryPtr>> entries;  ///< those of them that live
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
/// older removal in whatever order they arrive. Removed entries leave nothing behind but counts.
/// Source: Shapiro et al., "A comprehensive study of CRDTs" (2011), §3.3.5, in the dotted form of
/// Bieniusa et al., "An optimized conflict-free replicated set" (2012).
///
/// Thread: none of its own; pure data.
class State {
 public:
  explicit State(Replica self) : self_(std::move(self)) {}

  [[nodiscard]] const Replica& self() const noexcept { return self_; }

  // -- this replica's members --------------------------------------------------------------------
  /// Errors: already_present if a member has this ref.
  Result<void> track(EntryPtr entry);
  /// Errors: not_found.
  Result<void> untrack(const MetaRef& ref);
  /// Replaces a version by the next one, in one step. Errors: not_found, already_present.
  Result<void> update(const MetaRef& old, EntryPtr next);

  // -- other replicas ----------------------------------------------------------------------------
  /// What has changed among this replica's members since the last call. Empty if nothing has.
  [[nodiscard]] Delta take_delta();

  /// Everything this replica knows, of itself and of others.
  [[nodiscard]] Delta extract() const;

  /// Takes in a delta or an extract. Hearing from a replica makes it known, and brings it back if
  /// it was down; a new epoch replaces the old one's entries. News of replicas that were never
  /// heard themselves is ignored. Returns what has changed for whoever looks at the lists.
  Changes merge(const Delta& delta);

  /// A node has not been heard of for some time: its entries are hidden until it is.
  Changes set_down(const std::string& node);

  /// A node is gone for good: nothing of it is kept.
  Changes forget(const std::string& node);

  // -- reading -----------------------------------------------------------------------------------
  [[nodiscard]] TopicState list(std::string_view topic) const;
  [[nodiscard]] std::size_t count(std::string_view topic) const;
  [[nodiscard]] std::size_t topic_count() const noexcept { return visible_.size(); }
  [[nodiscard]] std::size_t count() const noexcept { return visible_count_; }

 private:
  /// What is known of one replica.
  struct Known {
    std::uint64_t epoch = 0;
    bool up = true;
    std::uint64_t up_to = 0;        // every dot from 1 to here has been seen
    std::set<std::uint64_t> cloud;  // and these beyond
    std::map<std::uint64_t, EntryPtr> entries;

    [[nodiscard]] bool has_seen(std::uint64_t dot) const {
      return dot <= up_to || cloud.contains(dot);
    }
    void compact();
  };

  [[nodiscard]] static ReplicaNews news_of(const std::string& node, const Known& known);
  void hear(const Replica& from, Changes& changes);
  void take_in(Known& known, const ReplicaNews& news, Changes& changes);
  void add_unseen(Known& known, const ReplicaNews& news, Changes& changes);
  void remove_covered(Known& known, const ReplicaNews& news, Changes& changes);
  void hide_all(const Known& known, Changes& changes);
  void show(const EntryPtr& entry);
  void hide(const EntryPtr& entry);

  const Replica self_;
  Known own_;
  std::unordered_map<MetaRef, std::uint64_t> own_dots_;  // of own entries
  std::set<std::uint64_t> changed_;                      // own dots since take_delta()
  std::map<std::string, Known> others_;                  // by node
  pubsub::StringMap<std::set<EntryPtr, ByKey>> visible_;
  std::size_t visible_count_ = 0;
};

}  // namespace coppice::actors::presence
