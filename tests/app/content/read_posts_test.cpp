#include "app/content/read_posts.hpp"

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;

class ReadPostsTest : public ContentTest {
 protected:
  void add(std::string slug, std::optional<std::string> published_at, Strings tags = {},
           bool draft = false) {
    Post post = simple_post(std::move(slug));
    post.published_at = std::move(published_at);
    post.tags = std::move(tags);
    post.is_draft = draft;
    must(upsert(db_, post));
  }

  Strings slugs(const PostListRequest& request = {}) {
    return Json(must(list_posts(db_, request))).each("slug");
  }
};

TEST_F(ReadPostsTest, ListsPublishedPostsNewestFirst) {
  add("old", "2024-01-01T00:00:00");
  add("undated", std::nullopt);
  add("draft", "2025-06-01T00:00:00", {}, true);
  add("new", "2025-01-01T00:00:00");
  EXPECT_EQ(slugs(), (Strings{"new", "old", "undated"}));
}

TEST_F(ReadPostsTest, GivesEverythingButTheBodies) {
  Post post = simple_post("a");
  post.excerpt = "<p>\"x\"</p>\n";
  post.tags = {"one", "tw\"o"};
  post.permalinks = {"old"};
  must(upsert(db_, post));
  execute(
      "UPDATE posts SET inserted_at = '2025-01-02T03:04:05', "
      "updated_at = '2025-01-02T03:04:05.678Z'");
  EXPECT_EQ(must(list_posts(db_, {})),
            R"({"data":[{"id":1,"title":"About a","slug":"a","excerpt":"<p>\"x\"</p>\n",)"
            R"("description":null,"reading_time_minutes":1,"is_draft":false,)"
            R"("published_at":"2025-01-01T00:00:00Z",)"
            R"("headings":[{"link":"a","title":"About a","level":1}],"permalinks":["old"],)"
            R"("tags":["one","tw\"o"],"inserted_at":"2025-01-02T03:04:05Z",)"
            R"("updated_at":"2025-01-02T03:04:05Z"}],"page":{"next":null}})");
}

TEST_F(ReadPostsTest, PagesThroughAllPostsOnce) {
  for (int i = 0; i < 7; ++i) {
    add("p" + std::to_string(i), i % 3 == 0 ? std::optional<std::string>("2025-01-01T00:00:00")
                                            : std::optional<std::string>("2024-01-01T00:00:00"));
  }
  add("u1", std::nullopt);
  add("u2", std::nullopt);
  const Strings all = slugs({.limit = 100});
  ASSERT_EQ(all.size(), 9U);
  for (int limit = 1; limit <= 9; ++limit) {
    Strings seen;
    PostListRequest request{.limit = limit};
    while (true) {
      const Json page(must(list_posts(db_, request)));
      for (std::string& slug : page.each("slug")) seen.push_back(std::move(slug));
      if (page.is_null("/page/next")) break;
      request.cursor = page.text("/page/next");
    }
    EXPECT_EQ(seen, all) << limit;
  }
}

TEST_F(ReadPostsTest, KeepsItsPlaceWhenAPostArrives) {
  add("b", "2025-02-01T00:00:00");
  add("a", "2025-01-01T00:00:00");
  const Json first(must(list_posts(db_, {.limit = 1})));
  add("c", "2025-03-01T00:00:00");
  EXPECT_EQ(slugs({.limit = 1, .cursor = first.text("/page/next")}), Strings{"a"});
}

TEST_F(ReadPostsTest, ListsPostsThatCarryAllTags) {
  add("a", "2025-01-01T00:00:00", {"x"});
  add("b", "2025-01-02T00:00:00", {"x", "y"});
  add("c", "2025-01-03T00:00:00", {"y"});
  EXPECT_EQ(slugs({.tags = {"x"}}), (Strings{"b", "a"}));
  EXPECT_EQ(slugs({.tags = {"y", "x", "y"}}), Strings{"b"});
  EXPECT_EQ(slugs({.tags = {"z"}}), Strings{});
}

