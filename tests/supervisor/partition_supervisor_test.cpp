#include "supervisor/partition_supervisor.hpp"

#include <cstdint>
#include <limits>
#include <set>

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

// catalogue 87
TEST(PartitionOf, TakesTheMagnitudeOfIntegers) {
  EXPECT_EQ(partition_of(7, 4), 3);
  EXPECT_EQ(partition_of(-7, 4), 3);
  EXPECT_EQ(partition_of(0, 4), 0);
  EXPECT_EQ(partition_of(std::uint8_t{255}, 4), 3);
  EXPECT_EQ(partition_of(std::int8_t{-128}, 5), 128 % 5);
  EXPECT_EQ(partition_of(std::numeric_limits<std::int64_t>::min(), 5), (1ULL << 63U) % 5);
  EXPECT_EQ(partition_of(std::numeric_limits<std::int64_t>::max(), 4), 3);
  EXPECT_EQ(partition_of(std::numeric_limits<std::uint64_t>::max(), 4), 3);
  EXPECT_EQ(partition_of(true, 4), 1);
}

// catalogue 87
TEST(PartitionOf, HashesTextByItsContent) {
  const std::string text = "user:17";
  const auto copy = std::string("user:") + "17";
  const std::size_t expected = partition_of(text, 16);
  EXPECT_EQ(partition_of(copy, 16), expected);
  EXPECT_EQ(partition_of(copy.c_str(), 16), expected);
  EXPECT_EQ(partition_of(std::string_view(copy), 16), expected);
  EXPECT_EQ(partition_of("user:17", 16), expected);
}

// catalogue 87
TEST(PartitionOf, StaysInRange) {
  for (std::int64_t key = -1000; key <= 1000; ++key) {
    EXPECT_LT(partition_of(key, 7), 7);
    EXPECT_LT(partition_of(std::to_string(key), 7), 7);
    EXPECT_EQ(partition_of(key, 1), 0);
  }
}

class PartitionSupervisorTest : public SupervisionTest {
 protected:
  PartitionSupervisorTest() : SupervisionTest({.shards = 4}) {}

  Partitions<TestWorker> start_partitions(PartitionOptions options = {}) {
    start(SupervisorSpec{{}, {partition_supervisor_child("p", child("w"), options)}});
    return must(Partitions<TestWorker>::at(world_.runtime(), "/top/p"));
  }
};

// catalogue 87
TEST_F(PartitionSupervisorTest, PutsOneChildOnEachShard) {
  const auto partitions = start_partitions();
  ASSERT_EQ(partitions.size(), 4);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(partitions.all()[i].place()->id(), std::to_string(i));
    EXPECT_EQ(partitions.all()[i].place()->pid().shard(), i);
  }
}

// catalogue 87
TEST_F(PartitionSupervisorTest, SpreadsAnyNumberOverTheShards) {
  const auto partitions = start_partitions({.partitions = 6});
  ASSERT_EQ(partitions.size(), 6);
  EXPECT_EQ(partitions.all()[5].place()->pid().shard(), 1);
}

// catalogue 87
TEST_F(PartitionSupervisorTest, SendsAKeyAlwaysToTheSamePartition) {
  const auto partitions = start_partitions();
  std::set<const actors::Place*> reached;
  for (int key = -50; key < 50; ++key) {
    const auto* place = partitions.of(key).place().get();
    reached.insert(place);
    for (int i = 0; i < 100; ++i) ASSERT_EQ(partitions.of(key).place().get(), place);
    EXPECT_EQ(partitions.of(key).place(), partitions.of(-key).place());
  }
  EXPECT_EQ(reached.size(), 4);
}

// catalogue 87
TEST_F(PartitionSupervisorTest, KeepsItsAddressesThroughRestarts) {
  const auto partitions = start_partitions();
  const auto& chosen = partitions.of(2);
  const Pid before = chosen.place()->pid();
  crash(before);
  EXPECT_NE(chosen.place()->pid(), before);
  EXPECT_EQ(chosen.place()->pid().shard(), before.shard());
  EXPECT_TRUE(world_.call(chosen, TestWorker::Get{}));
  EXPECT_EQ(chosen.epoch(), 2);
  EXPECT_EQ(partitions.of(1).epoch(), 1) << "the others go on";
}

// catalogue 87
TEST_F(PartitionSupervisorTest, LeavesAChosenPlacementAlone) {
  ChildSpec everywhere = child("w");
  everywhere.options.placement = actors::Placement::shard(2);
  start(SupervisorSpec{{}, {partition_supervisor_child("p", everywhere)}});
  const auto partitions = must(Partitions<TestWorker>::at(world_.runtime(), "/top/p"));
  for (const auto& each : partitions.all()) EXPECT_EQ(each.place()->pid().shard(), 2);
}

// catalogue 87
TEST_F(PartitionSupervisorTest, SaysThatThereIsNoSuchSupervisor) {
  start(Strategy::one_for_one, {child("a")});
  EXPECT_EQ(Partitions<TestWorker>::at(world_.runtime(), "/top/x").error(), Errc::not_found);
  EXPECT_EQ(Partitions<TestWorker>::at(world_.runtime(), "/top/a").error(), Errc::not_found);
}

}  // namespace
}  // namespace coppice::supervisor
