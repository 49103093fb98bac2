#include "app/content/resource/read_list.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/resource/find_record.hpp"
#include "app/content/resources.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;

class ReadListTest : public ContentTest {
 protected:
  void add(std::string slug, std::optional<std::string> published_at, Strings tags = {},
           bool draft = false) {
    Post post = simple_post(std::move(slug));
    post.published_at = std::move(published_at);
    post.tags = std::move(tags);
    post.is_draft = draft;
    must(upsert(db_, post));
  }

  actors::Result<Document> list(const ListRequest& request, const std::string& known = {}) {
    return read_list(db_, posts_table(), request,
                     [&known](std::string_view etag) { return etag == known; });
  }

  std::string page(const ListRequest& request) { return must(list(request)).json; }

  std::optional<std::string> show(std::string_view address, bool hidden_too = false) {
    auto shown = must(show_record(db_, posts_table(), address, hidden_too));
    return shown ? std::optional(shown->json) : std::nullopt;
  }

  void next_commit() { execute("UPDATE coppice_position SET sequence = sequence + 1"); }

  Strings slugs(const ListRequest& request = {}) { return Json(page(request)).each("slug"); }
};

TEST_F(ReadListTest, ListsPublishedPostsNewestFirst) {
  add("old", "2024-01-01T00:00:00");
  add("undated", std::nullopt);
  add("draft", "2025-06-01T00:00:00", {}, true);
  add("new", "2025-01-01T00:00:00");
  EXPECT_EQ(slugs(), (Strings{"new", "old", "undated"}));
}

TEST_F(ReadListTest, GivesEverythingButTheBodies) {
  Post post = simple_post("a");
  post.excerpt = "<p>\"x\"</p>\n";
  post.tags = {"one", "tw\"o"};
  post.permalinks = {"old"};
  must(upsert(db_, post));
  execute(
      "UPDATE posts SET inserted_at = '2025-01-02T03:04:05', "
      "updated_at = '2025-01-02T03:04:05.678Z'");
  EXPECT_EQ(page({}),
            R"({"data":[{"id":1,"title":"About a","slug":"a","excerpt":"<p>\"x\"</p>\n",)"
            R"("description":null,"reading_time_minutes":1,"is_draft":false,)"
            R"("published_at":"2025-01-01T00:00:00Z",)"
            R"("headings":[{"link":"a","title":"About a","level":1}],"permalinks":["old"],)"
            R"("tags":["one","tw\"o"],"inserted_at":"2025-01-02T03:04:05Z",)"
            R"("updated_at":"2025-01-02T03:04:05Z"}],"page":{"next":null}})");
}

TEST_F(ReadListTest, PagesThroughAllPostsOnce) {
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
    ListRequest request{.limit = limit};
    while (true) {
      const Json json(page(request));
      for (std::string& slug : json.each("slug")) seen.push_back(std::move(slug));
      if (json.is_null("/page/next")) break;
      request.cursor = json.text("/page/next");
    }
    EXPECT_EQ(seen, all) << limit;
  }
}

TEST_F(ReadListTest, KeepsItsPlaceWhenAPostArrives) {
  add("b", "2025-02-01T00:00:00");
  add("a", "2025-01-01T00:00:00");
  const Json first(page({.limit = 1}));
  add("c", "2025-03-01T00:00:00");
  EXPECT_EQ(slugs({.limit = 1, .cursor = first.text("/page/next")}), Strings{"a"});
}

TEST_F(ReadListTest, ListsPostsThatCarryAllTags) {
  add("a", "2025-01-01T00:00:00", {"x"});
  add("b", "2025-01-02T00:00:00", {"x", "y"});
  add("c", "2025-01-03T00:00:00", {"y"});
  EXPECT_EQ(slugs({.tags = {"x"}}), (Strings{"b", "a"}));
  EXPECT_EQ(slugs({.tags = {"y", "x", "y"}}), Strings{"b"});
  EXPECT_EQ(slugs({.tags = {"z"}}), Strings{});
}

TEST_F(ReadListTest, RefusesRequestsThatMakeNoSense) {
  EXPECT_EQ(list({.limit = 0}).error(), Errc::invalid_argument);
  EXPECT_EQ(list({.limit = 101}).error(), Errc::invalid_argument);
  EXPECT_EQ(list({.tags = Strings(11, "x")}).error(), Errc::invalid_argument);
  for (const char* cursor : {"x", "_", "2025_1", "AAAA", "====", "bAMAAAA"}) {
    EXPECT_EQ(list({.cursor = cursor}).error(), Errc::invalid_argument) << cursor;
  }
}

