#include "actors/slot_table.hpp"

#include <bit>
#include <cstdint>
#include <set>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

class SlotTableTest : public testing::Test {
 protected:
  /// An address, no more: the table never looks behind it.
  Cell& cell(std::size_t number) { return *std::bit_cast<Cell*>(number * 64); }

  SlotTable table_{3};
};

TEST_F(SlotTableTest, GivesEachIncarnationAPidOfItsShard) {
  std::set<Pid> pids;
  for (std::uintptr_t i = 1; i <= 3'000; ++i) {
    const auto pid = table_.acquire(cell(i));
    ASSERT_TRUE(pid);
    EXPECT_EQ(pid->shard(), 3U);
    EXPECT_TRUE(pids.insert(*pid).second);
    EXPECT_EQ(table_.cell(*pid), &cell(i)) << "more than one chunk, and none has moved";
  }
  EXPECT_EQ(table_.size(), 3'000U);
}

TEST_F(SlotTableTest, FindsNobodyUnderAPidThatWasInvalidated) {
  const Pid pid = table_.acquire(cell(1)).value();
  table_.invalidate(pid);
  EXPECT_EQ(table_.cell(pid), nullptr);
  EXPECT_FALSE(table_.find(pid)->is(pid));
}

TEST_F(SlotTableTest, ReusesASlotUnderANewPidAndOnlyAfterItsRelease) {
  const Pid first = table_.acquire(cell(1)).value();
  table_.invalidate(first);
  const Pid other = table_.acquire(cell(2)).value();
  EXPECT_NE(other.slot(), first.slot()) << "a zombie keeps its slot";
  table_.release(first);
  const Pid second = table_.acquire(cell(3)).value();
  EXPECT_EQ(second.slot(), first.slot());
  EXPECT_NE(second, first);
  EXPECT_EQ(table_.cell(first), nullptr);
  EXPECT_EQ(table_.cell(second), &cell(3));
}

TEST_F(SlotTableTest, RetiresASlotWhoseGenerationsAreUsedUp) {
  const Pid pid = table_.acquire(cell(1)).value();
  const Pid last(pid.shard(), pid.slot(), Pid::kMaxGeneration - 1);
  table_.invalidate(last);
  table_.release(last);
  EXPECT_NE(table_.acquire(cell(2))->slot(), pid.slot());
}

TEST_F(SlotTableTest, BeginsWithCleanStatistics) {
  const Pid pid = table_.acquire(cell(1)).value();
  Slot& slot = *table_.find(pid);
  bump(slot.handled, std::uint64_t{5});
  slot.high_water.store(7);
  table_.invalidate(pid);
  table_.release(pid);
  const Slot& again = *table_.find(table_.acquire(cell(2)).value());
  ASSERT_EQ(&again, &slot);
  EXPECT_EQ(again.handled.load(), 0U);
  EXPECT_EQ(again.high_water.load(), 0U);
  EXPECT_EQ(again.state.load(), ActorState::starting);
}

TEST_F(SlotTableTest, KnowsNothingOfAPidThatItNeverGave) {
  EXPECT_EQ(table_.find(Pid(3, 5'000, 1)), nullptr);
  EXPECT_EQ(table_.cell(Pid(3, 5'000, 1)), nullptr);
}

}  // namespace
}  // namespace coppice::actors
