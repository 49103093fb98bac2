// The triggers that keep posts_fts and projects_fts in step with the tables.
#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

class FullTextTest : public MigratedDatabaseTest {
 protected:
  void add_post(int id, std::string_view title, std::string_view raw_body) {
    execute(
        "INSERT INTO posts (id, title, body, raw_body, slug, reading_time_minutes, headings, "
        "inserted_at, updated_at) VALUES (?1, ?2, '', ?3, 'slug-' || ?1, 1, '[]', '', '')",
        id, title, raw_body);
  }

  void add_project(int id, std::string_view name) {
    execute("INSERT INTO projects VALUES (?, ?, 'https://example.org', 'A description', '', '')",
            id, name);
  }

  void add_tag(int id, std::string_view label) {
    execute("INSERT INTO tags VALUES (?, ?, '', '')", id, label);
  }

  void link(std::string_view table, int row, int tag) {
    execute("INSERT INTO " + std::string(table) + " VALUES (?, ?, '', '')", row, tag);
  }

  /// The ids of the posts that match, in order; "null" for none.
  std::string posts(std::string_view match) {
    return text(
        "SELECT group_concat(post_id) FROM (SELECT post_id FROM posts_fts "
        "WHERE posts_fts MATCH ? ORDER BY post_id)",
        match);
  }

  std::string projects(std::string_view match) {
    return text(
        "SELECT group_concat(project_id) FROM (SELECT project_id FROM projects_fts "
        "WHERE projects_fts MATCH ? ORDER BY project_id)",
        match);
  }

  std::string tags_of(int post) { return text("SELECT tags FROM posts_fts WHERE rowid = ?", post); }

  void expect_index_in_step() {
    EXPECT_EQ(number("SELECT count(*) FROM (SELECT * FROM posts_fts "
                     "EXCEPT SELECT * FROM posts_fts_source)"),
              0);
    EXPECT_EQ(number("SELECT count(*) FROM posts_fts"), number("SELECT count(*) FROM posts"));
    EXPECT_EQ(number("SELECT count(*) FROM projects_fts"), number("SELECT count(*) FROM projects"));
    execute("INSERT INTO posts_fts (posts_fts) VALUES ('integrity-check')");
    execute("INSERT INTO projects_fts (projects_fts) VALUES ('integrity-check')");
  }
};

TEST_F(FullTextTest, FindsANewPostByItsWords) {
  add_post(1, "Growing trees", "A coppiced tree grows back.");
  EXPECT_EQ(posts("tree"), "1");
  EXPECT_EQ(posts("title:grow"), "1");
  EXPECT_EQ(posts("raw_body:coppice"), "1");
  EXPECT_EQ(posts("stone"), "null");
  EXPECT_EQ(posts("post_id:1"), "null");
  expect_index_in_step();
}

TEST_F(FullTextTest, FollowsAnUpdate) {
  add_post(1, "Oak", "old words");
  execute("UPDATE posts SET title = 'Ash', excerpt = '<p>Short</p>' WHERE id = 1");
  EXPECT_EQ(posts("oak"), "null");
  EXPECT_EQ(posts("ash"), "1");
  EXPECT_EQ(posts("excerpt:short"), "1");
  expect_index_in_step();
}

TEST_F(FullTextTest, AnUpdateOfOtherColumnsDoesNotTouchTheIndex) {
  add_post(1, "Oak", "words");
  const auto before = number("SELECT max(rowid) FROM posts_fts_data");
  const auto changes = db_.total_changes();
  execute("UPDATE posts SET title = title, reading_time_minutes = 9 WHERE id = 1");
  // The row, its position, that of all posts, and that of what the public sees of them.
  EXPECT_EQ(db_.total_changes() - changes, 4);
  EXPECT_EQ(number("SELECT max(rowid) FROM posts_fts_data"), before);
}

TEST_F(FullTextTest, FollowsAChangeOfTheId) {
  add_post(1, "Oak", "words");
  execute("UPDATE posts SET id = 7");
  EXPECT_EQ(posts("oak"), "7");
  expect_index_in_step();
}

