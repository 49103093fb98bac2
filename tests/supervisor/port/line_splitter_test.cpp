#include "supervisor/port/line_splitter.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::supervisor::port {
namespace {

using Lines = std::vector<std::string>;

class LineSplitterTest : public testing::Test {
 protected:
  Lines lines_;
  LineSplitter splitter_{8, [this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(LineSplitterTest, PutsALineTogetherWhereverItIsTorn) {
  splitter_.take("on");
  splitter_.take("e\ntwo\nthr");
  EXPECT_EQ(lines_, (Lines{"one", "two"}));
  splitter_.take("ee\n");
  EXPECT_EQ(lines_.back(), "three");
}

TEST_F(LineSplitterTest, KeepsEmptyLinesAndStrangeBytes) {
  splitter_.take({"\n\xff\0\r\n", 5});
  EXPECT_EQ(lines_, (Lines{"", std::string("\xff\0\r", 3)}));
}

TEST_F(LineSplitterTest, CutsWhatIsTooLongAndSaysSo) {
  splitter_.take("12345678\n1234567");
  splitter_.take("89");
  splitter_.take("0\nshort\n");
  EXPECT_EQ(lines_, (Lines{"12345678", "12345678 … (cut after 8 bytes)", "short"}));
}

TEST_F(LineSplitterTest, TakesWhatIsLeftAtTheEndForALine) {
  splitter_.take("one\ntw");
  splitter_.finish();
  splitter_.finish();
  EXPECT_EQ(lines_, (Lines{"one", "tw"}));
}

}  // namespace
}  // namespace coppice::supervisor::port
