#include "db/read_pause.hpp"

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

using std::chrono::milliseconds;

constexpr actors::Time at(int ms) { return actors::Time(milliseconds(100'000 + ms)); }

class ReadPauseTest : public testing::Test {
 protected:
  void read_often(int from) {
    for (std::uint32_t i = 0; i < ReadPause::kFewReads; ++i) std::ignore = pause_.left(at(from));
  }

  ReadPause pause_;
};

TEST_F(ReadPauseTest, ReadersThatReadOftenPauseTogetherUntilTheSameMoment) {
  read_often(20);
  EXPECT_EQ(pause_.left(at(50)), milliseconds(10));
  EXPECT_EQ(pause_.left(at(57)), milliseconds(3));
}

TEST_F(ReadPauseTest, BetweenPausesNobodyWaits) {
  read_often(20);
  EXPECT_EQ(pause_.left(at(60)), milliseconds(0));
  EXPECT_EQ(pause_.left(at(99)), milliseconds(0));
}

TEST_F(ReadPauseTest, WhoRarelyReadsNeverWaits) {
  std::ignore = pause_.left(at(20));
  EXPECT_EQ(pause_.left(at(50)), milliseconds(0));
}

TEST_F(ReadPauseTest, APeriodWithoutReadsEndsThePauses) {
  read_often(20);
  EXPECT_EQ(pause_.left(at(101)), milliseconds(0));
}

}  // namespace
}  // namespace coppice::db
