#include "app/admin/duration_text.hpp"

#include <gtest/gtest.h>

namespace coppice::app::admin {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

TEST(ParseDuration, TakesWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("for", "500ms", hours(1)).value(), milliseconds(500));
  EXPECT_EQ(parse_duration("for", "10s", hours(1)).value(), std::chrono::seconds(10));
  EXPECT_EQ(parse_duration("for", "60m", hours(1)).value(), hours(1));
  EXPECT_EQ(parse_duration("for", "1h", hours(1)).value(), hours(1));
}

TEST(ParseDuration, RefusesWhatIsNoTimeOrTooLong) {
  for (const char* text : {"", "10", "s", "0s", "-1s", "1.5s", "10 s", "10sec", "61m", "2h",
                           "99999999999999999999h"}) {
    const auto parsed = parse_duration("for", text, hours(1));
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().context.find("for is"), std::string::npos);
    EXPECT_NE(parsed.error().context.find("up to 1h"), std::string::npos);
  }
}

}  // namespace
}  // namespace coppice::app::admin
