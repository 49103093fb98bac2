#include "actors/presence/count_pace.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::actors::presence {
namespace {

using namespace std::chrono_literals;
using Topics = std::vector<std::string>;

class CountPaceTest : public testing::Test {
 protected:
  CountPace pace_{1s};
  Time start_{100s};
};

TEST_F(CountPaceTest, TellsAtOnceAndThenNotBeforeTheRestIsOver) {
  EXPECT_EQ(pace_.next_end(), std::nullopt);
  EXPECT_TRUE(pace_.may_tell("page", start_));
  EXPECT_FALSE(pace_.may_tell("page", start_ + 999ms));
  EXPECT_EQ(pace_.next_end(), start_ + 1s);
  EXPECT_EQ(pace_.end_rests(start_ + 999ms), Topics{});
  EXPECT_EQ(pace_.end_rests(start_ + 1s), Topics{"page"});
  EXPECT_TRUE(pace_.may_tell("page", start_ + 1s));
}

TEST_F(CountPaceTest, ForgetsATopicThatHasRestedWithoutNews) {
  EXPECT_TRUE(pace_.may_tell("page", start_));
  EXPECT_EQ(pace_.end_rests(start_ + 1s), Topics{});
  EXPECT_EQ(pace_.next_end(), std::nullopt);
  EXPECT_TRUE(pace_.may_tell("page", start_ + 1s));
}

TEST_F(CountPaceTest, TopicsRestEachForThemselves) {
  EXPECT_TRUE(pace_.may_tell("busy", start_));
  EXPECT_TRUE(pace_.may_tell("quiet", start_ + 500ms));
  EXPECT_FALSE(pace_.may_tell("busy", start_ + 600ms));
  EXPECT_FALSE(pace_.may_tell("quiet", start_ + 600ms));
  EXPECT_EQ(pace_.end_rests(start_ + 1200ms), Topics{"busy"});
  EXPECT_EQ(pace_.next_end(), start_ + 1500ms);
  EXPECT_EQ(pace_.end_rests(start_ + 1500ms), Topics{"quiet"});
}

}  // namespace
}  // namespace coppice::actors::presence
