#include "app/content/upsert.hpp"

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/tag_store.hpp"

namespace coppice::app::content {
namespace {

using UpsertTest = ContentTest;

constexpr TagLink kPostTags{.table = "posts_tags", .column = "post_id"};
constexpr TagLink kProjectTags{.table = "projects_tags", .column = "project_id"};

Asset simple_asset(std::string name) {
  return {.name = name,
          .path = "/assets/images/" + name,
          .data = {std::byte{0}, std::byte{1}},
          .width_px = 3,
          .height_px = 2,
          .content_type = "image/webp",
          .type = "image",
          .lqip_hash = -5};
}

TEST_F(UpsertTest, CreatesAPostWithItsTags) {
  Post post = simple_post("a");
  post.excerpt = "<p>x</p>";
  post.permalinks = {"old-a"};
  post.tags = {"one", "two"};
  EXPECT_EQ(must(compare(db_, post)), (Change{0, Outcome::created}));
  EXPECT_EQ(must(upsert(db_, post)), (Change{1, Outcome::created}));
  EXPECT_EQ(text("SELECT headings || permalinks FROM posts WHERE slug = 'a'"),
            R"([{"link":"a","title":"About a","level":1}]["old-a"])");
  EXPECT_EQ(text("SELECT tags FROM posts_fts WHERE posts_fts MATCH 'one'"), "one, two");
  EXPECT_EQ(text("SELECT typeof(is_draft) || length(inserted_at) FROM posts"), "integer19");
}

TEST_F(UpsertTest, WritesNothingForWhatIsStoredAlready) {
  Post post = simple_post("a");
  post.tags = {"one"};
  const Change created = must(upsert(db_, post));
  must(upsert(db_, simple_project("p")));
  must(upsert(db_, simple_asset("a.webp")));
  const auto before = db_.total_changes();
  EXPECT_EQ(must(upsert(db_, post)), (Change{created.id, Outcome::unchanged}));
  EXPECT_EQ(must(compare(db_, post)).outcome, Outcome::unchanged);
  EXPECT_EQ(must(upsert(db_, simple_project("p"))).outcome, Outcome::unchanged);
  EXPECT_EQ(must(upsert(db_, simple_asset("a.webp"))).outcome, Outcome::unchanged);
  EXPECT_EQ(db_.total_changes(), before);
}

TEST_F(UpsertTest, NoticesEveryFieldOfAPost) {
  const Post original = simple_post("a");
  must(upsert(db_, original));
  const std::function<void(Post&)> edits[] = {
      [](Post& p) { p.title = "x"; },
      [](Post& p) { p.raw_body = "x"; },
      [](Post& p) { p.body = "x"; },
      [](Post& p) { p.excerpt = "x"; },
      [](Post& p) { p.description = "x"; },
      [](Post& p) { p.reading_time_minutes = 9; },
      [](Post& p) { p.is_draft = true; },
      [](Post& p) { p.published_at = std::nullopt; },
      [](Post& p) { p.headings.push_back({"x", "x", 2}); },
      [](Post& p) { p.permalinks = {"x"}; },
      [](Post& p) { p.tags = {"x"}; },
  };
  for (const auto& edit : edits) {
    Post edited = original;
    edit(edited);
    EXPECT_EQ(must(upsert(db_, edited)), (Change{1, Outcome::updated}));
    EXPECT_EQ(must(compare(db_, edited)).outcome, Outcome::unchanged);
    EXPECT_EQ(must(upsert(db_, original)), (Change{1, Outcome::updated}));
  }
}

TEST_F(UpsertTest, ReplacesTagsAndKeepsThoseOfOthers) {
  Post a = simple_post("a");
  a.tags = {"one", "two"};
  Post b = simple_post("b");
  b.tags = {"two"};
  Project project = simple_project("p");
  project.tags = {"two"};
  must(upsert(db_, a));
  must(upsert(db_, b));
  must(upsert(db_, project));
  a.tags = {"three"};
  must(upsert(db_, a));
  EXPECT_EQ(must(tags_of(db_, kPostTags, 1)), Strings{"three"});
  EXPECT_EQ(must(tags_of(db_, kPostTags, 2)), Strings{"two"});
  EXPECT_EQ(must(tags_of(db_, kProjectTags, 1)), Strings{"two"});
  EXPECT_EQ(number("SELECT count(*) FROM tags"), 3);
}

TEST_F(UpsertTest, TakesOverRowsOfAnotherApplication) {
  execute(
      "INSERT INTO posts (title, body, raw_body, slug, reading_time_minutes, is_draft, "
      "published_at, headings, permalinks, inserted_at, updated_at) VALUES "
      "('T', 'b', 'r', 'a', 1, 0, '2025-01-01T00:00:00Z', '[]', NULL, '2020-01-01T00:00:00', "
      "'2020-01-01T00:00:00')");
  EXPECT_EQ(must(upsert(db_, simple_post("a"))), (Change{1, Outcome::updated}));
  EXPECT_EQ(must(upsert(db_, simple_post("a"))), (Change{1, Outcome::unchanged}));
  EXPECT_EQ(text("SELECT inserted_at FROM posts"), "2020-01-01T00:00:00");
}

TEST_F(UpsertTest, KeepsAnAssetAsItIs) {
  const Asset asset = simple_asset("a b.webp");
  EXPECT_EQ(must(upsert(db_, asset)), (Change{1, Outcome::created}));
  EXPECT_EQ(text("SELECT typeof(data) || hex(data) FROM assets"), "blob0001");
  const auto image = must(find_image(db_, "a b.webp"));
  ASSERT_TRUE(image);
  EXPECT_EQ(image->url, "/assets/images/a%20b.webp");
  EXPECT_EQ(image->width_px, 3);
  EXPECT_EQ(image->placeholder, -5);
  EXPECT_FALSE(must(find_image(db_, "other.webp")));
}

TEST_F(UpsertTest, ReportsAnAssetWhosePathIsTaken) {
  must(upsert(db_, simple_asset("a.webp")));
  Asset other = simple_asset("b.webp");
  other.path = "/assets/images/a.webp";
  EXPECT_EQ(upsert(db_, other).error(), actors::Errc::conflict);
}

TEST_F(UpsertTest, TravelsAsACommand) {
  Post post = simple_post("a");
  post.tags = {"one"};
  const auto results =
      write({db::to_command(UpsertPost{post}), db::to_command(UpsertProject{simple_project("p")}),
             db::to_command(UpsertAsset{simple_asset("a.webp")})});
  ASSERT_EQ(results.size(), 3U);
  for (const auto& result : results) {
    EXPECT_EQ(must(db::from_bytes<Change>(must(result))), (Change{1, Outcome::created}));
  }
  EXPECT_EQ(must(compare(db_, post)).outcome, Outcome::unchanged);
}

}  // namespace
}  // namespace coppice::app::content
