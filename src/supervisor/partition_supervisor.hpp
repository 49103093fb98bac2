#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/address.hpp"
#include "supervisor/flags.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::supervisor {

struct PartitionOptions {
  std::uint32_t partitions = 0;  ///< how many; 0: one per shard
  Intensity intensity{};
};

/// A supervisor of identical children, so that work which one actor would have to do in sequence is
/// spread by a key over all shards. Their number is fixed; the ids are "0", "1", …, and by default
/// the i-th lives on the i-th shard.
///
///     partition_supervisor_child("counters", worker<Counter>("counter"))
///
/// @param partition  What each child is. Its id is not used; a placement is, unless it is inherit.
[[nodiscard]] ChildSpec partition_supervisor_child(std::string id, ChildSpec partition,
                                                   PartitionOptions options = {});

namespace detail {

[[nodiscard]] constexpr std::uint64_t magnitude(std::unsigned_integral auto key) noexcept {
  return key;
}

/// Unsigned, because the smallest integer has no positive counterpart.
[[nodiscard]] constexpr std::uint64_t magnitude(std::signed_integral auto key) noexcept {
  // NOLINTNEXTLINE(bugprone-signed-char-misuse): the sign of a small key is meant to be kept
  const auto wide = static_cast<std::int64_t>(key);
  const auto bits = static_cast<std::uint64_t>(wide);
  return wide < 0 ? 0 - bits : bits;
}

}  // namespace detail

/// Which of @p count partitions is responsible for @p key: |key| mod count for integers, otherwise
/// by hash. The same key always gives the same answer within a process.
///
/// @param count  At least 1.
template <class Key>
[[nodiscard]] std::size_t partition_of(const Key& key, std::size_t count) noexcept {
  if constexpr (std::integral<Key>) {
    return detail::magnitude(key) % count;
  } else if constexpr (std::convertible_to<const Key&, std::string_view>) {
    // By content, also where std::hash would take the address.
    return std::hash<std::string_view>{}(std::string_view(key)) % count;
  } else {
    return std::hash<Key>{}(key) % count;
  }
}

/// The addresses of a partition supervisor's children, all of them of type A.
///
///     auto counters = Partitions<Counter>::at(runtime, "/counters");
///     co_await counters->of(user_id).call(Counter::Get{});
///
/// Thread: any; immutable.
template <class A>
class Partitions {
 public:
  /// Finds the partition supervisor at @p path, which must have started. Errors: not_found.
  [[nodiscard]] static actors::Result<Partitions> at(actors::Runtime& runtime,
                                                     const std::string& path) {
    const auto place = runtime.root()->find(path);
    if (!place) return actors::fail(actors::Errc::not_found, path);
    Partitions found;
    for (auto& child : place->children()) {
      found.children_.emplace_back(runtime, std::move(child));
    }
    if (found.children_.empty()) {
      return actors::fail(actors::Errc::not_found, path + " has no partitions");
    }
    return found;
  }

  [[nodiscard]] std::size_t size() const noexcept { return children_.size(); }

  /// The partition that is responsible for @p key.
  template <class Key>
  [[nodiscard]] const actors::ChildRef<A>& of(const Key& key) const noexcept {
    return children_[partition_of(key, children_.size())];
  }

  /// All of them, in the order of their index.
  [[nodiscard]] const std::vector<actors::ChildRef<A>>& all() const noexcept { return children_; }

 private:
  Partitions() noexcept = default;

  std::vector<actors::ChildRef<A>> children_;
};

}  // namespace coppice::supervisor
