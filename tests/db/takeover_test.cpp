// A database that an Ecto application made is continued as it is.
#include <algorithm>

#include "db/database_fixture.hpp"
#include "db/migration_plan.hpp"

namespace coppice::db {
namespace {

// Written by hand in the form in which ecto_sqlite3 writes its schema; with search triggers of the
// application's own, and steps that are not among ours.
constexpr std::string_view kEctoSchema = R"sql(
CREATE TABLE IF NOT EXISTS "schema_migrations" ("version" INTEGER PRIMARY KEY, "inserted_at" TEXT);
CREATE TABLE IF NOT EXISTS "posts" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL, "body" TEXT NOT NULL, "raw_body" TEXT NOT NULL, "slug" TEXT NOT NULL, "excerpt" TEXT, "description" TEXT, "reading_time_minutes" INTEGER NOT NULL, "is_draft" INTEGER DEFAULT false NOT NULL, "published_at" TEXT, "headings" TEXT NOT NULL, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL, "permalinks" TEXT DEFAULT ('[]'));
CREATE UNIQUE INDEX "posts_slug_index" ON "posts" ("slug");
CREATE INDEX "posts_is_draft_index" ON "posts" ("is_draft");
CREATE INDEX "posts_published_at_index" ON "posts" ("published_at");
CREATE TABLE IF NOT EXISTS "tags" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "label" TEXT NOT NULL, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE UNIQUE INDEX "tags_label_index" ON "tags" ("label");
CREATE TABLE IF NOT EXISTS "posts_tags" ("post_id" INTEGER NOT NULL CONSTRAINT "posts_tags_post_id_fkey" REFERENCES "posts"("id") ON DELETE CASCADE, "tag_id" INTEGER NOT NULL CONSTRAINT "posts_tags_tag_id_fkey" REFERENCES "tags"("id") ON DELETE CASCADE, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE INDEX "posts_tags_post_id_index" ON "posts_tags" ("post_id");
CREATE INDEX "posts_tags_tag_id_index" ON "posts_tags" ("tag_id");
CREATE UNIQUE INDEX "posts_tags_post_id_tag_id_index" ON "posts_tags" ("post_id", "tag_id");
CREATE TABLE IF NOT EXISTS "projects" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL, "url" TEXT NOT NULL, "description" TEXT NOT NULL, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE UNIQUE INDEX "projects_name_index" ON "projects" ("name");
CREATE TABLE IF NOT EXISTS "projects_tags" ("project_id" INTEGER NOT NULL CONSTRAINT "projects_tags_project_id_fkey" REFERENCES "projects"("id") ON DELETE CASCADE, "tag_id" INTEGER NOT NULL CONSTRAINT "projects_tags_tag_id_fkey" REFERENCES "tags"("id") ON DELETE CASCADE, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE INDEX "projects_tags_project_id_index" ON "projects_tags" ("project_id");
CREATE INDEX "projects_tags_tag_id_index" ON "projects_tags" ("tag_id");
CREATE UNIQUE INDEX "projects_tags_project_id_tag_id_index" ON "projects_tags" ("project_id", "tag_id");
CREATE TABLE IF NOT EXISTS "assets" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "name" TEXT NOT NULL, "path" TEXT NOT NULL, "data" BLOB NOT NULL, "width" INTEGER NOT NULL, "height" INTEGER NOT NULL, "content_type" TEXT NOT NULL, "type" TEXT NOT NULL, "lqip_hash" INTEGER, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE UNIQUE INDEX "assets_name_index" ON "assets" ("name");
CREATE UNIQUE INDEX "assets_path_index" ON "assets" ("path");
CREATE INDEX "assets_type_index" ON "assets" ("type");
CREATE INDEX "assets_lqip_hash_index" ON "assets" ("lqip_hash");
CREATE VIRTUAL TABLE posts_fts USING fts5(post_id UNINDEXED, title, raw_body, excerpt, tags, tokenize='porter unicode61');
CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN INSERT INTO posts_fts(post_id, title, raw_body, excerpt, tags) VALUES (new.id, new.title, new.raw_body, new.excerpt, ''); END;
CREATE TRIGGER posts_ad AFTER DELETE ON posts BEGIN DELETE FROM posts_fts WHERE post_id = old.id; END;
CREATE VIRTUAL TABLE projects_fts USING fts5(project_id UNINDEXED, name, description, tags, tokenize='porter unicode61');

INSERT INTO schema_migrations VALUES
  (20251204090845, '2025-12-04T09:20:11'), (20251205111111, '2025-12-05T11:30:00'),
  (20251216120543, '2025-12-16T12:10:00'), (20260301000000, '2026-03-01T00:00:10');
INSERT INTO tags VALUES (3, 'woods', '2025-12-04T10:00:00', '2025-12-04T10:00:00');
INSERT INTO posts VALUES (11, 'Oak', '<p>Body</p>', 'Body', 'oak', '<p>Body</p>', NULL, 1, 0,
  '2025-12-04T10:00:00', '[{"link":"oak","title":"Oak","level":1}]',
  '2025-12-04T10:00:00', '2025-12-04T10:00:00', '["old-oak"]');
INSERT INTO posts_tags VALUES (11, 3, '2025-12-04T10:00:00', '2025-12-04T10:00:00');
INSERT INTO projects VALUES (5, 'Coppice', 'https://example.org', 'Grows back',
  '2025-12-04T10:00:00', '2025-12-04T10:00:00');
)sql";

class TakeoverTest : public DatabaseTest {
 protected:
  TakeoverTest() { run(kEctoSchema); }
  Migrations migrations_ = must(Migrations::embedded());
};

TEST_F(TakeoverTest, WhatEctoRanIsNotRunAgain) {
  const auto status = must(migrations_.status(db_));
  EXPECT_EQ(status.versions(MigrationState::applied),
            (std::vector<std::int64_t>{20251204090845, 20251216120543}));
  EXPECT_EQ(status.versions(MigrationState::foreign),
            (std::vector<std::int64_t>{20251205111111, 20260301000000}));
  EXPECT_TRUE(status.versions(MigrationState::newer).empty());
  EXPECT_TRUE(status.warnings().empty());
}

TEST_F(TakeoverTest, KeepsEveryRowAndEctosRecord) {
  constexpr std::string_view kTheirs =
      "SELECT group_concat(sql) FROM (SELECT sql FROM sqlite_schema WHERE "
      "tbl_name IN ('posts', 'tags') AND type <> 'trigger' AND name <> 'posts_permalinks_index' "
      "ORDER BY name)";
  const auto before = text(kTheirs);
  must(migrations_.apply_pending(db_));
  EXPECT_EQ(text("SELECT title || slug || permalinks || inserted_at FROM posts WHERE id = 11"),
            "Oakoak[\"old-oak\"]2025-12-04T10:00:00");
  EXPECT_EQ(number("SELECT count(*) FROM posts_tags"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM projects"), 1);
  EXPECT_EQ(text("SELECT inserted_at FROM schema_migrations WHERE version = 20251205111111"),
            "2025-12-05T11:30:00");
  EXPECT_EQ(text(kTheirs), before);
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
}

TEST_F(TakeoverTest, AStepOfTheApplicationsThatIsLaterThanOursIsNoObstacle) {
  must(migrations_.apply_pending(db_));
  EXPECT_TRUE(must(migrations_.apply_pending(db_)).ran.empty());
  EXPECT_EQ(text("SELECT inserted_at FROM schema_migrations WHERE version = 20260301000000"),
            "2026-03-01T00:00:10");
}

TEST_F(TakeoverTest, WhatEctoRanIsNeverReportedAsEditedNorUndone) {
  must(migrations_.apply_pending(db_));
  const auto status = must(migrations_.status(db_));
  EXPECT_TRUE(status.warnings().empty());
  const auto undone = must(plan_down(migrations_, status, 100));
  EXPECT_EQ(std::ranges::count(undone, 20251204090845, &MigrationStep::version), 0);
  EXPECT_EQ(plan_to(migrations_, status, 0).error(), actors::Errc::forbidden);
}

TEST_F(TakeoverTest, TheSearchIndexKnowsTheOldRowsAndTheirTags) {
  must(migrations_.apply_pending(db_));
  EXPECT_EQ(number("SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'oak AND tags:wood'"), 11);
  EXPECT_EQ(number("SELECT rowid FROM projects_fts WHERE projects_fts MATCH 'grow'"), 5);
}

TEST_F(TakeoverTest, TheApplicationsOwnTriggersDontIndexASecondTime) {
  must(migrations_.apply_pending(db_));
  execute(
      "INSERT INTO posts (title, body, raw_body, slug, reading_time_minutes, headings, "
      "inserted_at, updated_at) VALUES ('Ash', '', '', 'ash', 1, '[]', '', '')");
  EXPECT_EQ(number("SELECT count(*) FROM posts_fts WHERE posts_fts MATCH 'ash'"), 1);
  EXPECT_EQ(number("SELECT last_insert_rowid()"), 12);
}

}  // namespace
}  // namespace coppice::db
