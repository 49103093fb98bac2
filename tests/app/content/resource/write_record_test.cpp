#include "app/content/resource/write_record.hpp"

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/resource/field_error.hpp"
#include "app/content/resource/find_record.hpp"
#include "app/content/resource/plan_write.hpp"
#include "app/content/resources.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;
using actors::Error;
using actors::Result;

class WriteRecordTest : public ContentTest {
 protected:
  WriteRecordTest() { add_resource_commands(commands_, content_catalogue()); }

  static const Table& table(std::string_view name) { return *content_catalogue()->find(name); }

  template <class C>
  Result<WrittenRecord> run(const C& command, std::string key = {}, std::string intent = {}) {
    db::Command sent{std::string(C::kName), db::to_bytes(command), std::move(key),
                     std::move(intent)};
    auto reply = db::run_commands(db_, commands_, std::span(&sent, 1)).front();
    if (!reply) return std::unexpected(reply.error());
    if constexpr (std::is_void_v<typename C::Reply>) {
      return WrittenRecord{};
    } else {
      return db::from_bytes<WrittenRecord>(reply->value);
    }
  }

  Result<WrittenRecord> create(std::string_view resource, std::string_view body) {
    auto command =
        plan_create(db_, table(resource), must(parse_input(table(resource).resource(), body)));
    if (!command) return std::unexpected(command.error());
    return run(*command);
  }

  Result<WrittenRecord> update(std::string_view resource, std::string_view address,
                               std::string_view body, UpdateKind kind = UpdateKind::patch,
                               const Precondition& precondition = {}) {
    auto command =
        plan_update(db_, table(resource), address,
                    must(parse_input(table(resource).resource(), body)), kind, precondition);
    if (!command) return std::unexpected(command.error());
    return run(*command);
  }

  Result<WrittenRecord> remove(std::string_view resource, std::string_view address,
                               const Precondition& precondition = {}) {
    const auto command = plan_delete(db_, table(resource), address, precondition);
    if (!command) return std::unexpected(command.error());
    return run(*command);
  }
};

std::string problems_of(const Result<WrittenRecord>& result) {
  return result ? "none" : problems_json(result.error()).value_or(result.error().message());
}

constexpr std::string_view kPost =
    R"({"title":"Oak","slug":"the-oak","raw_body":"# Bark\n\nOld & tall.","tags":["tree"]})";

TEST_F(WriteRecordTest, CreatesAPostWithAllThatDerivesFromIt) {
  const auto made = must(create("posts", kPost));
  EXPECT_EQ(made.id, 1);
  EXPECT_EQ(made.name, "the-oak");
  const Json json(made.json);
  EXPECT_NE(json.text("/data/body").find("Old &amp; tall."), std::string::npos);
  EXPECT_EQ(json.text("/data/headings/1/title"), "Bark");
  EXPECT_EQ(json.raw("/data/tags"), R"(["tree"])");
  EXPECT_FALSE(json.text("/data/inserted_at").empty());
  EXPECT_EQ(text("SELECT tags FROM posts_fts WHERE posts_fts MATCH 'bark'"), "tree");
  EXPECT_EQ(must(show_record(db_, table("posts"), "the_oak", false)).value().etag, made.etag);
}

TEST_F(WriteRecordTest, NamesTheFieldsThatAreWrong) {
  EXPECT_EQ(problems_of(create("posts", R"({"title":" ","slug":"A"})")),
            R"({"raw_body":["can't be blank"],"slug":["must be lowercase alphanumeric with )"
            R"(hyphens or underscores only"],"title":["can't be blank"]})");
  EXPECT_EQ(problems_of(create("tags", "{}")), R"({"label":["can't be blank"]})");
}

TEST_F(WriteRecordTest, NamesTheFieldThatIsTaken) {
  must(create("posts", kPost));
  const std::string taken = R"({"slug":["has already been taken"]})";
  EXPECT_EQ(problems_of(create("posts", kPost)), taken);
  must(create("posts", R"({"title":"Elm","slug":"elm","raw_body":"x"})"));
  EXPECT_EQ(problems_of(update("posts", "elm", R"({"slug":"the-oak"})")), taken);
  EXPECT_EQ(number("SELECT count(*) FROM posts"), 2);
}

