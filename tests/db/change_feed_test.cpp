#include "db/change_feed.hpp"

#include <limits>

#include "db/database_fixture.hpp"
#include "db/transaction.hpp"

namespace coppice::db {
namespace {

class ChangeFeedTest : public MigratedDatabaseTest {
 protected:
  /// Runs statements as one commit of the writer.
  Position commit(const std::vector<std::string>& statements) {
    auto transaction = must(Transaction::begin(db_, Transaction::Kind::immediate));
    for (const auto& sql : statements) execute(sql);
    const auto position = must(advance_position(db_));
    must(transaction.commit());
    return position;
  }

  static std::string insert_post(int id) {
    const auto number = std::to_string(id);
    return "INSERT INTO posts (id, title, body, raw_body, slug, reading_time_minutes, headings, "
           "inserted_at, updated_at) VALUES (" +
           number + ", 't', 'b', 'r', 's" + number + "', 1, '[]', 'now', 'now')";
  }

  static std::string insert_tag(int id) {
    const auto number = std::to_string(id);
    return "INSERT INTO tags (id, label, inserted_at, updated_at) VALUES (" + number + ", 'l" +
           number + "', 'now', 'now')";
  }

  static std::string tag_post(int post, int tag) {
    return "INSERT INTO posts_tags (post_id, tag_id, inserted_at, updated_at) VALUES (" +
           std::to_string(post) + ", " + std::to_string(tag) + ", 'now', 'now')";
  }

  std::optional<ChangePage> since(Position position, std::size_t limit = 100) {
    return must(changes_since(db_, position, limit));
  }

  /// "posts 1 insert, …"; "none" where there is no continuation.
  std::string changes(Position position, std::size_t limit = 100) {
    const auto page = since(position, limit);
    if (!page) return "none";
    std::string text;
    for (const auto& change : page->changes) {
      text += (text.empty() ? "" : ", ") + change.resource + " " + std::to_string(change.id) + " " +
              change.op;
    }
    return text;
  }

