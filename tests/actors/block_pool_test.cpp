#include "actors/block_pool.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <malloc.h>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

/// Writes to the whole block, so that a sanitizer sees one that is too small.
void* take(std::size_t bytes) {
  void* block = BlockPool::allocate(bytes);
  std::memset(block, 0xA5, bytes);
  return block;
}

TEST(BlockPool, GivesAlignedBlocksOfEverySize) {
  for (const std::size_t bytes : {1UL, 31UL, 32UL, 33UL, 512UL, 1024UL, 1025UL, 100'000UL}) {
    void* block = take(bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t), 0U) << bytes;
    BlockPool::deallocate(block, bytes);
  }
}

TEST(BlockPool, NeverGivesABlockTwice) {
  std::set<void*> blocks;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(blocks.insert(take(64)).second);
  for (void* block : blocks) BlockPool::deallocate(block, 64);
  std::set<void*> again;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(again.insert(take(64)).second);
  for (void* block : again) BlockPool::deallocate(block, 64);
}

TEST(BlockPool, TakesBackBlocksOfOtherThreads) {
  std::vector<void*> blocks;
  std::jthread([&] {
    for (int i = 0; i < 100; ++i) blocks.push_back(take(200));
  }).join();
  for (void* block : blocks) BlockPool::deallocate(block, 200);
  void* block = take(200);
  std::jthread([&] { BlockPool::deallocate(block, 200); }).join();
}

TEST(BlockPool, GivesNoBlockTwiceThatThreadsThatOnlyFreePassOn) {
  constexpr int kRounds = 200;
  constexpr std::size_t kBytes = 640;
  for (int round = 0; round < kRounds; ++round) {
    std::set<void*> blocks;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(blocks.insert(take(kBytes)).second);
    std::jthread([&] {
      for (void* block : blocks) BlockPool::deallocate(block, kBytes);
    }).join();
  }
}

TEST(BlockPool, ManyThreadsMayPassBlocksOnAtOnce) {
  constexpr int kBlocks = 20'000;
  std::array<std::atomic<void*>, 64> slots{};
  const auto swap_blocks = [&slots] {
    for (int i = 0; i < kBlocks; ++i) {
      auto& slot = slots.at(static_cast<std::size_t>(i) % slots.size());
      void* const other = slot.exchange(take(96));
      if (other != nullptr) BlockPool::deallocate(other, 96);
    }
  };
  {
    const std::jthread first(swap_blocks);
    const std::jthread second(swap_blocks);
    const std::jthread third(swap_blocks);
  }
  for (auto& slot : slots) BlockPool::deallocate(slot.load(), 96);
}

TEST(BlockPool, AThreadThatOnlyFreesLeavesNothingBehind) {
  constexpr std::size_t kBytes = 1000;
  const auto used = [] { return mallinfo2().uordblks; };
  std::size_t before = 0;
  for (int round = 0; round < 300; ++round) {
    if (round == 100) before = used();
    std::jthread([block = take(kBytes)] { BlockPool::deallocate(block, kBytes); }).join();
  }
  EXPECT_LT(used(), before + 100 * kBytes);
}

TEST(BlockPool, ServesClassesDerivedFromPooled) {
  struct Node final : Pooled {
    std::array<char, 100> data{};
  };
  const auto node = std::make_unique<Node>();
  EXPECT_EQ(node->data.size(), 100U);
}

}  // namespace
}  // namespace coppice::actors
