#include "net/connections.hpp"

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net {
namespace {

using namespace std::chrono_literals;

class Watched final : public Connection {
 public:
  explicit Watched(std::shared_ptr<Connections> connections) : Connection(std::move(connections)) {}
  using Connection::expire_after;
  using Connection::expire_at;
  using Connection::idle_since;
  using Connection::leaving;

  int deadlines = 0;
  int drains = 0;

 private:
  void on_deadline() override { ++deadlines; }
  void on_drain() override { ++drains; }
};

TEST(Connections, CallEachDeadlineOnceWhenItHasPassed) {
  testing::Loopback loop;
  Watched early(loop.connections());
  Watched late(loop.connections());
  Watched never(loop.connections());
  early.expire_after(1s);
  late.expire_after(2s);

  loop.advance(1s - 1ns);
  EXPECT_EQ(early.deadlines, 0);
  loop.advance(1ns);
  EXPECT_EQ(early.deadlines, 1);
  EXPECT_EQ(late.deadlines, 0);
  loop.advance(1h);
  EXPECT_EQ(early.deadlines, 1);
  EXPECT_EQ(late.deadlines, 1);
  EXPECT_EQ(never.deadlines, 0);
}

TEST(Connections, ForgetADeadlineThatWasReplaced) {
  testing::Loopback loop;
  Watched connection(loop.connections());
  connection.expire_after(1s);
  connection.expire_after(3s);
  loop.advance(2s);
  EXPECT_EQ(connection.deadlines, 0);
  connection.expire_at(actors::Time::max());
  loop.advance(1h);
  EXPECT_EQ(connection.deadlines, 0);
}

TEST(Connections, CountWhoIsThere) {
  testing::Loopback loop;
  auto first = std::make_unique<Watched>(loop.connections());
  const Watched second(loop.connections());
  auto third = std::make_unique<Watched>(loop.connections());
  EXPECT_EQ(loop.connections()->size(), 3U);
  first.reset();
  third.reset();
  EXPECT_EQ(loop.connections()->size(), 1U);
}

TEST(Connections, TellEachOnceToDrain) {
  testing::Loopback loop;
  Watched connection(loop.connections());
  EXPECT_FALSE(loop.connections()->draining());
  loop.connections()->drain();
  loop.connections()->drain();
  EXPECT_TRUE(loop.connections()->draining());
  EXPECT_EQ(connection.drains, 1);
}

TEST(Connections, HaveTheOneMakeRoomThatHasBeenIdleForLongest) {
  testing::Loopback loop;
  const auto now = loop.connections()->now();
  const Watched in_use(loop.connections());
  Watched lately(loop.connections());
  Watched long_ago(loop.connections());
  Watched later(loop.connections());
  lately.idle_since(now - 1s);
  long_ago.idle_since(now - 2s);
  later.idle_since(now + 1s);
  EXPECT_EQ(loop.connections()->make_room(), 1U);
  EXPECT_TRUE(long_ago.leaving());
  EXPECT_FALSE(lately.leaving());
  EXPECT_EQ(loop.connections()->make_room(), 1U);
  EXPECT_TRUE(lately.leaving());
  EXPECT_EQ(loop.connections()->make_room(), 0U);
  EXPECT_FALSE(in_use.leaving() || later.leaving());
}

TEST(Connections, CountThoseThatMakeRoomUntilTheyHaveEnded) {
  testing::Loopback loop;
  auto connection = std::make_unique<Watched>(loop.connections());
  connection->idle_since(loop.connections()->now());
  EXPECT_EQ(loop.connections()->leaving(), 0U);
  EXPECT_EQ(loop.connections()->make_room(), 1U);
  EXPECT_EQ(loop.connections()->leaving(), 1U);
  connection.reset();
  EXPECT_EQ(loop.connections()->leaving(), 0U);
}

TEST(Connections, MakeRoomForSeveralWhereThereAreMany) {
  testing::Loopback loop;
  std::vector<std::unique_ptr<Watched>> many;
  for (int i = 0; i < 256; ++i) {
    many.push_back(std::make_unique<Watched>(loop.connections()));
    many.back()->idle_since(loop.connections()->now());
  }
  EXPECT_EQ(loop.connections()->make_room(), 3U);
}

TEST(Connections, DoNotLookForIdleOnesAgainAtOnce) {
  testing::Loopback loop;
  Watched connection(loop.connections());
  EXPECT_EQ(loop.connections()->make_room(), 0U);
  connection.idle_since(loop.connections()->now());
  EXPECT_EQ(loop.connections()->make_room(), 0U);
  loop.clock().advance(100ms);
  EXPECT_EQ(loop.connections()->make_room(), 1U);
}

TEST(Connections, DoNotLookAgainAtOnceWhereTooFewWereIdle) {
  testing::Loopback loop;
  std::vector<std::unique_ptr<Watched>> many;
  for (int i = 0; i < 256; ++i) many.push_back(std::make_unique<Watched>(loop.connections()));
  const auto now = loop.connections()->now();
  many[0]->idle_since(now);
  many[1]->idle_since(now);
  EXPECT_EQ(loop.connections()->make_room(), 2U);
  many[2]->idle_since(now);
  EXPECT_EQ(loop.connections()->make_room(), 0U);
  loop.clock().advance(5ms);
  EXPECT_EQ(loop.connections()->make_room(), 1U);
}

TEST(Connections, SweepByThemselvesWhileThereIsOne) {
  boost::asio::io_context io;
  const auto clock = std::make_shared<testing::ManualClock>();
  const auto connections =
      Connections::make(io.get_executor(), {.resolution = 1ms, .clock = clock});
  auto connection = std::make_unique<Watched>(connections);
  connection->expire_after(1s);
  clock->advance(1s);
  while (connection->deadlines == 0) io.run_one();
  connection.reset();
  io.run();  // returns: nothing is left to wait for
}

}  // namespace
}  // namespace coppice::net
