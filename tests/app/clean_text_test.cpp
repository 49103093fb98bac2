#include "app/clean_text.hpp"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

TEST(CleanText, CutsAtTheEndOfACharacter) {
  EXPECT_EQ(clean_text("short", 5), "short");
  EXPECT_EQ(clean_text("longer", 4), "long…");
  EXPECT_EQ(clean_text("a\u00e9b", 2), "a…");
  EXPECT_EQ(clean_text("a\u00e9b", 3), "a\u00e9…");
}

TEST(CleanText, HasNothingThatATerminalActsOn) {
  EXPECT_EQ(clean_text("a\x1b[31m\x07\x7f"), "a?[31m??");
  EXPECT_EQ(clean_text("a\xC2\x9B"
                       "31m\xC2\x85"),
            "a??31m??");
  EXPECT_EQ(clean_text("\u00a0\u0141"), "\u00a0\u0141");
  EXPECT_EQ(clean_text("a\n\tb"), "a\n\tb");
  EXPECT_EQ(clean_text("a\n\tb", 100, Lines::one), "a??b");
}

TEST(CleanText, IsAlwaysUtf8) {
  EXPECT_EQ(clean_text("caf\xe9 \u00e9"), "caf? ??");
  EXPECT_EQ(clean_text("caf\u00e9"), "caf\u00e9");
  EXPECT_EQ(clean_text("\xC3", 100), "?");
}

}  // namespace
}  // namespace coppice::app
