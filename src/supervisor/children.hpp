#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "supervisor/admin.hpp"
#include "supervisor/child.hpp"

namespace coppice::supervisor {

/// The children of one supervisor in the order in which they were added. Every operation takes
/// constant or logarithmic time, so that supervisors of very many children stay quick.
///
/// Thread: the supervisor's shard.
class Children {
 public:
  using Serial = Child::Serial;

  explicit Children(StopRules rules) noexcept : rules_(rules) {}

  /// Adds a child after all others.
  Child& add(ChildSpec spec, std::shared_ptr<actors::Place> place);

  /// Takes the child's place out of the tree and destroys the child.
  void forget(Child& child);

  /// Starts @p child, as Child::start does; find() knows the new incarnation then.
  actors::Task<actors::StartOutcome> start(Child* child, bool counts_as_restart);

  /// The child whose latest incarnation is @p pid, whether that still runs or not; null if none.
  [[nodiscard]] Child* find(actors::Pid pid) const noexcept;
  /// The child that runs as @p pid; null if none does any more.
  [[nodiscard]] Child* find_running(actors::Pid pid) const noexcept;
  /// The child at @p place; null if it is none of these. Linear in their number.
  [[nodiscard]] Child* find(const std::shared_ptr<const actors::Place>& place) noexcept;
  [[nodiscard]] Child* find_serial(Serial serial) noexcept;

  // In order, and safe to use while children are being forgotten; null at either end.
  [[nodiscard]] Child* first() noexcept;
  [[nodiscard]] Child* last() noexcept;
  [[nodiscard]] Child* after(Serial serial) noexcept;
  [[nodiscard]] Child* before(Serial serial) noexcept;

  [[nodiscard]] bool empty() const noexcept { return children_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }
  /// The children from @p child to the last. Linear in their number.
  [[nodiscard]] std::size_t count_from(const Child& child) const noexcept;

  // The answers to WhichChildren (latest first) and CountChildren.
  [[nodiscard]] std::vector<ChildInfo> list() const;
  [[nodiscard]] ChildCounts counts() const;

 private:
  const StopRules rules_;
  std::map<Serial, Child> children_;
  std::unordered_map<actors::Pid, Child*> by_pid_;  // latest incarnations, living or not
  CommonSpecs common_specs_;                        // of the temporary children that run
  Serial last_serial_ = 0;
};

}  // namespace coppice::supervisor