TEST_F(ReadPostsTest, RefusesRequestsThatMakeNoSense) {
  EXPECT_EQ(list_posts(db_, {.limit = 0}).error(), Errc::invalid_argument);
  EXPECT_EQ(list_posts(db_, {.limit = 101}).error(), Errc::invalid_argument);
  EXPECT_EQ(list_posts(db_, {.tags = Strings(11, "x")}).error(), Errc::invalid_argument);
  for (const char* cursor :
       {"x", "_", "2025_0", "2025_-1", "2025_1x", "2025_99999999999999999999"}) {
    EXPECT_EQ(list_posts(db_, {.cursor = cursor}).error(), Errc::invalid_argument) << cursor;
  }
}

TEST_F(ReadPostsTest, WalksTheIndexInsteadOfSorting) {
  Strings plan;
  must(db::for_each_row(
      db_, [&](const db::Statement& row) { plan.push_back(row.get<std::string>(3)); },
      "EXPLAIN QUERY PLAN SELECT p.id FROM posts p WHERE NOT p.is_draft "
      "ORDER BY p.published_at DESC, p.id DESC LIMIT 21"));
  EXPECT_EQ(plan, Strings{"SCAN p USING INDEX posts_published_at_index"});
}

TEST_F(ReadPostsTest, ShowsOnePostWithItsBodies) {
  add("a-post", "2025-01-01T00:00:00", {"x"});
  const auto shown = must(show_post(db_, "a-post"));
  ASSERT_TRUE(shown);
  const Json json(*shown);
  EXPECT_EQ(json.text("/data/body"), "<p>All about a-post</p>\n");
  EXPECT_EQ(json.text("/data/raw_body"), "All about a-post");
  EXPECT_EQ(json.raw("/data/tags"), R"(["x"])");
}

TEST_F(ReadPostsTest, TakesAnUnderscoreForAHyphen) {
  add("a-b_c", "2025-01-01T00:00:00");
  add("x-y", "2025-01-01T00:00:00");
  add("x_y", "2025-01-01T00:00:00");
  const auto shown = [this](std::string_view slug) {
    const auto post = must(show_post(db_, slug));
    return post ? Json(*post).text("/data/slug") : "none";
  };
  EXPECT_EQ(shown("a_b_c"), "a-b_c");
  EXPECT_EQ(shown("x_y"), "x_y");
  EXPECT_EQ(shown("x-y"), "x-y");
  EXPECT_EQ(shown("a-b-c"), "none");
}

TEST_F(ReadPostsTest, ShowsNeitherDraftsNorWhatDoesNotExist) {
  add("draft-post", "2025-01-01T00:00:00", {}, true);
  EXPECT_FALSE(must(show_post(db_, "draft-post")));
  EXPECT_FALSE(must(show_post(db_, "draft_post")));
  EXPECT_FALSE(must(show_post(db_, "missing")));
  for (const char* slug : {"", "*", "[a-z]_", "a' OR 1", "../x", "A"}) {
    EXPECT_FALSE(must(show_post(db_, slug))) << slug;
  }
}

TEST_F(ReadPostsTest, SurvivesColumnsThatHoldNoJson) {
  add("a", "not a date");
  execute("UPDATE posts SET headings = 'broken', permalinks = NULL");
  const Json json(*must(show_post(db_, "a")));
  EXPECT_EQ(json.raw("/data/headings"), "[]");
  EXPECT_EQ(json.raw("/data/permalinks"), "[]");
  EXPECT_EQ(json.text("/data/published_at"), "not a date");
}

TEST(ParseLimit, TakesWholeNumbersFromOneOn) {
  EXPECT_EQ(parse_limit("").value_or(0), 20);
  EXPECT_EQ(parse_limit("1").value_or(0), 1);
  EXPECT_EQ(parse_limit("100").value_or(0), 100);
  EXPECT_EQ(parse_limit("99999999999999999999").value_or(0), 100);
  for (const char* bad : {"0", "-1", "x", "1x", "1.5", " 1", "00"}) {
    EXPECT_EQ(parse_limit(bad).error(), Errc::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace coppice::app::content
