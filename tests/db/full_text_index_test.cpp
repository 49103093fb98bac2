#include "db/full_text_index.hpp"

#include <string>
#include <vector>

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using Names = std::vector<std::string>;

class FullTextIndexTest : public MigratedDatabaseTest {
 protected:
  FullTextIndexTest() {
    add_post(1, "Oak");
    add_post(2, "Ash");
    execute("INSERT INTO projects VALUES (1, 'Hazel', '', '', '', '')");
  }

  void add_post(int id, std::string_view title) {
    execute(
        "INSERT INTO posts (id, title, body, raw_body, slug, reading_time_minutes, headings, "
        "inserted_at, updated_at) VALUES (?1, ?2, '', 'words', 'slug-' || ?1, 1, '[]', '', '')",
        id, title);
  }

  [[nodiscard]] Names problems() { return must(find_index_problems(db_)); }

  Names rebuild() { return must(RebuildIndexes{}.run(db_)); }

  [[nodiscard]] std::int64_t posts_with(std::string_view word) {
    return number("SELECT count(*) FROM posts_fts WHERE posts_fts MATCH ?", word);
  }
};

TEST_F(FullTextIndexTest, NothingIsWrongWithOneThatTheTriggersKept) {
  EXPECT_EQ(problems(), Names{});
}

TEST_F(FullTextIndexTest, TheCheckChangesNothing) {
  auto other = open({.read_only = true});
  const auto version = [&other] {  // of what others see of the file
    return must(query_value<std::int64_t>(other, "PRAGMA data_version")).value();
  };
  const auto before = version();
  EXPECT_EQ(problems(), Names{});
  EXPECT_EQ(version(), before);
}

TEST_F(FullTextIndexTest, ARowWithoutAnEntryIsFound) {
  execute("DELETE FROM posts_fts");
  EXPECT_EQ(problems(), (Names{"posts_fts has no entry for 2 rows, the first of them 1"}));
}

TEST_F(FullTextIndexTest, AnEntryWithoutARowIsFound) {
  execute("INSERT INTO projects_fts (rowid, project_id, name) VALUES (7, 7, 'Gone')");
  EXPECT_EQ(problems(),
            (Names{"projects_fts finds what is no longer there: 1 row, the first of them 7"}));
}

TEST_F(FullTextIndexTest, AnEntryThatSaysSomethingElseIsFound) {
  execute("UPDATE posts_fts SET title = 'Elm' WHERE rowid = 2");
  EXPECT_EQ(problems(), (Names{"posts_fts says something else about 1 row, the first of them 2"}));
}

TEST_F(FullTextIndexTest, AnEntryThatIsNotFoundByItsWordsIsFound) {
  execute("UPDATE posts_fts_content SET c1 = 'Elm' WHERE id = 1");
  EXPECT_EQ(problems(), (Names{"posts_fts is damaged: what it stores and what it finds disagree"}));
}

TEST_F(FullTextIndexTest, OneThatCannotEvenBeOpenedIsNamed) {
  execute("DELETE FROM posts_fts_config");
  db_ = open();
  const auto found = problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found[0].starts_with("posts_fts is damaged: ")) << found[0];
  const auto rebuilt = RebuildIndexes{}.run(db_);
  ASSERT_FALSE(rebuilt);
  EXPECT_TRUE(rebuilt.error().context.starts_with("posts_fts can't be made anew: "));
}

TEST_F(FullTextIndexTest, OneWithoutASourceIsComparedWithItself) {
  execute("CREATE VIRTUAL TABLE letters USING fts5(text)");
  execute("INSERT INTO letters VALUES ('dear')");
  EXPECT_EQ(problems(), Names{});
  execute("UPDATE letters_content SET c0 = 'sir'");
  EXPECT_EQ(problems(), (Names{"letters is damaged: what it stores and what it finds disagree"}));
  EXPECT_EQ(rebuild(), (Names{"letters", "posts_fts", "projects_fts"}));
  EXPECT_EQ(problems(), Names{});
}

TEST_F(FullTextIndexTest, ThoseMadeAnewAreCountedOff) {
  std::vector<Progress> told;
  must(rebuild_indexes(db_, [&told](const Progress& progress) { told.push_back(progress); }));
  const std::string phase = "making the full-text indexes anew";
  EXPECT_EQ(told, (std::vector<Progress>{{phase, 0, 2, "indexes"}, {phase, 1, 2, "indexes"}}));
}

TEST_F(FullTextIndexTest, WhateverIsWrongARebuildMends) {
  const std::vector<std::string> damages = {
      "DELETE FROM posts_fts WHERE rowid = 1",
      "UPDATE posts_fts SET title = 'Elm'",
      "INSERT INTO posts_fts (rowid, post_id, title) VALUES (7, 7, 'Gone')",
      "UPDATE posts_fts_content SET c1 = 'Elm'",
      "DELETE FROM posts_fts_data WHERE id > 10",
      "DELETE FROM posts_fts_docsize",
  };
  for (const auto& damage : damages) {
    execute(damage);
    EXPECT_NE(problems(), Names{}) << damage;
    EXPECT_EQ(rebuild(), (Names{"posts_fts", "projects_fts"})) << damage;
    EXPECT_EQ(problems(), Names{}) << damage;
    EXPECT_EQ(posts_with("oak"), 1) << damage;
  }
}

TEST_F(FullTextIndexTest, TheTriggersServeOneThatWasRebuilt) {
  rebuild();
  add_post(3, "Birch");
  execute("DELETE FROM posts WHERE id = 1");
  EXPECT_EQ(posts_with("birch"), 1);
  EXPECT_EQ(posts_with("oak"), 0);
  EXPECT_EQ(problems(), Names{});
}

TEST_F(FullTextIndexTest, ADatabaseWithoutOneHasNothingToRebuild) {
  auto other = must(Connection::open({.path = directory_ / "other.db", .create = true}));
  EXPECT_EQ(must(find_index_problems(other)), Names{});
  EXPECT_EQ(must(RebuildIndexes{}.run(other)), Names{});
}

}  // namespace
}  // namespace coppice::db