TEST_F(ReadListTest, WalksTheIndexInsteadOfSorting) {
  Strings plan;
  must(db::for_each_row(
      db_, [&](const db::Statement& row) { plan.push_back(row.get<std::string>(3)); },
      "EXPLAIN QUERY PLAN SELECT p.id FROM posts p WHERE NOT p.is_draft "
      "ORDER BY p.published_at DESC, p.id DESC LIMIT 21"));
  EXPECT_EQ(plan, Strings{"SCAN p USING INDEX posts_published_at_index"});
}

TEST_F(ReadListTest, ShowsOnePostWithItsBodies) {
  add("a-post", "2025-01-01T00:00:00", {"x"});
  const auto shown = show("a-post");
  ASSERT_TRUE(shown);
  const Json json(*shown);
  EXPECT_EQ(json.text("/data/body"), "<p>All about a-post</p>\n");
  EXPECT_EQ(json.text("/data/raw_body"), "All about a-post");
  EXPECT_EQ(json.raw("/data/tags"), R"(["x"])");
}

TEST_F(ReadListTest, TakesAnUnderscoreForAHyphen) {
  add("a-b_c", "2025-01-01T00:00:00");
  add("x-y", "2025-01-01T00:00:00");
  add("x_y", "2025-01-01T00:00:00");
  const auto shown = [this](std::string_view slug) {
    const auto post = show(slug);
    return post ? Json(*post).text("/data/slug") : "none";
  };
  EXPECT_EQ(shown("a_b_c"), "a-b_c");
  EXPECT_EQ(shown("x_y"), "x_y");
  EXPECT_EQ(shown("x-y"), "x-y");
  EXPECT_EQ(shown("a-b-c"), "none");
}

TEST_F(ReadListTest, ShowsNeitherDraftsNorWhatDoesNotExist) {
  add("draft-post", "2025-01-01T00:00:00", {}, true);
  EXPECT_FALSE(show("draft-post"));
  EXPECT_FALSE(show("draft_post"));
  EXPECT_FALSE(show("missing"));
  for (const char* slug : {"", "*", "[a-z]_", "a' OR 1", "../x", "A"}) {
    EXPECT_FALSE(show(slug)) << slug;
  }
}

TEST_F(ReadListTest, SurvivesColumnsThatHoldNoJson) {
  add("a", "not a date");
  execute("UPDATE posts SET headings = 'broken', permalinks = NULL");
  const Json json(*show("a"));
  EXPECT_EQ(json.raw("/data/headings"), "[]");
  EXPECT_EQ(json.raw("/data/permalinks"), "[]");
  EXPECT_EQ(json.text("/data/published_at"), "not a date");
}

TEST_F(ReadListTest, SortsByEveryColumnThatItOffersInBothDirections) {
  add("b", "2025-01-01T00:00:00");
  add("a", std::nullopt);
  add("c", "2025-03-01T00:00:00");
  EXPECT_EQ(slugs({.sort = "slug"}), (Strings{"a", "b", "c"}));
  EXPECT_EQ(slugs({.sort = "-slug"}), (Strings{"c", "b", "a"}));
  EXPECT_EQ(slugs({.sort = "published_at"}), (Strings{"a", "b", "c"}));
  EXPECT_EQ(slugs({.sort = "id"}), (Strings{"b", "a", "c"}));
  EXPECT_EQ(slugs({.sort = "-id"}), (Strings{"c", "a", "b"}));
  for (const char* sort : {"body", "-", "--slug", "slug ", "1", "published_at;"}) {
    EXPECT_EQ(list({.sort = sort}).error(), Errc::invalid_argument) << sort;
  }
}

TEST_F(ReadListTest, PagesThroughEveryOrderOnce) {
  for (int i = 0; i < 9; ++i) {
    add("p" + std::to_string(i),
        i % 3 == 0 ? std::nullopt : std::optional<std::string>("2025-01-01T00:00:00"));
  }
  for (const char* sort : {"slug", "-slug", "published_at", "-published_at", "id", "-id", "title",
                           "reading_time_minutes", "-updated_at"}) {
    const Strings all = slugs({.limit = 100, .sort = sort});
    ASSERT_EQ(all.size(), 9U) << sort;
    for (int limit = 1; limit <= 9; ++limit) {
      Strings seen;
      ListRequest request{.limit = limit, .sort = sort};
      while (true) {
        const Json json(page(request));
        for (std::string& slug : json.each("slug")) seen.push_back(std::move(slug));
        if (json.is_null("/page/next")) break;
        request.cursor = json.text("/page/next");
      }
      EXPECT_EQ(seen, all) << sort << " by " << limit;
    }
  }
}

