#include "app/metrics/shard_lag.hpp"

#include <future>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

namespace coppice::app::metrics {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 1ms;

template <class Condition>
bool comes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

std::uint64_t count(const actors::Histogram::Reading& reading) {
  std::uint64_t total = 0;
  for (const auto each : reading.counts) total += each;
  return total;
}

void work_for(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

TEST(ShardLag, AsksAgainAndAgain) {
  actors::Runtime runtime({.shards = 2});
  const ShardLag lag(runtime, kInterval);
  EXPECT_TRUE(comes_true([&] {
    boost::asio::post(runtime.shard(0).io(), [] {});  // or all would rest
    return count(lag.all(0)) > 3 && count(lag.all(1)) > 3;
  }));
}

TEST(ShardLag, LeavesAShardAloneThatRests) {
  actors::Runtime runtime({.shards = 2});
  const ShardLag lag(runtime, 10ms);
  const auto asked_at_first = count(lag.all(1));
  std::atomic<bool> end{false};
  const std::jthread busy([&] {
    while (!end) {
      boost::asio::post(runtime.shard(0).io(), [] { work_for(1ms); });
      std::this_thread::sleep_for(1ms);
    }
  });
  EXPECT_TRUE(comes_true([&] { return count(lag.all(0)) >= 40; }));
  EXPECT_LT(count(lag.all(1)) - asked_at_first, count(lag.all(0)) / 3);
  end = true;
}

TEST(ShardLag, SleepsWhileAllRestUntilOneStirs) {
  actors::Runtime runtime({.shards = 2});
  const ShardLag lag(runtime, 25ms);
  std::uint64_t asked = 0;
  ASSERT_TRUE(comes_true([&] {
    asked = count(lag.all(1));
    std::this_thread::sleep_for(1200ms);  // awake it would ask more than once
    return asked > 0 && count(lag.all(1)) == asked;
  }));
  boost::asio::post(runtime.shard(0).io(), [] {});
  EXPECT_TRUE(comes_true([&] { return count(lag.all(1)) > asked; }));
}

TEST(ShardLag, GrowsWhileAShardIsStuckAndIsCountedOnceItIsNot) {
  actors::Runtime runtime({.shards = 1});
  std::promise<void> release;
  boost::asio::post(runtime.shard(0).io(), [held = release.get_future().share()] { held.wait(); });
  const ShardLag lag(runtime, kInterval);
  EXPECT_TRUE(comes_true([&] { return lag.now(0) > 0.03; }));
  EXPECT_GT(lag.overdue(0), 0.03);
  EXPECT_EQ(count(lag.all(0)), 0);
  release.set_value();
  EXPECT_TRUE(comes_true([&] { return count(lag.all(0)) > 0; }));
  EXPECT_GT(lag.all(0).sum, 0.03);
}

TEST(ShardLag, SeesHowBusyAShardIs) {
  std::atomic<bool> end{false};  // read until the runtime is gone
  actors::Runtime runtime({.shards = 2});
  boost::asio::post(runtime.shard(0).io(), [&end] {
    while (!end) {
    }
  });
  const ShardLag lag(runtime, kInterval);
  EXPECT_TRUE(comes_true([&] { return lag.busy(0) > 0.2; }));
  EXPECT_LT(lag.busy(1), lag.busy(0));
  end = true;
}

}  // namespace
}  // namespace coppice::app::metrics
