#include "db/litefs/lag_file.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "db/database_fixture.hpp"

namespace coppice::db::litefs {
namespace {

using actors::Errc;
using std::chrono::milliseconds;

TEST(LagFile, IsASignAndMilliseconds) {
  EXPECT_EQ(must(parse_lag("+000000000\n")), milliseconds(0));
  EXPECT_EQ(must(parse_lag("+000000812\n")), milliseconds(812));
  EXPECT_EQ(must(parse_lag("-000000003\n")), milliseconds(-3));
  EXPECT_EQ(must(parse_lag("+2147483647\n")), milliseconds(2147483647));
}

TEST(LagFile, IsNothingElse) {
  for (const std::string_view text : {"", "\n", "+", "12", "+-1", "+1x", "+1 "}) {
    EXPECT_EQ(parse_lag(text).error(), Errc::malformed) << text;
  }
}

TEST(LagFile, IsReadFromTheMount) {
  const TemporaryDirectory mount;
  EXPECT_EQ(read_lag(mount / "").error(), Errc::unavailable);
  std::ofstream(mount / ".lag") << "+000000812\n";
  EXPECT_EQ(must(read_lag(mount / "")), milliseconds(812));
}

}  // namespace
}  // namespace coppice::db::litefs