TEST_F(ReadListTest, TakesNoCursorOfAnotherOrder) {
  add("a", "2025-01-01T00:00:00");
  add("b", "2025-01-02T00:00:00");
  const std::string next = Json(page({.limit = 1})).text("/page/next");
  EXPECT_EQ(slugs({.limit = 1, .cursor = next}), Strings{"a"});
  EXPECT_EQ(list({.limit = 1, .cursor = next, .sort = "slug"}).error(), Errc::invalid_argument);
}

TEST_F(ReadListTest, FindsWhatMatchesAQueryInTheOrderOfTheList) {
  add("oak", "2025-01-01T00:00:00");
  add("elm", "2025-01-02T00:00:00");
  add("oak-two", "2025-01-03T00:00:00");
  EXPECT_EQ(slugs({.query = "oak"}), (Strings{"oak-two", "oak"}));
  EXPECT_EQ(slugs({.query = "oak !two"}), Strings{"oak"});
  EXPECT_EQ(slugs({.query = "title:elm"}), Strings{"elm"});
  EXPECT_EQ(slugs({.query = "url:elm"}), Strings{});
  EXPECT_EQ(slugs({.query = "\"("}), Strings{});
  EXPECT_EQ(slugs({.limit = 1, .query = "oak"}), Strings{"oak-two"});
}

TEST_F(ReadListTest, FindsRecordsWithoutAnIndexByAPartOfTheirName) {
  add("a", "2025-01-01T00:00:00", {"Elm_tree", "oak", "50%"});
  const auto labels = [this](std::string query) {
    const Table& tags = *content_catalogue()->find("tags");
    return Json(must(read_list(db_, tags, {.query = std::move(query)})).json).each("label");
  };
  EXPECT_EQ(labels("elm"), Strings{"Elm_tree"});
  EXPECT_EQ(labels("_"), Strings{"Elm_tree"});
  EXPECT_EQ(labels("%"), Strings{"50%"});
  EXPECT_EQ(labels("\\"), Strings{});
}

TEST_F(ReadListTest, ShowsHiddenRecordsToThoseWhoMaySeeThem) {
  add("public", "2025-01-01T00:00:00");
  add("draft_post", "2025-01-02T00:00:00", {}, true);
  EXPECT_EQ(slugs({.hidden_too = true}), (Strings{"draft_post", "public"}));
  EXPECT_TRUE(show("draft_post", true));
  EXPECT_TRUE(show("2", true));
  EXPECT_FALSE(show("2"));
}

TEST_F(ReadListTest, FindsARecordByItsNameAndElseByItsId) {
  add("2", "2025-01-01T00:00:00");
  add("b", "2025-01-01T00:00:00");
  EXPECT_EQ(Json(*show("2")).integer("/data/id"), 1);
  EXPECT_EQ(Json(*show("1")).text("/data/slug"), "2");
  for (const char* none : {"0", "-1", "3", "1.0", "1x", "99999999999999999999"}) {
    EXPECT_FALSE(show(none)) << none;
  }
}

TEST_F(ReadListTest, KnowsWhenNothingHasChanged) {
  add("a", "2025-01-01T00:00:00", {"x"});
  const Document first = must(list({}));
  EXPECT_TRUE(must(list({}, first.etag)).unchanged);
  EXPECT_FALSE(must(list({.hidden_too = true}, first.etag)).unchanged);
  execute("UPDATE coppice_position SET sequence = sequence + 1");
  EXPECT_TRUE(must(list({}, first.etag)).unchanged);
  execute("UPDATE tags SET label = 'y'");
  EXPECT_FALSE(must(list({}, first.etag)).unchanged);
}

TEST_F(ReadListTest, KnowsThatCountsChangeWithWhatIsCounted) {
  add("a", "2025-01-01T00:00:00", {"x"});
  add("b", "2025-01-01T00:00:00", {"x"}, true);
  const Table& tags = *content_catalogue()->find("tags");
  const Document first = must(read_list(db_, tags, {}));
  EXPECT_EQ(Json(first.json).raw("/data/0/posts_count"), "1");
  next_commit();
  execute("UPDATE posts SET is_draft = 0");
  const Document second =
      must(read_list(db_, tags, {}, [&](std::string_view etag) { return etag == first.etag; }));
  EXPECT_FALSE(second.unchanged);
  EXPECT_EQ(Json(second.json).raw("/data/0/posts_count"), "2");
}

