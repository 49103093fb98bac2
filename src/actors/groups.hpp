#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include "actors/address.hpp"

namespace coppice::actors {

/// The members of @p group that are actors of type A; others are left out. Thread: any.
template <class A>
[[nodiscard]] std::vector<Ref<A>> members(Runtime& runtime, std::string_view group) {
  std::vector<Ref<A>> out;
  for (const Registry::Entry& member : runtime.registry().members(group)) {
    if (member.type == &type_tag<A>()) out.emplace_back(runtime, member.pid);
  }
  return out;
}

/// Sends a copy of @p message to every member of @p group that is an A, the sender included if it
/// is one. Runs in the caller. Returns how many took it; those whose mailbox is full don't.
///
/// Thread: any.
template <class A, class M>
  requires Handles<A, M> && (!CallMessage<M>) && std::copy_constructible<M>
std::size_t cast_to_group(Runtime& runtime, std::string_view group, M message) {
  std::size_t taken = 0;
  for (const Ref<A>& member : members<A>(runtime, group)) {
    if (member.cast(message)) ++taken;
  }
  return taken;
}

}  // namespace coppice::actors
