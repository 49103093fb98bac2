// The tables that the migrations make, as the content application relies on them.
#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class SchemaTest : public MigratedDatabaseTest {
 protected:
  std::string columns(std::string_view table) {
    return text(
        "SELECT group_concat(name || ' ' || type || iif(\"notnull\", '!', '') || "
        "ifnull('=' || dflt_value, ''), ', ') FROM pragma_table_info(?)",
        table);
  }

  std::string indexes(std::string_view table) {
    return text(
        "SELECT group_concat(name || iif(\"unique\", '!', ''), ', ') "
        "FROM (SELECT * FROM pragma_index_list(?) ORDER BY name)",
        table);
  }
};

constexpr std::string_view kTimestamps = "inserted_at TEXT!, updated_at TEXT!";

TEST_F(SchemaTest, PostsHaveTheColumnsAndIndexesOfAnEctoApplication) {
  EXPECT_EQ(columns("posts"),
            "id INTEGER, title TEXT!, body TEXT!, raw_body TEXT!, slug TEXT!, excerpt TEXT, "
            "description TEXT, reading_time_minutes INTEGER!, is_draft INTEGER!=0, "
            "published_at TEXT, headings TEXT!, inserted_at TEXT!, updated_at TEXT!, "
            "permalinks TEXT='[]'");
  EXPECT_EQ(indexes("posts"),
            "posts_is_draft_index, posts_permalinks_index, posts_published_at_index, "
            "posts_slug_index!");
}

TEST_F(SchemaTest, TheOtherTablesToo) {
  const std::string timestamps(kTimestamps);
  EXPECT_EQ(columns("projects"),
            "id INTEGER, name TEXT!, url TEXT!, description TEXT!, " + timestamps);
  EXPECT_EQ(columns("tags"), "id INTEGER, label TEXT!, " + timestamps);
  EXPECT_EQ(columns("posts_tags"), "post_id INTEGER!, tag_id INTEGER!, " + timestamps);
  EXPECT_EQ(columns("projects_tags"), "project_id INTEGER!, tag_id INTEGER!, " + timestamps);
  EXPECT_EQ(columns("assets"),
            "id INTEGER, name TEXT!, path TEXT!, data BLOB!, width INTEGER!, height INTEGER!, "
            "content_type TEXT!, type TEXT!, lqip_hash INTEGER, " +
                timestamps);
}

TEST_F(SchemaTest, TheOtherIndexesToo) {
  EXPECT_EQ(indexes("projects"), "projects_name_index!");
  EXPECT_EQ(indexes("tags"), "tags_label_index!");
  EXPECT_EQ(indexes("assets"),
            "assets_lqip_hash_index, assets_name_index!, assets_path_index!, assets_type_index");
  EXPECT_EQ(indexes("posts_tags"),
            "posts_tags_post_id_index, posts_tags_post_id_tag_id_index!, posts_tags_tag_id_index");
  EXPECT_EQ(indexes("projects_tags"),
            "projects_tags_project_id_index, projects_tags_project_id_tag_id_index!, "
            "projects_tags_tag_id_index");
}

TEST_F(SchemaTest, IdsAreNeverUsedAgain) {
  execute("INSERT INTO tags (label, inserted_at, updated_at) VALUES ('a', '', '')");
  execute("DELETE FROM tags");
  execute("INSERT INTO tags (label, inserted_at, updated_at) VALUES ('b', '', '')");
  EXPECT_EQ(number("SELECT id FROM tags"), 2);
}

TEST_F(SchemaTest, LinksGoWithEitherEnd) {
  run("INSERT INTO tags (id, label, inserted_at, updated_at) VALUES (1, 'a', '', ''), "
      "(2, 'b', '', '');"
      "INSERT INTO projects VALUES (1, 'p', 'u', 'd', '', ''), (2, 'q', 'u', 'd', '', '');"
      "INSERT INTO projects_tags VALUES (1, 1, '', ''), (1, 2, '', ''), (2, 2, '', '');");
  EXPECT_EQ(db_.execute("INSERT INTO projects_tags VALUES (1, 1, '', '')").error(), Errc::conflict);
  EXPECT_EQ(db_.execute("INSERT INTO projects_tags VALUES (9, 1, '', '')").error(),
            Errc::constraint);
  execute("DELETE FROM tags WHERE id = 2");
  EXPECT_EQ(number("SELECT count(*) FROM projects_tags"), 1);
  execute("DELETE FROM projects WHERE id = 1");
  EXPECT_EQ(number("SELECT count(*) FROM projects_tags"), 0);
}

TEST_F(SchemaTest, EveryMigrationCanBeUndoneAndDoneAgain) {
  const auto dump = [&] {
    return text(
        "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema "
        "WHERE name NOT LIKE 'sqlite_%' ORDER BY name)");
  };
  const auto migrations = must(Migrations::embedded());
  const auto before = dump();
  auto versions = must(migrations.status(db_)).versions(MigrationState::applied);
  while (!versions.empty()) {
    must(migrations.run(db_, {MigrationDirection::down, versions.back()}));
    versions.pop_back();
  }
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT IN "
                   "('sqlite_sequence', 'schema_migrations', 'coppice_migrations')"),
            0);
  must(migrations.apply_pending(db_));
  EXPECT_EQ(dump(), before);
}

}  // namespace
}  // namespace coppice::db
