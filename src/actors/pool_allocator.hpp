#pragma once

#include <cstddef>

#include "actors/block_pool.hpp"

namespace coppice::actors {

/// For containers whose storage lives in the BlockPool.
template <class T>
struct PoolAllocator {
  using value_type = T;

  PoolAllocator() = default;
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor): as the standard asks of allocators
  PoolAllocator(const PoolAllocator<U>& /*other*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t count) {
    return static_cast<T*>(BlockPool::allocate(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t count) noexcept {
    BlockPool::deallocate(block, count * sizeof(T));
  }

  friend bool operator==(const PoolAllocator&, const PoolAllocator&) = default;
};

}  // namespace coppice::actors
