#include "app/cli/terminal.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(Difference, WritesOnlyLinesThatChanged) {
  EXPECT_EQ(difference("a\nb\nc\n", "a\nB\nc\n"), "\033[2;1HB\033[K");
  EXPECT_EQ(difference("a\n", "a\n"), "");
}

TEST(Difference, ClearsLinesThatAreGone) {
  EXPECT_EQ(difference("a\nb\n", "a\n"), "\033[2;1H\033[K");
  EXPECT_EQ(difference("", "a\n"), "\033[1;1Ha\033[K");
}

}  // namespace
}  // namespace coppice::app::cli
