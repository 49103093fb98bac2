#include "app/content/feed.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/permalink.hpp"

namespace coppice::app::content {
namespace {

using FeedTest = ContentTest;

const FeedOptions kOptions{.title = "example.com",
                           .site_url = "https://example.com",
                           .posts_url = "https://example.com/posts/"};

TEST_F(FeedTest, HasPublishedPostsNewestFirst) {
  Post post = simple_post("old");
  post.title = "Tom & \"Jerry\" <3\x01";
  post.excerpt = "<p>a</p>";
  post.tags = {"c&d", "b"};
  must(upsert(db_, post));
  post = simple_post("new");
  post.published_at = "2025-02-03T04:05:06";
  must(upsert(db_, post));
  post = simple_post("draft");
  post.is_draft = true;
  must(upsert(db_, post));
  post = simple_post("undated");
  post.published_at = std::nullopt;
  must(upsert(db_, post));
  execute("UPDATE posts SET updated_at = '2025-03-01T00:00:00'");
  const Feed feed = must(make_feed(db_, kOptions));
  const auto at = [&](std::string_view text) { return feed.xml.find(text); };
  EXPECT_LT(at("https://example.com/posts/new</link>"), at("https://example.com/posts/old</link>"));
  EXPECT_NE(at("<title>Tom &amp; &quot;Jerry&quot; &lt;3</title>"), std::string::npos);
  EXPECT_NE(at("<description>&lt;p&gt;a&lt;/p&gt;</description>"), std::string::npos);
  EXPECT_LT(at("<category>b</category>"), at("<category>c&amp;d</category>"));
  EXPECT_NE(at("<lastBuildDate>Sat, 01 Mar 2025 00:00:00 GMT</lastBuildDate>"), std::string::npos);
  EXPECT_NE(at("<pubDate>Mon, 03 Feb 2025 04:05:06 GMT</pubDate>"), std::string::npos);
  EXPECT_EQ(at("draft"), std::string::npos);
  EXPECT_EQ(at("undated"), std::string::npos);
}

TEST_F(FeedTest, HasNoCharacterThatXmlForbids) {
  Post post = simple_post("a");
  post.title = "a\x1F\t\xEF\xBF\xBE\xEF\xBF\xBF\xC3\xA9";
  post.tags = {"b\x0B"};
  must(upsert(db_, post));
  const auto title = [this] {
    const std::string xml = must(make_feed(db_, kOptions)).xml;
    EXPECT_NE(xml.find("<category>b</category>"), std::string::npos);
    const auto begin = xml.find("<title>", xml.find("<item>"));
    return xml.substr(begin, xml.find("</title>", begin) - begin);
  };
  EXPECT_EQ(title(), "<title>a\t\xC3\xA9");
  // A byte that is not UTF-8, and a surrogate, as only another application stores them.
  execute("UPDATE posts SET title = CAST(x'63FF64EDA08065' AS TEXT)");
  EXPECT_EQ(title(),
            "<title>c\xEF\xBF\xBD"
            "de");
}

TEST_F(FeedTest, IsWholeWithoutPosts) {
  const Feed feed = must(make_feed(db_, kOptions));
  EXPECT_TRUE(feed.xml.ends_with("</channel>\n</rss>\n"));
  EXPECT_EQ(feed.xml.find("lastBuildDate"), std::string::npos);
}

TEST_F(FeedTest, HasANewTagWheneverItIsAnother) {
  Post post = simple_post("a");
  post.tags = {"x"};
  must(upsert(db_, post));
  must(upsert(db_, simple_post("b")));
  std::set<std::string> seen;
  const auto is_new = [&] {
    const std::string etag = must(make_feed(db_, kOptions)).etag;
    EXPECT_EQ(must(make_feed(db_, kOptions)).etag, etag);
    return seen.insert(etag).second;
  };
  EXPECT_TRUE(is_new());
  EXPECT_FALSE(is_new());
  const std::string same_second = ", updated_at = '2025-03-01T00:00:00' WHERE slug = 'a'";
  for (const std::string& change :
       {"UPDATE posts SET title = 'one'" + same_second,
        "UPDATE posts SET title = 'two'" + same_second, std::string("UPDATE tags SET label = 'y'"),
        std::string("DELETE FROM posts_tags"), std::string("DELETE FROM posts WHERE slug = 'b'")}) {
    execute(change);
    EXPECT_TRUE(is_new()) << change;
  }
}

TEST_F(FeedTest, HasAnotherTagForAnotherSite) {
  must(upsert(db_, simple_post("a")));
  FeedOptions other_site = kOptions;
  other_site.site_url = "https://example.org";
  FeedOptions other_posts = kOptions;
  other_posts.posts_url = "https://example.com/read/";
  const std::string etag = must(make_feed(db_, kOptions)).etag;
  EXPECT_NE(must(make_feed(db_, other_site)).etag, etag);
  EXPECT_NE(must(make_feed(db_, other_posts)).etag, etag);
}

TEST(Permalink, IsOnePartOfAnAddressThatNoPageOfTheServersOwnHas) {
  for (const char* good : {"about", "docs2", "über", "2019-05-01.html"}) {
    EXPECT_TRUE(is_valid_permalink(good)) << good;
  }
  for (const char* bad : {"", "docs", "metrics", "older/one", "/about", "a?b", "a#b"}) {
    EXPECT_FALSE(is_valid_permalink(bad)) << bad;
  }
  for (const auto own : kServersOwnPaths) {
    EXPECT_TRUE(kBadPermalink.contains(own)) << own;
    EXPECT_TRUE(kPermalinkRegex.contains(own)) << own;
  }
}

using PermalinkTest = ContentTest;

TEST_F(PermalinkTest, LeadsToThePublishedPostThatHasIt) {
  Post post = simple_post("a");
  post.permalinks = {"old", "older"};
  must(upsert(db_, post));
  post = simple_post("b");
  post.permalinks = {"hidden"};
  post.is_draft = true;
  must(upsert(db_, post));
  must(upsert(db_, simple_post("c")));
  EXPECT_EQ(must(slug_of_permalink(db_, "old")), "a");
  EXPECT_EQ(must(slug_of_permalink(db_, "older")), "a");
  for (const char* none : {"hidden", "c", "ol", "%", "", "[]", "null"}) {
    EXPECT_FALSE(must(slug_of_permalink(db_, none))) << none;
  }
}

TEST_F(PermalinkTest, SurvivesColumnsThatHoldNoJson) {
  must(upsert(db_, simple_post("a")));
  must(upsert(db_, simple_post("b")));
  execute("UPDATE posts SET permalinks = 'broken' WHERE slug = 'a'");
  execute("UPDATE posts SET permalinks = NULL WHERE slug = 'b'");
  EXPECT_FALSE(must(slug_of_permalink(db_, "x")));
}

TEST_F(PermalinkTest, ReadsAnIndexAndNoPost) {
  Strings plan;
  must(db::for_each_row(
      db_, [&](const db::Statement& row) { plan.push_back(row.get<std::string>(3)); },
      "EXPLAIN QUERY PLAN SELECT slug FROM posts WHERE permalinks <> '[]' AND NOT is_draft"));
  EXPECT_EQ(plan, Strings{"SCAN posts USING COVERING INDEX posts_permalinks_index"});
}

}  // namespace
}  // namespace coppice::app::content
