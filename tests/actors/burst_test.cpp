#include "actors/burst.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

using Strings = std::vector<std::string>;

TEST(BurstTest, DoesWhatWaitsAtItsEndInOrder) {
  Strings done;
  {
    Burst burst;
    burst.at_end([&] { done.emplace_back("first"); });
    burst.at_end([&] { done.emplace_back("second"); });
    EXPECT_TRUE(done.empty());
  }
  EXPECT_EQ(done, (Strings{"first", "second"}));
}

TEST(BurstTest, IsTheCurrentOneOfItsThreadUntilItsEnd) {
  EXPECT_EQ(Burst::current(), nullptr);
  {
    Burst burst;
    EXPECT_EQ(Burst::current(), &burst);
    burst.at_end([] { EXPECT_EQ(Burst::current(), nullptr); });
  }
  EXPECT_EQ(Burst::current(), nullptr);
}

TEST(BurstTest, IsAPartOfTheOneAroundIt) {
  Strings done;
  {
    const Burst outer;
    {
      const Burst inner;
      EXPECT_EQ(Burst::current(), &outer);
      Burst::current()->at_end([&] { done.emplace_back("it"); });
    }
    EXPECT_EQ(Burst::current(), &outer);
    EXPECT_TRUE(done.empty());
  }
  EXPECT_EQ(done, Strings{"it"});
}

}  // namespace
}  // namespace coppice::actors
