#include "actors/testkit/world.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::actors::testkit {
namespace {

class WorldSeed : public testing::Test {
 protected:
  ~WorldSeed() override { World::print_seed_if(&testing::Test::HasFailure); }
  WorldSeed() = default;
  WorldSeed(const WorldSeed&) = delete;
  WorldSeed& operator=(const WorldSeed&) = delete;

  static std::string printed_by(WorldOptions options) {
    testing::internal::CaptureStderr();
    {
      const World world(options);
    }
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(WorldSeed, IsPrintedWhenTheTestHasFailed) {
  World::print_seed_if([] { return true; });
  const std::string printed = printed_by({.order = Order::random, .seed = 42});
  EXPECT_TRUE(printed.contains("COPPICE_SEED=42")) << printed;
}

TEST_F(WorldSeed, IsNotPrintedWhereItWouldNotHelp) {
  EXPECT_EQ(printed_by({.order = Order::random, .seed = 42}), "") << "nothing has failed";
  World::print_seed_if([] { return true; });
  EXPECT_EQ(printed_by({.order = Order::fifo, .seed = 42}), "");
}

}  // namespace
}  // namespace coppice::actors::testkit
