#include "actors/block_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <new>
#include <utility>

namespace coppice::actors {
namespace {

constexpr std::size_t kStep = 32;
constexpr std::size_t kClasses = BlockPool::kMaxPooled / kStep;
constexpr std::size_t kMagazineBytes = 8UL << 10U;
constexpr std::size_t kDepotBytesPerClass = 4UL << 20U;

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

constexpr std::size_t class_of(std::size_t bytes) noexcept {
  return bytes == 0 ? 0 : (bytes - 1) / kStep;
}

constexpr std::size_t size_of_class(std::size_t index) noexcept { return (index + 1) * kStep; }

/// How many blocks of a class make a magazine.
constexpr std::size_t magazine_of(std::size_t index) noexcept {
  return std::max<std::size_t>(kMagazineBytes / size_of_class(index), 8);
}

struct FreeBlock {
  FreeBlock* next;
  FreeBlock* next_magazine;  // of a magazine's first block, while it is in the depot
};

/// Free blocks of one class.
struct Magazine {
  FreeBlock* head = nullptr;
  std::size_t count = 0;

  [[nodiscard]] FreeBlock* take() noexcept {
    --count;
    return std::exchange(head, head->next);
  }
  void put(void* block) noexcept {
    head = ::new (block) FreeBlock{head, nullptr};
    ++count;
  }
  void free_all() noexcept {
    while (head != nullptr) ::operator delete(take());
  }
};

/// The full magazines of one class that no thread needs now.
class Depot {
 public:
  /// Thread: any. Null if there is none.
  [[nodiscard]] FreeBlock* take() noexcept {
    if (count_.load(std::memory_order_relaxed) == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    if (first_ == nullptr) return nullptr;
    count_.fetch_sub(1, std::memory_order_relaxed);
    return std::exchange(first_, first_->next_magazine);
  }

  /// Thread: any. False if there are @p most already.
  [[nodiscard]] bool put(FreeBlock* magazine, std::size_t most) noexcept {
    const std::lock_guard lock(mutex_);
    if (count_.load(std::memory_order_relaxed) >= most) return false;
    count_.fetch_add(1, std::memory_order_relaxed);
    magazine->next_magazine = std::exchange(first_, magazine);
    return true;
  }

 private:
  std::atomic<std::size_t> count_{0};  // written under the mutex
  std::mutex mutex_;
  FreeBlock* first_ = nullptr;  // guarded by it
};

/// One thread's blocks of one class. Two magazines, so that a thread which takes and gives back in
/// turns doesn't go to the depot each time.
struct Cache {
  Magazine current;
  Magazine spare;  // full or empty
};

// Trivially destructible, so that the hot path needs no initialisation guard.
constinit thread_local std::array<Cache, kClasses> caches{};
constinit thread_local bool closed = false;
constinit std::array<Depot, kClasses> depots{};

struct ReturnAtThreadExit {
  ~ReturnAtThreadExit() {
    closed = true;
    for (auto& cache : caches) {
      cache.current.free_all();
      cache.spare.free_all();
    }
  }
};
thread_local ReturnAtThreadExit return_at_thread_exit;

[[gnu::noinline]] void* allocate_slowly(std::size_t index) {
  Cache& cache = caches[index];
  if (cache.spare.head != nullptr) {
    std::swap(cache.current, cache.spare);
    return cache.current.take();
  }
  static_cast<void>(&return_at_thread_exit);  // registers the destructor on first use
  FreeBlock* magazine = closed ? nullptr : depots[index].take();
  if (magazine == nullptr) return ::operator new(size_of_class(index));
  cache.current = {magazine, magazine_of(index)};
  return cache.current.take();
}

[[gnu::noinline]] void make_room(std::size_t index) noexcept {
  Cache& cache = caches[index];
  const std::size_t most = kDepotBytesPerClass / (size_of_class(index) * magazine_of(index));
  if (cache.spare.head != nullptr && !depots[index].put(cache.spare.head, most)) {
    cache.spare.free_all();
  }
  cache.spare = std::exchange(cache.current, {});
}

}  // namespace

void* BlockPool::allocate(std::size_t bytes) {
  if (kBypass || bytes > kMaxPooled) return ::operator new(bytes);
  const std::size_t index = class_of(bytes);
  Magazine& magazine = caches[index].current;
  return magazine.head != nullptr ? magazine.take() : allocate_slowly(index);
}

void BlockPool::deallocate(void* block, std::size_t bytes) noexcept {
  if (kBypass || bytes > kMaxPooled || closed) {
    ::operator delete(block);
    return;
  }
  const std::size_t index = class_of(bytes);
  Magazine& magazine = caches[index].current;
  if (magazine.count == magazine_of(index)) make_room(index);
  magazine.put(block);
}

}  // namespace coppice::actors
