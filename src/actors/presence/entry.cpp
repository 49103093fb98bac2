#include "actors/presence/entry.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace coppice::actors::presence {
namespace {

std::unordered_set<MetaRef> refs_of(const std::vector<EntryPtr>& entries) {
  std::unordered_set<MetaRef> refs;
  refs.reserve(entries.size());
  for (const auto& entry : entries) refs.insert(entry->ref);
  return refs;
}

void remove(std::vector<EntryPtr>& entries, const std::unordered_set<MetaRef>& refs) {
  std::erase_if(entries, [&](const EntryPtr& entry) { return refs.contains(entry->ref); });
}

}  // namespace

void Changes::cancel_out() {
  if (joins.empty() || leaves.empty()) return;
  const auto joined = refs_of(joins);
  const auto left = refs_of(leaves);
  remove(joins, left);
  remove(leaves, joined);
}

std::vector<Diff> by_topic(Changes changes) {
  std::map<std::string_view, Diff> diffs;
  for (auto& entry : changes.joins) diffs[entry->topic].joins.push_back(entry);
  for (auto& entry : changes.leaves) diffs[entry->topic].leaves.push_back(entry);
  std::vector<Diff> out;
  out.reserve(diffs.size());
  for (auto& [topic, diff] : diffs) {
    diff.topic = topic;
    std::ranges::sort(diff.joins, ByKey{});
    std::ranges::sort(diff.leaves, ByKey{});
    out.push_back(std::move(diff));
  }
  return out;
}

}  // namespace coppice::actors::presence