TEST_F(WriteRecordTest, ChangesOnlyWhatIsGiven) {
  const auto made = must(create("posts", kPost));
  const auto changed = must(update("posts", "the-oak", R"({"is_draft":true})"));
  EXPECT_NE(changed.etag, made.etag);
  const Json json(changed.json);
  EXPECT_EQ(json.raw("/data/is_draft"), "true");
  EXPECT_EQ(json.text("/data/title"), "Oak");
  EXPECT_EQ(json.raw("/data/tags"), R"(["tree"])");
  EXPECT_EQ(Json(must(update("posts", "1", R"({"tags":[]})")).json).raw("/data/tags"), "[]");
}

TEST_F(WriteRecordTest, RendersAgainWhatWasWrittenAgain) {
  must(create("posts", R"({"title":"Oak","slug":"oak","raw_body":"a","description":"*d*"})"));
  const Json json(must(update("posts", "oak", R"({"raw_body":"## New"})")).json);
  EXPECT_EQ(json.text("/data/headings/1/title"), "New");
  EXPECT_EQ(json.text("/data/description"), "<p><em>d</em></p>\n");
  EXPECT_TRUE(Json(must(update("posts", "oak", R"({"description":null})")).json)
                  .is_null("/data/description"));
}

TEST_F(WriteRecordTest, ReplacesEverything) {
  must(create("posts", R"({"title":"Oak","slug":"oak","raw_body":"a","tags":["t"],"description":"d",
                           "published_at":"2025-01-01","is_draft":true,"permalinks":["x"]})"));
  const auto replaced = must(update(
      "posts", "oak", R"({"title":"Elm","slug":"elm","raw_body":"b"})", UpdateKind::replace));
  EXPECT_EQ(replaced.name, "elm");
  const Json json(replaced.json);
  EXPECT_EQ(json.raw("/data/tags"), "[]");
  EXPECT_EQ(json.raw("/data/permalinks"), "[]");
  EXPECT_TRUE(json.is_null("/data/published_at"));
  EXPECT_TRUE(json.is_null("/data/description"));
  EXPECT_EQ(json.raw("/data/is_draft"), "false");
  EXPECT_EQ(problems_of(update("posts", "elm", R"({"title":"Elm"})", UpdateKind::replace)),
            R"({"raw_body":["can't be blank"],"slug":["can't be blank"]})");
}

TEST_F(WriteRecordTest, WritesNothingWhenNothingChanges) {
  const auto made = must(create("posts", kPost));
  const auto writes = db_.total_changes();
  const auto same = must(update("posts", "the-oak", R"({"title":"Oak","tags":["tree"]})"));
  EXPECT_EQ(same.etag, made.etag);
  EXPECT_EQ(same.json, made.json);
  EXPECT_EQ(db_.total_changes(), writes);
}

TEST_F(WriteRecordTest, RefusesAChangeOfWhatHasChangedSince) {
  const auto made = must(create("posts", kPost));
  const Precondition as_made = [&](std::string_view etag) { return etag == made.etag; };
  must(update("posts", "the-oak", R"({"title":"A"})", UpdateKind::patch, as_made));
  const auto refused = update("posts", "the-oak", R"({"title":"B"})", UpdateKind::patch, as_made);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_stale(refused.error()));
  EXPECT_TRUE(is_stale(remove("posts", "the-oak", as_made).error()));
  EXPECT_EQ(text("SELECT title FROM posts"), "A");
}

TEST_F(WriteRecordTest, LetsNoneOfTwoChangesThatBeganTogetherOverwriteTheOther) {
  must(create("posts", kPost));
  const auto input = [](std::string_view body) { return must(parse_input(posts(), body)); };
  const auto plan = [&](std::string_view body) {
    return must(plan_update(db_, table("posts"), "1", input(body), UpdateKind::patch, {}));
  };
  const auto first = plan(R"({"title":"A"})");
  const auto second = plan(R"({"title":"B"})");
  must(run(first));
  EXPECT_TRUE(is_stale(run(second).error()));
}

// Two in one commit have one position, so the second must have something more.
TEST_F(WriteRecordTest, TellsApartWhatOneCommitMadeOfARecord) {
  must(create("posts", kPost));
  const auto rename = [&](std::string label) {
    execute("UPDATE tags SET label = ?", label);
    return must(etag_of_record(db_, table("posts"), 1)).value();
  };
  const std::string first = rename("a");
  EXPECT_NE(rename("b"), first);
}

TEST_F(WriteRecordTest, GivesPositionsToWhateverWayARecordIsChanged) {
  must(create("posts", kPost));
  std::set<std::string> etags{must(etag_of_record(db_, table("posts"), 1)).value()};
  for (const char* change :
       {"UPDATE posts SET title = 'x'", "UPDATE tags SET label = 'x'", "DELETE FROM tags",
        "INSERT INTO tags (label, inserted_at, updated_at) VALUES ('n', '', '')",
        "INSERT INTO posts_tags SELECT 1, id, '', '' FROM tags"}) {
    const bool concerns_it = !std::string_view(change).starts_with("INSERT INTO tags");
    execute(change);
    EXPECT_EQ(etags.insert(must(etag_of_record(db_, table("posts"), 1)).value()).second,
              concerns_it)
        << change;
  }
  EXPECT_FALSE(must(etag_of_record(db_, table("posts"), 9)));
}

TEST_F(WriteRecordTest, AnswersARepeatedWriteAsTheFirstTime) {
  const Input input = must(parse_input(posts(), kPost));
  const auto first = must(run(must(plan_create(db_, table("posts"), input)), "k", "body"));
  const auto patched = must(update("posts", "1", R"({"title":"New"})"));
  ASSERT_NE(patched.json, first.json);
  auto other_plan = must(plan_create(db_, table("posts"), input));
  other_plan.tags = {"worked-out-otherwise"};
  EXPECT_EQ(must(run(other_plan, "k", "body")).json, first.json);
  EXPECT_EQ(number("SELECT count(*) FROM posts"), 1);
  EXPECT_EQ(run(other_plan, "k", "another body").error(), Errc::conflict);
}

TEST_F(WriteRecordTest, DeletesARecordWithItsLinksAndItsPlaceInTheSearch) {
  must(create("posts", kPost));
  must(remove("posts", "the-oak"));
  EXPECT_EQ(number("SELECT count(*) FROM posts_tags"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM posts_fts"), 0);
  EXPECT_EQ(
      number("SELECT count(*) FROM coppice_row_positions WHERE resource = 'posts' AND id > 0"), 0);
  EXPECT_EQ(remove("posts", "the-oak").error(), Errc::not_found);
  EXPECT_EQ(update("posts", "the-oak", "{}").error(), Errc::not_found);
}

TEST_F(WriteRecordTest, AddressesProjectsByIdAlone) {
  const auto made =
      must(create("projects", R"({"name":"7","url":"https://a.example","description":"d"})"));
  EXPECT_EQ(made.name, "1");
  EXPECT_EQ(update("projects", "7", R"({"url":"u"})").error(), Errc::not_found);
  must(update("projects", "1", R"({"url":"u"})"));
}

TEST_F(WriteRecordTest, ServesARenamedAssetUnderItsNewName) {
  must(upsert(db_, Asset{.name = "a.webp",
                         .path = "/assets/images/a.webp",
                         .data = {std::byte{1}},
                         .lqip_hash = {}}));
  const Json json(must(update("assets", "a.webp", R"({"name":"b c.webp"})")).json);
  EXPECT_EQ(json.text("/data/path"), "/assets/images/b%20c.webp");
  EXPECT_FALSE(json.has("/data/data"));
  for (const char* name : {"x", "a/b.webp", ".webp", "../x.webp"}) {
    EXPECT_NE(problems_of(update("assets", "b c.webp", "{\"name\":\"" + std::string(name) + "\"}")),
              "none")
        << name;
  }
}

}  // namespace
}  // namespace coppice::app::content