TEST_F(ReadListTest, ShowsThePublicTagsOfWhatItSeesAlone) {
  add("a", "2025-01-01T00:00:00", {"both", "open"});
  add("b", "2025-01-01T00:00:00", {"both", "secret"}, true);
  execute("INSERT INTO tags (label, inserted_at, updated_at) VALUES ('unused', '', '')");
  const Table& tags = *content_catalogue()->find("tags");
  const auto labels = [&](const ListRequest& request) {
    return Json(must(read_list(db_, tags, request)).json).each("label");
  };
  EXPECT_EQ(labels({}), (Strings{"both", "open"}));
  EXPECT_EQ(labels({.query = "secret"}), Strings{});
  EXPECT_EQ(labels({.hidden_too = true}), (Strings{"both", "open", "secret", "unused"}));
  EXPECT_FALSE(must(show_record(db_, tags, "secret", false)));
  EXPECT_TRUE(must(show_record(db_, tags, "secret", true)));
  EXPECT_TRUE(must(show_record(db_, tags, "open", false)));
  execute("UPDATE posts SET is_draft = 1 - is_draft");
  EXPECT_EQ(labels({}), (Strings{"both", "secret"}));
  execute("UPDATE posts SET is_draft = 1");
  EXPECT_EQ(labels({}), Strings{});
  execute("INSERT INTO projects VALUES (1, 'n', 'u', 'd', '', '')");
  execute("INSERT INTO projects_tags SELECT 1, id, '', '' FROM tags WHERE label = 'unused'");
  EXPECT_EQ(labels({}), Strings{"unused"});
}

TEST_F(ReadListTest, TellsThePublicByNoETagThatADraftHasChanged) {
  add("open", "2025-01-01T00:00:00", {"x"});
  const Table& tags = *content_catalogue()->find("tags");
  const auto etags = [&](bool hidden_too) {
    return std::pair(must(list({.hidden_too = hidden_too})).etag,
                     must(read_list(db_, tags, {.hidden_too = hidden_too})).etag);
  };
  const auto visitors = etags(false);
  auto editors = etags(true);
  const auto only_editors_see = [&](const std::string& sql) {
    next_commit();
    execute(sql);
    EXPECT_EQ(etags(false), visitors) << sql;
    EXPECT_NE(etags(true).first, std::exchange(editors, etags(true)).first) << sql;
  };
  next_commit();
  add("draft", "2025-01-01T00:00:00", {"x", "secret"}, true);
  EXPECT_EQ(etags(false), visitors);
  EXPECT_NE(etags(true), std::exchange(editors, etags(true)));
  only_editors_see("UPDATE posts SET title = 'new' WHERE slug = 'draft'");
  only_editors_see("UPDATE tags SET label = 'more secret' WHERE label = 'secret'");
  only_editors_see("DELETE FROM posts_tags WHERE post_id = (SELECT id FROM posts WHERE is_draft)");
  only_editors_see("DELETE FROM posts WHERE is_draft");
  for (const char* sql : {"UPDATE posts SET is_draft = 1", "UPDATE posts SET is_draft = 0",
                          "UPDATE tags SET label = 'y' WHERE label = 'x'", "DELETE FROM posts"}) {
    const auto before = etags(false);
    next_commit();
    execute(sql);
    EXPECT_NE(etags(false).first, before.first) << sql;
    EXPECT_NE(etags(false).second, before.second) << sql;
  }
}

TEST(ParseLimit, TakesWholeNumbersFromOneOn) {
  EXPECT_EQ(parse_limit("").value_or(0), 20);
  EXPECT_EQ(parse_limit("1").value_or(0), 1);
  EXPECT_EQ(parse_limit("100").value_or(0), 100);
  for (const char* more : {"101", "99999999999999999999"}) {
    EXPECT_EQ(parse_limit(more).value_or(0), 100) << more;
  }
  for (const char* bad : {"0", "-1", "x", "1x", "1.5", " 1", "00"}) {
    EXPECT_EQ(parse_limit(bad).error(), Errc::invalid_argument) << bad;
    EXPECT_TRUE(parse_limit(bad).error().context.ends_with("more than 100 means 100"));
  }
}

}  // namespace
}  // namespace coppice::app::content
