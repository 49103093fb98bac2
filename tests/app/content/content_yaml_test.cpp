#include "app/content/content_yaml.hpp"

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

using Texts = std::vector<std::string>;

TEST(PostFrontMatter, ReadsEveryField) {
  const auto front = parse_post_front_matter(
      "title: \"Hello: world\"\nslug: hello\npublished_at: 2025-12-30 15:16:00Z\n"
      "is_draft: true\ntags:\n  - \"a b\"\n  - c\ndescription: Some *text*\n"
      "permalinks: [old, older]\nlayout: ignored\n",
      2);
  ASSERT_TRUE(front) << front.error().what;
  EXPECT_TRUE(front->problems.empty()) << to_sentence(front->problems);
  EXPECT_EQ(front->post.title, "Hello: world");
  EXPECT_EQ(front->post.slug, "hello");
  EXPECT_EQ(front->post.published_at, "2025-12-30T15:16:00");
  EXPECT_TRUE(front->post.is_draft);
  EXPECT_EQ(front->post.tags, (Texts{"a b", "c"}));
  EXPECT_EQ(front->post.description, "Some *text*");
  EXPECT_EQ(front->post.permalinks, (Texts{"old", "older"}));
  EXPECT_EQ(front->slug_line, 3U);
}

TEST(PostFrontMatter, LeavesOutWhatIsNullOrBlank) {
  const auto front = parse_post_front_matter("title: ~\nslug: ' '\ntags:\ndescription:\n", 2);
  ASSERT_TRUE(front) << front.error().what;
  EXPECT_TRUE(front->problems.empty());
  EXPECT_EQ(front->post.title, "");
  EXPECT_EQ(front->post.slug, "");
  EXPECT_EQ(front->post.description, std::nullopt);
  EXPECT_EQ(front->post.published_at, std::nullopt);
  EXPECT_FALSE(front->post.is_draft);
}

TEST(PostFrontMatter, NamesTheLineOfEachWrongValue) {
  const auto front = parse_post_front_matter(
      "title: [a]\nslug: a\npublished_at: soon\nis_draft: maybe\ntags: {a: b}\n", 2);
  ASSERT_TRUE(front) << front.error().what;
  ASSERT_EQ(front->problems.size(), 4U) << to_sentence(front->problems);
  EXPECT_EQ(front->problems[0].field, "title");
  EXPECT_EQ(front->problems[0].line, 2U);
  EXPECT_EQ(front->problems[1].field, "published_at");
  EXPECT_EQ(front->problems[1].line, 4U);
  EXPECT_EQ(front->problems[2].detail, "\"maybe\" is neither true nor false");
  EXPECT_EQ(front->problems[2].line, 5U);
  EXPECT_EQ(front->problems[3].field, "tags");
  EXPECT_EQ(front->problems[3].message, "is invalid");
}

TEST(PostFrontMatter, NamesTheLineOfBrokenYaml) {
  const auto front = parse_post_front_matter("title: a\nslug: [b\nis_draft: true\n", 2);
  ASSERT_FALSE(front);
  EXPECT_EQ(front.error().line, 4U);
  EXPECT_FALSE(front.error().what.empty());
}

TEST(PostFrontMatter, RefusesWhatIsNoMapping) {
  for (const char* yaml : {"", "just text", "- a\n- b\n"}) {
    EXPECT_FALSE(parse_post_front_matter(yaml, 2)) << yaml;
  }
}

TEST(PostFrontMatter, SurvivesDeepNesting) {
  EXPECT_FALSE(parse_post_front_matter("title: " + std::string(100'000, '['), 2));
}

TEST(Projects, ReadsTheList) {
  const auto entries = parse_projects(
      "projects:\n  - name: A\n    url: https://a.example\n    description: First\n"
      "    tags: [x, y]\n  - name: B\n    url: u\n    description: d\n");
  ASSERT_TRUE(entries) << entries.error().what;
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().project,
            (Project{"A", "https://a.example", "First", Texts{"x", "y"}}));
  EXPECT_EQ(entries->back().line, 6U);
}

TEST(Projects, RefusesAnotherShape) {
  EXPECT_EQ(parse_projects("things: []").error().what,
            "a list under the key `projects` is expected");
  EXPECT_EQ(parse_projects("projects:\n  - name: A\n  - B\n").error().line, 3U);
}

}  // namespace
}  // namespace coppice::app::content
