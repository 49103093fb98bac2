#include "app/cli/level_view.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(LevelView, ShowsEachRuleAndForHowLongItHolds) {
  EXPECT_EQ(render_levels(R"({"levels":[{"target":"all","level":"info"},
                {"target":"db","level":"debug","seconds_left":59}],"left_out":0})"),
            "all                           info\n"
            "db                            debug  for 59 s more\n");
}

TEST(LevelView, SaysHowManyLinesAreMissing) {
  EXPECT_EQ(render_levels(R"({"levels":[{"target":"all","level":"info"}],"left_out":12})"),
            "all                           info\n"
            "lines that could not be written: 12\n");
}

}  // namespace
}  // namespace coppice::app::cli
