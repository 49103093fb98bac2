#include "app/content/post.hpp"

#include <gtest/gtest.h>

#include "app/content/permalink.hpp"

namespace coppice::app::content {
namespace {

TEST(PostValidation, SpeaksAsEctoDoes) {
  EXPECT_EQ(
      to_json(validate(PostSource{})),
      R"({"raw_body":["can't be blank"],"slug":["can't be blank"],"title":["can't be blank"]})");
  PostSource post;
  post.title = "T";
  post.slug = "Not a slug";
  post.raw_body = "x";
  EXPECT_EQ(to_json(validate(post)),
            R"({"slug":["must be lowercase alphanumeric with hyphens or underscores only"]})");
  post.slug = "a_slug-1";
  EXPECT_EQ(to_json(validate(post)), "{}");
  post.permalinks = {"about", "docs"};
  EXPECT_EQ(to_json(validate(post)), R"({"permalinks":[")" + std::string(kBadPermalink) + R"("]})");
}

TEST(ProjectValidation, RequiresNameUrlAndDescription) {
  EXPECT_EQ(to_json(validate(Project{"\t", "u", "", {}})),
            R"({"description":["can't be blank"],"name":["can't be blank"]})");
}

TEST(ReadingTime, RoundsUpAndIsAtLeastAMinute) {
  const auto words = [](std::size_t count) {
    std::string text;
    while (count-- > 0) text += "word\n";
    return text;
  };
  EXPECT_EQ(reading_time_minutes(""), 1);
  EXPECT_EQ(reading_time_minutes(words(260)), 1);
  EXPECT_EQ(reading_time_minutes(words(261)), 2);
}

TEST(Tags, AreSortedAndEachOnce) {
  EXPECT_EQ(normalized_tags({"b", "a", "b"}), (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace coppice::app::content
