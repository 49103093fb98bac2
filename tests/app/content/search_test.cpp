#include "app/content/search.hpp"

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/resources.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;

class SearchTest : public ContentTest {
 protected:
  void add(std::string slug, std::string title, std::string raw_body, Strings tags = {}) {
    Post post = simple_post(std::move(slug));
    post.title = std::move(title);
    post.raw_body = std::move(raw_body);
    post.tags = std::move(tags);
    must(upsert(db_, post));
  }

  Json find(std::string query) {
    return Json(must(search(db_, *content_catalogue(), {.query = std::move(query)})));
  }
};

TEST_F(SearchTest, FindsPostsAndProjectsTheBestFirst) {
  add("body", "Other", "A long text that speaks of trees only once, among many other words");
  add("title", "Trees", "Nothing");
  Project project = simple_project("Forest");
  project.tags = {"trees"};
  must(upsert(db_, project));
  const Json json = find("trees");
  EXPECT_EQ(json.text("/data/0/slug"), "title");
  EXPECT_EQ(json.text("/data/0/kind"), "post");
  const Strings kinds = json.each("kind");
  EXPECT_EQ(std::ranges::count(kinds, "post"), 2);
  EXPECT_EQ(std::ranges::count(kinds, "project"), 1);
  EXPECT_TRUE(json.is_null("/page/next"));
  const Json named = find("title:forest");
  EXPECT_EQ(named.text("/data/0/title"), "Forest");
  EXPECT_EQ(named.text("/data/0/url"), "https://example.com");
}

TEST_F(SearchTest, HighlightsMatchesInSafeHtml) {
  add("a", "T", "Use <b>bold</b> & \"forest\"\n\n  trees");
  EXPECT_EQ(find("forest").text("/data/0/snippet"),
            "Use &lt;b&gt;bold&lt;/b&gt; &amp; &quot;<mark>forest</mark>&quot; trees");
}

TEST_F(SearchTest, HidesDrafts) {
  Post draft = simple_post("d");
  draft.is_draft = true;
  must(upsert(db_, draft));
  EXPECT_FALSE(find("about").has("/data/0"));
}

TEST_F(SearchTest, AnswersAnyInput) {
  add("a", "T", "tree");
  for (const char* query : {"", "!", "\"", "(", "AND", "tree AND (", "\xFF\xFE"}) {
    EXPECT_TRUE(find(query).is_null("/page/next")) << query;
  }
}

TEST_F(SearchTest, PagesThroughAllHitsOnce) {
  for (int i = 0; i < 7; ++i)
    add("p" + std::to_string(i), "Tree", "tree " + std::string(static_cast<std::size_t>(i), 'x'));
  must(upsert(db_, simple_project("Tree")));
  Strings seen;
  SearchRequest request{.query = "tree", .limit = 3};
  while (true) {
    const Json page(must(search(db_, *content_catalogue(), request)));
    for (std::size_t i = 0; page.has("/data/" + std::to_string(i)); ++i) {
      const std::string hit = "/data/" + std::to_string(i);
      seen.push_back(page.text(hit + "/kind") + std::to_string(page.integer(hit + "/id")));
    }
    if (page.is_null("/page/next")) break;
    request.cursor = page.text("/page/next");
  }
  EXPECT_EQ(seen.size(), 8U);
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST_F(SearchTest, RefusesRequestsThatMakeNoSense) {
  for (const char* cursor : {"x", "-1", "1x", "1001", "99999999999"}) {
    EXPECT_EQ(search(db_, *content_catalogue(), {.query = "a", .cursor = cursor}).error(),
              Errc::invalid_argument);
  }
  EXPECT_EQ(search(db_, *content_catalogue(), {.query = "a", .limit = 0}).error(),
            Errc::invalid_argument);
  EXPECT_EQ(search(db_, *content_catalogue(), {.query = "a", .limit = 101}).error(),
            Errc::invalid_argument);
}

}  // namespace
}  // namespace coppice::app::content
