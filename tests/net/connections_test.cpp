#include "net/connections.hpp"

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