TEST_F(FullTextTest, ForgetsADeletedPost) {
  add_post(1, "Oak", "words");
  add_post(2, "Ash", "words");
  execute("DELETE FROM posts WHERE id = 1");
  EXPECT_EQ(posts("words"), "2");
  expect_index_in_step();
}

TEST_F(FullTextTest, ForgetsAPostThatAReplacementPushedOut) {
  add_post(1, "Oak", "words");
  execute(
      "INSERT OR REPLACE INTO posts (id, title, body, raw_body, slug, reading_time_minutes, "
      "headings, inserted_at, updated_at) VALUES (2, 'Ash', '', 'new', 'slug-1', 1, '', '', '')");
  EXPECT_EQ(posts("oak"), "null");
  EXPECT_EQ(posts("ash"), "2");
  expect_index_in_step();
}

TEST_F(FullTextTest, FollowsTagLinks) {
  add_post(1, "Oak", "words");
  add_tag(1, "woods");
  add_tag(2, "birds");
  link("posts_tags", 1, 1);
  link("posts_tags", 1, 2);
  EXPECT_EQ(tags_of(1), "birds, woods");
  EXPECT_EQ(posts("tags:bird"), "1");

  execute("DELETE FROM posts_tags WHERE tag_id = 2");
  EXPECT_EQ(tags_of(1), "woods");
  expect_index_in_step();
}

TEST_F(FullTextTest, FollowsALinkThatMovesToAnotherPost) {
  add_post(1, "Oak", "words");
  add_post(2, "Ash", "words");
  add_tag(1, "woods");
  link("posts_tags", 1, 1);
  execute("UPDATE posts_tags SET post_id = 2");
  EXPECT_EQ(posts("woods"), "2");
  expect_index_in_step();
}

TEST_F(FullTextTest, FollowsATagsLabelInPostsAndProjects) {
  add_post(1, "Oak", "words");
  add_post(2, "Ash", "words");
  add_project(1, "Coppice");
  add_tag(1, "woods");
  link("posts_tags", 1, 1);
  link("projects_tags", 1, 1);
  execute("UPDATE tags SET label = 'forests'");
  EXPECT_EQ(posts("woods"), "null");
  EXPECT_EQ(posts("forest"), "1");
  EXPECT_EQ(projects("forest"), "1");
  expect_index_in_step();
}

TEST_F(FullTextTest, FollowsADeletedTag) {
  add_post(1, "Oak", "words");
  add_project(1, "Coppice");
  add_tag(1, "woods");
  link("posts_tags", 1, 1);
  link("projects_tags", 1, 1);
  execute("DELETE FROM tags");
  EXPECT_EQ(posts("woods"), "null");
  EXPECT_EQ(projects("woods"), "null");
  EXPECT_EQ(posts("oak"), "1");
  expect_index_in_step();
}

TEST_F(FullTextTest, ADeletedPostWithTagsStaysForgotten) {
  add_post(1, "Oak", "words");
  add_tag(1, "woods");
  link("posts_tags", 1, 1);
  execute("DELETE FROM posts");
  EXPECT_EQ(number("SELECT count(*) FROM posts_fts"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM posts_tags"), 0);
}

TEST_F(FullTextTest, FollowsProjects) {
  add_project(1, "Coppice");
  add_project(2, "Stump");
  EXPECT_EQ(projects("name:coppice"), "1");
  EXPECT_EQ(projects("description"), "1,2");
  execute("UPDATE projects SET name = 'Pollard' WHERE id = 1");
  execute("DELETE FROM projects WHERE id = 2");
  EXPECT_EQ(projects("coppice"), "null");
  EXPECT_EQ(projects("description"), "1");
  EXPECT_EQ(projects("pollard"), "1");
  expect_index_in_step();
}

TEST_F(FullTextTest, ARolledBackChangeIsNotInTheIndex) {
  execute("BEGIN");
  add_post(1, "Oak", "words");
  execute("ROLLBACK");
  EXPECT_EQ(posts("oak"), "null");
  expect_index_in_step();
}

}  // namespace
}  // namespace coppice::db
