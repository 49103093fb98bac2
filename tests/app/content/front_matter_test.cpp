#include "app/content/front_matter.hpp"

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(FrontMatter, SplitsAtTheFirstTwoFences) {
  const auto split = split_front_matter("---\ntitle: A\nslug: a\n---\n\nText\n\n---\n\nMore\n");
  ASSERT_TRUE(split) << split.error().message();
  EXPECT_EQ(split->yaml, "title: A\nslug: a\n");
  EXPECT_EQ(split->body, "Text\n\n---\n\nMore\n");
  EXPECT_EQ(split->yaml_line, 2U);
}

TEST(FrontMatter, TakesWindowsLineEndsAndAByteOrderMark) {
  const auto split = split_front_matter("\xEF\xBB\xBF---\r\ntitle: A\r\n---\r\nText\r\n");
  ASSERT_TRUE(split) << split.error().message();
  EXPECT_EQ(split->yaml, "title: A\r\n");
  EXPECT_EQ(split->body, "Text\r\n");
}

TEST(FrontMatter, AllowsNothingBetweenOrAfterTheFences) {
  const auto split = split_front_matter("---\n---");
  ASSERT_TRUE(split) << split.error().message();
  EXPECT_EQ(split->yaml, "");
  EXPECT_EQ(split->body, "");
}

TEST(FrontMatter, SaysWhichFenceIsMissing) {
  EXPECT_EQ(split_front_matter("title: A\n---\n").error().context, "the first line must be ---");
  EXPECT_EQ(split_front_matter("").error().context, "the first line must be ---");
  EXPECT_EQ(split_front_matter("---\ntitle: A\n").error().context,
            "no line --- ends the front matter");
}

}  // namespace
}  // namespace coppice::app::content
