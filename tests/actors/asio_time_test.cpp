// What time it is for Asio's handlers, which run between the turns of actors.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "actors/runtime.hpp"
#include "actors/server.hpp"
#include "actors/shard.hpp"
#include "actors/spawn.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

class SharedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const noexcept override { return now_.load(); }
  void advance(Duration by) noexcept { now_.store(now_.load() + by); }

 private:
  std::atomic<Time> now_{Time(1h)};
};

class Answerer final : public Server<Answerer> {
 public:
  struct Ask {
    using Reply = int;
  };
  int handle(Ask /*message*/) { return 42; }
};

TEST(AsioTime, CallsAfterALongRestHaveTheirWholeTimeout) {
  const auto clock = std::make_shared<SharedClock>();
  Runtime runtime({.shards = 1, .clock = clock});
  const auto answerer = spawn<Answerer>(runtime, {});
  ASSERT_TRUE(answerer);
  std::promise<Result<int>> answered;
  boost::asio::post(runtime.shard(0).io(), [&answered, &answerer, &clock] {
    clock->advance(10s);  // as if the shard had slept that long
    answerer->async_call(Answerer::Ask{}, 5s,
                         [&answered](Result<int> answer) { answered.set_value(answer); });
  });
  const auto answer = answered.get_future().get();
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(*answer, 42);
}

}  // namespace
}  // namespace coppice::actors
