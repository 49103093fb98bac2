#include "actors/registry.hpp"

#include <algorithm>
#include <mutex>

namespace coppice::actors {

Result<void> Registry::add_name(const std::string& name, Entry owner) {
  const std::lock_guard lock(mutex_);
  const auto [entry, added] = names_.try_emplace(name, owner);
  if (added || entry->second.pid == owner.pid) return {};
  return fail(Errc::already_registered,
              "\"" + name + "\" belongs to " + to_string(entry->second.pid));
}

void Registry::remove_name(const std::string& name, Pid owner) {
  const std::lock_guard lock(mutex_);
  const auto entry = names_.find(name);
  if (entry != names_.end() && entry->second.pid == owner) names_.erase(entry);
}

Registry::Entry Registry::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto entry = names_.find(name);
  return entry == names_.end() ? Entry{} : entry->second;
}

void Registry::join(const std::string& group, Entry member) {
  const std::lock_guard lock(mutex_);
  auto& members = groups_[group];
  if (std::ranges::find(members, member.pid, &Entry::pid) == members.end()) {
    members.push_back(member);
  }
}

void Registry::leave(const std::string& group, Pid member) {
  const std::lock_guard lock(mutex_);
  const auto entry = groups_.find(group);
  if (entry == groups_.end()) return;
  std::erase_if(entry->second, [member](const Entry& each) { return each.pid == member; });
  if (entry->second.empty()) groups_.erase(entry);
}

void Registry::forget(Pid owner) {
  const std::lock_guard lock(mutex_);
  std::erase_if(names_, [owner](const auto& name) { return name.second.pid == owner; });
  for (auto& [group, members] : groups_) {
    std::erase_if(members, [owner](const Entry& each) { return each.pid == owner; });
  }
  std::erase_if(groups_, [](const auto& group) { return group.second.empty(); });
}

std::vector<Registry::Entry> Registry::members(std::string_view group) const {
  const std::shared_lock lock(mutex_);
  const auto entry = groups_.find(group);
  return entry == groups_.end() ? std::vector<Entry>{} : entry->second;
}

std::vector<std::pair<std::string, Pid>> Registry::names() const {
  const std::shared_lock lock(mutex_);
  std::vector<std::pair<std::string, Pid>> out;
  for (const auto& [name, entry] : names_) out.emplace_back(name, entry.pid);
  std::ranges::sort(out);
  return out;
}

}  // namespace coppice::actors
