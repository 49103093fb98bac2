#include "supervisor/children.hpp"

#include <iterator>
#include <ranges>

namespace coppice::supervisor {

Child& Children::add(ChildSpec spec, std::shared_ptr<actors::Place> place) {
  const Serial serial = ++last_serial_;
  return children_
      .try_emplace(children_.end(), serial, serial, std::move(spec), std::move(place), rules_)
      ->second;
}

void Children::forget(Child& child) {
  child.remove();
  by_pid_.erase(child.latest_pid());
  children_.erase(child.serial());
}

actors::Task<actors::StartOutcome> Children::start(Child* child, bool counts_as_restart) {
  const actors::Pid before = child->latest_pid();
  actors::StartOutcome outcome = co_await child->start(counts_as_restart);
  if (outcome.ok()) {
    by_pid_.erase(before);
    by_pid_[child->latest_pid()] = child;
    child->slim(common_specs_);
  }
  co_return outcome;
}

Child* Children::find(actors::Pid pid) const noexcept {
  const auto entry = by_pid_.find(pid);
  return entry == by_pid_.end() ? nullptr : entry->second;
}

Child* Children::find_running(actors::Pid pid) const noexcept {
  Child* child = find(pid);
  return child != nullptr && child->pid() == pid ? child : nullptr;
}

Child* Children::find(const std::shared_ptr<const actors::Place>& place) noexcept {
  for (auto& child : std::views::values(children_)) {
    if (child.place() == place) return &child;
  }
  return nullptr;
}

Child* Children::find_serial(Serial serial) noexcept {
  const auto entry = children_.find(serial);
  return entry == children_.end() ? nullptr : &entry->second;
}

Child* Children::first() noexcept {
  return children_.empty() ? nullptr : &children_.begin()->second;
}

Child* Children::last() noexcept {
  return children_.empty() ? nullptr : &children_.rbegin()->second;
}

Child* Children::after(Serial serial) noexcept {
  const auto entry = children_.upper_bound(serial);
  return entry == children_.end() ? nullptr : &entry->second;
}

Child* Children::before(Serial serial) noexcept {
  const auto entry = children_.lower_bound(serial);
  return entry == children_.begin() ? nullptr : &std::prev(entry)->second;
}

std::size_t Children::count_from(const Child& child) const noexcept {
  return static_cast<std::size_t>(
      std::distance(children_.lower_bound(child.serial()), children_.end()));
}

std::vector<ChildInfo> Children::list() const {
  std::vector<ChildInfo> out;
  out.reserve(children_.size());
  for (const auto& child : std::views::values(children_) | std::views::reverse) {
    out.push_back(
        {.id = child.id(), .state = child.state(), .pid = child.pid(), .type = child.spec().type});
  }
  return out;
}

ChildCounts Children::counts() const {
  ChildCounts counts{.specs = children_.size()};
  for (const auto& child : std::views::values(children_)) {
    counts.active += child.state() == ChildState::running ? 1 : 0;
    ++(child.is_supervisor() ? counts.supervisors : counts.workers);
  }
  return counts;
}

}  // namespace coppice::supervisor
