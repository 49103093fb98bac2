#include "app/http/byte_range.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

TEST(ByteRange, GivesThePartThatIsAskedFor) {
  const auto part = [](std::string_view header) {
    const auto decision = decide_range(header, 100);
    EXPECT_EQ(decision.answer, RangeAnswer::part) << header;
    return decision.range;
  };
  EXPECT_EQ(part("bytes=0-0"), (ByteRange{0, 0}));
  EXPECT_EQ(part("bytes=10-19"), (ByteRange{10, 19}));
  EXPECT_EQ(part("bytes=90-"), (ByteRange{90, 99}));
  EXPECT_EQ(part("bytes=90-1000"), (ByteRange{90, 99}));
  EXPECT_EQ(part("bytes=-10"), (ByteRange{90, 99}));
  EXPECT_EQ(part("bytes=-1000"), (ByteRange{0, 99}));
}

TEST(ByteRange, RefusesWhatLiesOutside) {
  for (const char* header :
       {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=18446744073709551615-"}) {
    EXPECT_EQ(decide_range(header, 100).answer, RangeAnswer::out_of_range) << header;
  }
  EXPECT_EQ(decide_range("bytes=0-0", 0).answer, RangeAnswer::out_of_range);
}

TEST(ByteRange, PassesOverWhatItDoesNotServe) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2,4-5", "lines=1-2",
        "bytes=1", "bytes=--1", "bytes= 1-2", "bytes=1-2x", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(decide_range(header, 100).answer, RangeAnswer::whole) << header;
  }
}

}  // namespace
}  // namespace coppice::app::http
