#pragma once

#include <cstddef>

namespace coppice::actors {

/// Recycles small memory blocks per thread: envelopes, actor records and coroutine frames.
///
/// A block may be freed on another thread than the one that allocated it; it then joins that
/// thread's cache. Each cache is bounded, the rest goes back to the heap. Under AddressSanitizer
/// the pool is bypassed, because a recycled block would hide a use after free.
///
/// Thread: any; each thread has its own cache, nothing is shared.
class BlockPool {
 public:
  static constexpr std::size_t kMaxPooled = 1024;  ///< larger blocks come straight from the heap

  [[nodiscard]] static void* allocate(std::size_t bytes);
  static void deallocate(void* block, std::size_t bytes) noexcept;
};

/// Base for classes whose objects live in the pool.
struct Pooled {
  static void* operator new(std::size_t bytes) { return BlockPool::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    BlockPool::deallocate(block, bytes);
  }
};

}  // namespace coppice::actors