  const Position start_ = must(read_position(db_));
};

TEST_F(ChangeFeedTest, TellsEachCommitsChangesWithItsPosition) {
  const auto first = commit({insert_post(1), insert_tag(1)});
  const auto second = commit({"UPDATE posts SET title = 'new'"});
  const auto third = commit({"DELETE FROM posts"});
  EXPECT_EQ(changes(start_), "posts 1 insert, tags 1 insert, posts 1 update, posts 1 delete");
  EXPECT_EQ(changes(first), "posts 1 update, posts 1 delete");
  EXPECT_EQ(changes(second), "posts 1 delete");
  EXPECT_EQ(changes(third), "");
  const auto page = since(start_);
  EXPECT_EQ(page->changes[1].position, first);
  EXPECT_EQ(page->changes[2].position, second);
  EXPECT_EQ(page->next, third);
  EXPECT_FALSE(page->more);
}

TEST_F(ChangeFeedTest, KnowsEveryResource) {
  commit(
      {"INSERT INTO projects (id, name, url, description, inserted_at, updated_at) "
       "VALUES (7, 'n', 'u', 'd', 'now', 'now')",
       "INSERT INTO assets (id, name, path, data, width, height, content_type, type, "
       "inserted_at, updated_at) VALUES (8, 'n', 'p', x'00', 1, 1, 'image/webp', 'image', "
       "'now', 'now')",
       insert_tag(9)});
  EXPECT_EQ(changes(start_), "assets 8 insert, projects 7 insert, tags 9 insert");
}

TEST_F(ChangeFeedTest, ACommitHasOneEntryForARecord) {
  commit({insert_post(1), "UPDATE posts SET title = 'new'", insert_tag(1), tag_post(1, 1)});
  EXPECT_EQ(changes(start_), "posts 1 insert, tags 1 insert");
}

TEST_F(ChangeFeedTest, ARecordThatIsReplacedWithinACommitIsUpdated) {
  const auto before = commit({insert_post(1)});
  commit({"DELETE FROM posts", insert_post(1)});
  EXPECT_EQ(changes(before), "posts 1 update");
}

TEST_F(ChangeFeedTest, ARecordsTagsArePartOfIt) {
  const auto before = commit({insert_post(1), insert_tag(1), insert_tag(2), tag_post(1, 1)});
  const auto tagged = commit({tag_post(1, 2)});
  EXPECT_EQ(changes(before), "posts 1 update, tags 2 update");
  const auto untagged = commit({"DELETE FROM posts_tags WHERE tag_id = 2"});
  EXPECT_EQ(changes(tagged), "posts 1 update, tags 2 update");
  const auto renamed = commit({"UPDATE tags SET label = 'new' WHERE id = 1"});
  EXPECT_EQ(changes(untagged), "posts 1 update, tags 1 update");
  commit({"DELETE FROM tags WHERE id = 1"});
  EXPECT_EQ(changes(renamed), "posts 1 update, tags 1 delete");
}

TEST_F(ChangeFeedTest, ATagLinkThatMovesChangesBothItsRecords) {
  const auto before =
      commit({insert_post(1), insert_post(2), insert_tag(1), insert_tag(2), tag_post(1, 1)});
  const auto retagged = commit({"UPDATE posts_tags SET tag_id = 2"});
  EXPECT_EQ(changes(before), "posts 1 update, tags 1 update, tags 2 update");
  commit({"UPDATE posts_tags SET post_id = 2"});
  EXPECT_EQ(changes(retagged), "posts 1 update, posts 2 update");
}

TEST_F(ChangeFeedTest, ARecordThatGetsAnotherIdIsGoneUnderTheOld) {
  const auto before = commit({insert_post(1)});
  commit({"UPDATE posts SET id = 7"});
  EXPECT_EQ(changes(before), "posts 1 delete, posts 7 insert");
}

TEST_F(ChangeFeedTest, ADeletedPostIsDeletedWhateverHappensToItsTags) {
  const auto before = commit({insert_post(1), insert_tag(1), tag_post(1, 1)});
  commit({"DELETE FROM posts"});
  EXPECT_EQ(changes(before), "posts 1 delete, tags 1 update");
}

TEST_F(ChangeFeedTest, ATagChangesWhenThePublicBeginsOrCeasesToSeeIt) {
  const auto made = commit({insert_post(1), insert_post(2), insert_tag(1), tag_post(1, 1)});
  const auto twice = commit({tag_post(2, 1)});
  EXPECT_EQ(changes(made), "posts 2 update") << "it was seen before";
  const auto one_left = commit({"DELETE FROM posts WHERE id = 2"});
  EXPECT_EQ(changes(twice), "posts 2 delete") << "and still is";
  const auto drafted = commit({"UPDATE posts SET is_draft = 1"});
  EXPECT_EQ(changes(one_left), "posts 1 update, tags 1 update");
  const auto edited = commit({"UPDATE posts SET title = 'new', is_draft = 1"});
  EXPECT_EQ(changes(drafted), "posts 1 update");
  const auto published = commit({"UPDATE posts SET is_draft = 0"});
  EXPECT_EQ(changes(edited), "posts 1 update, tags 1 update");
  commit({"UPDATE posts SET is_draft = 1", "UPDATE posts SET is_draft = 0"});
  EXPECT_EQ(changes(published), "posts 1 update, tags 1 update");
}

TEST_F(ChangeFeedTest, WhatIsRolledBackHasNotHappened) {
  {
    const auto transaction = must(Transaction::begin(db_, Transaction::Kind::immediate));
    execute(insert_post(1));
  }
  EXPECT_EQ(changes(start_), "");
}

TEST_F(ChangeFeedTest, PagesHoldWholeCommits) {
  const auto first = commit({insert_post(1), insert_post(2)});
  commit({insert_post(3), insert_post(4)});
  const auto page = since(start_, 3);
  EXPECT_EQ(page->changes.size(), 2U);
  EXPECT_EQ(page->next, first);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(changes(page->next, 3), "posts 3 insert, posts 4 insert");
}

TEST_F(ChangeFeedTest, ACommitBeyondTheLimitComesInOnePage) {
  const auto first = commit({insert_post(1), insert_post(2), insert_post(3)});
  commit({insert_post(4)});
  EXPECT_EQ(changes(start_, 1), "posts 1 insert, posts 2 insert, posts 3 insert");
  EXPECT_EQ(since(start_, 1)->next, first);
}

TEST_F(ChangeFeedTest, APositionFromTheFutureIsWaitedFor) {
  const Position ahead{start_.epoch, start_.sequence + 5};
  EXPECT_EQ(changes(ahead), "");
  EXPECT_EQ(since(ahead)->next, ahead);
}

TEST_F(ChangeFeedTest, HasNoContinuationAcrossAFork) {
  commit({insert_post(1)});
  must(begin_epoch(db_));
  EXPECT_EQ(changes(start_), "none");
  EXPECT_EQ(changes(must(read_position(db_))), "");
}

TEST_F(ChangeFeedTest, HasNoContinuationOfWhatWasTrimmed) {
  const auto first = commit({insert_post(1)});
  const auto second = commit({insert_post(2)});
  EXPECT_EQ(must(TrimChanges{first.sequence, 10}.run(db_)), 1);
  EXPECT_EQ(changes(start_), "none");
  EXPECT_EQ(changes(first), "posts 2 insert");
  EXPECT_EQ(changes(second), "");
}

TEST_F(ChangeFeedTest, TrimsWholeCommitsInSteps) {
  const auto first = commit({insert_post(1), insert_post(2), insert_post(3)});
  const auto second = commit({insert_post(4)});
  commit({insert_post(5)});
  EXPECT_EQ(must(TrimChanges{second.sequence, 2}.run(db_)), 3);
  EXPECT_EQ(changes(first), "posts 4 insert, posts 5 insert");
  EXPECT_EQ(must(TrimChanges{second.sequence, 2}.run(db_)), 1);
  EXPECT_EQ(must(TrimChanges{second.sequence, 2}.run(db_)), 0);
  EXPECT_EQ(changes(second), "posts 5 insert");
}

TEST_F(ChangeFeedTest, KeepsSoManyAndNoneThatIsTooOld) {
  constexpr std::int64_t kBeginningOfTime = 0;
  constexpr std::int64_t kEndOfTime = 32503680000;
  const auto first = commit({insert_post(1)});
  const auto second = commit({insert_post(2)});
  EXPECT_EQ(must(changes_to_trim(db_, kBeginningOfTime, 10)), first.sequence - 1);
  EXPECT_EQ(must(changes_to_trim(db_, kBeginningOfTime, 1)), second.sequence - 1);
  EXPECT_EQ(must(changes_to_trim(db_, kEndOfTime, 10)), second.sequence);
}

TEST_F(ChangeFeedTest, KeepsAllOfTheCommitThatHasTheOldestToKeep) {
  const auto first = commit({insert_post(1)});
  const auto second = commit({insert_post(2), insert_post(3), insert_post(4)});
  EXPECT_EQ(must(changes_to_trim(db_, 0, 2)), second.sequence - 1);
  EXPECT_LE(first.sequence, second.sequence - 1);
}

TEST_F(ChangeFeedTest, KnowsWhetherThereAreMoreChanges) {
  commit({insert_post(1), insert_post(2)});
  const auto last = commit({"CREATE TABLE unrelated (a)"});
  EXPECT_FALSE(since(start_, 1)->more) << "only commits without changes follow";
  EXPECT_EQ(since(start_, std::numeric_limits<std::size_t>::max())->next, last);
}

TEST_F(ChangeFeedTest, ListsOfThePublicHaveAnotherPositionThanBeforeTheUpgrade) {
  constexpr std::int64_t kPublicPositions = 20260220080100;
  const auto migrations = must(Migrations::embedded());
  commit({insert_post(1), insert_tag(1), tag_post(1, 1)});
  for (const auto direction : {MigrationDirection::down, MigrationDirection::up}) {
    ASSERT_TRUE(must(migrations.run(db_, {.direction = direction, .version = kPublicPositions})));
  }
  EXPECT_EQ(number("SELECT count(*) FROM coppice_row_positions WHERE id = -1"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_row_positions p "
                   "JOIN coppice_row_positions whole USING (resource, epoch, seq, touch) "
                   "WHERE p.id = -1 AND whole.id = 0"),
            0);
}

TEST_F(ChangeFeedTest, AnEmptyFeedHasNothingToTrim) {
  EXPECT_EQ(must(changes_to_trim(db_, 0, 10)), 0);
}

}  // namespace
}  // namespace coppice::db
