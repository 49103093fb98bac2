#pragma once

#include <cstddef>

namespace coppice::actors {

/// Recycles small memory blocks: envelopes, actor records and coroutine frames.
///
/// Each thread has a small cache that it shares with nobody. A block may be freed on another thread
/// than the one that allocated it and then joins that thread's cache: a thread that only sends
/// would run dry and one that only receives overflow, so what is too much goes to a bounded depot,
/// and what is missing comes from there, many blocks at a time. The rest is the heap's. Under
/// AddressSanitizer the pool is bypassed, because a recycled block would hide a use after free.
///
/// Source: Bonwick and Adams, "Magazines and Vmem" (USENIX 2001).
///
/// Thread: any.
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
