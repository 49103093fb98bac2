#include "app/log_limits.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

using std::chrono::seconds;
using Admitted = LogLimits::Admitted;

constexpr actors::Time kStart{seconds(1000)};
constexpr actors::Time kNextPeriod = kStart + seconds(60);

class LogLimitsTest : public testing::Test {
 protected:
  /// Beyond what is admitted of it.
  void flood(std::string_view source, int left_out) {
    EXPECT_TRUE(limits_.admit(source, kStart));
    for (int i = 0; i < left_out; ++i) EXPECT_FALSE(limits_.admit(source, kStart));
  }

  LogLimits limits_{1, seconds(60), 2};
};

TEST_F(LogLimitsTest, HideNothingOfASourceWhileAnotherFloods) {
  flood("a", 5);
  EXPECT_EQ(limits_.admit("b", kStart), Admitted());
}

TEST_F(LogLimitsTest, CountWhatWasLeftOutWhereItWasLeftOut) {
  flood("a", 5);
  EXPECT_EQ(limits_.admit("b", kNextPeriod), Admitted());
  EXPECT_EQ(limits_.admit("a", kNextPeriod), Admitted{.left_out = 5});
}

TEST_F(LogLimitsTest, AreSharedByThoseThatAreTooMany) {
  flood("a", 1);
  flood("b", 1);
  EXPECT_EQ(limits_.admit("c", kStart), Admitted{.of_others = true});
  EXPECT_EQ(limits_.admit("d", kStart), std::nullopt);
}

TEST_F(LogLimitsTest, MakeRoomForNewSourcesOnceOthersAreQuiet) {
  flood("a", 1);
  flood("b", 1);
  EXPECT_EQ(limits_.admit("c", kNextPeriod), Admitted());
  EXPECT_EQ(limits_.admit("d", kNextPeriod), Admitted());
}

TEST_F(LogLimitsTest, CountWhatThoseLeftOutThatAreGone) {
  flood("a", 2);
  flood("b", 3);
  for (const auto* source : {"c", "d"}) EXPECT_TRUE(limits_.admit(source, kNextPeriod));
  EXPECT_EQ(limits_.admit("e", kNextPeriod), (Admitted{.left_out = 5, .of_others = true}));
}

}  // namespace
}  // namespace coppice::app
