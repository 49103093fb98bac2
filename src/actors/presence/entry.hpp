#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "actors/presence/meta_ref.hpp"

namespace coppice::actors::presence {

/// One version of one member: somebody is present on a topic under a key. Immutable.
struct Entry {
  std::string topic;
  std::string key;   ///< who; several members may share it
  std::string meta;  ///< JSON text of an object, without the refs
  MetaRef ref;
  MetaRef previous{};  ///< of the version that this one replaced, if any
};

using EntryPtr = std::shared_ptr<const Entry>;

/// Entries of one topic, ordered by key, so that those of one key stand together.
using Entries = std::vector<EntryPtr>;

/// Orders entries by key, then by ref.
struct ByKey {
  using is_transparent = void;
  [[nodiscard]] bool operator()(const EntryPtr& a, std::string_view key) const noexcept {
    return a->key < key;
  }
  [[nodiscard]] bool operator()(std::string_view key, const EntryPtr& a) const noexcept {
    return key < a->key;
  }
  [[nodiscard]] bool operator()(const EntryPtr& a, const EntryPtr& b) const noexcept {
    return a->key != b->key ? a->key < b->key : a->ref < b->ref;
  }
};

/// What has changed on one topic. No entry is both joined and left; an update is a leave of the
/// old version and a join of the new one.
struct Diff {
  std::string topic;
  Entries joins;
  Entries leaves;
};

/// Who is present on one topic.
struct TopicState {
  std::string topic;
  Entries entries;
};

/// How many members a counted topic has: one of which nobody is told who they are.
struct TopicCount {
  std::string topic;
  std::uint64_t members = 0;
  friend bool operator==(const TopicCount&, const TopicCount&) = default;
};

/// Changes on any topics, in no order.
struct Changes {
  std::vector<EntryPtr> joins;
  std::vector<EntryPtr> leaves;
  std::set<std::string> recounted{};  ///< counted topics that may have another number of members

  [[nodiscard]] bool empty() const noexcept {
    return joins.empty() && leaves.empty() && recounted.empty();
  }
  /// Removes what both joined and left, by its ref.
  void cancel_out();
};

/// One diff for each topic, ordered by topic.
[[nodiscard]] std::vector<Diff> by_topic(Changes changes);

}  // namespace coppice::actors::presence
