#include "actors/block_pool.hpp"

#include <array>
#include <cstdint>
#include <new>

namespace coppice::actors {
namespace {

constexpr std::size_t kStep = 32;
constexpr std::size_t kClasses = BlockPool::kMaxPooled / kStep;
constexpr std::size_t kCacheBytesPerClass = 4UL << 20U;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kBypass = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kBypass = true;
#else
constexpr bool kBypass = false;
#endif
#else
constexpr bool kBypass = false;
#endif

struct FreeBlock {
  FreeBlock* next;
};

struct FreeList {
  FreeBlock* head = nullptr;
  std::size_t count = 0;
};

// Trivially destructible, so that the hot path needs no initialisation guard.
constinit thread_local std::array<FreeList, kClasses> caches{};
constinit thread_local bool closed = false;

struct ReturnAtThreadExit {
  ~ReturnAtThreadExit() {
    closed = true;
    for (auto& list : caches) {
      while (list.head != nullptr) {
        FreeBlock* block = list.head;
        list.head = block->next;
        ::operator delete(block);
      }
      list.count = 0;
    }
  }
};
thread_local ReturnAtThreadExit return_at_thread_exit;

constexpr std::size_t class_of(std::size_t bytes) noexcept {
  return bytes == 0 ? 0 : (bytes - 1) / kStep;
}

constexpr std::size_t size_of_class(std::size_t index) noexcept { return (index + 1) * kStep; }

[[gnu::noinline]] void* allocate_from_heap(std::size_t index) {
  static_cast<void>(&return_at_thread_exit);  // registers the destructor on first use
  return ::operator new(size_of_class(index));
}

}  // namespace

void* BlockPool::allocate(std::size_t bytes) {
  if (kBypass || bytes > kMaxPooled) return ::operator new(bytes);
  const std::size_t index = class_of(bytes);
  FreeList& list = caches[index];
  if (list.head == nullptr) return allocate_from_heap(index);
  FreeBlock* block = list.head;
  list.head = block->next;
  --list.count;
  return block;
}

void BlockPool::deallocate(void* block, std::size_t bytes) noexcept {
  if (kBypass || bytes > kMaxPooled) {
    ::operator delete(block);
    return;
  }
  const std::size_t index = class_of(bytes);
  FreeList& list = caches[index];
  if (closed || list.count * size_of_class(index) >= kCacheBytesPerClass) {
    ::operator delete(block);
    return;
  }
  list.head = ::new (block) FreeBlock{list.head};
  ++list.count;
}

}  // namespace coppice::actors
