// A database as an Ecto application leaves it: its tables, a few rows, and its own search triggers.
// Its last step is later than any of ours.
export const ECTO_DATABASE = `
CREATE TABLE IF NOT EXISTS "schema_migrations" ("version" INTEGER PRIMARY KEY, "inserted_at" TEXT);
CREATE TABLE IF NOT EXISTS "posts" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "title" TEXT NOT NULL, "body" TEXT NOT NULL, "raw_body" TEXT NOT NULL, "slug" TEXT NOT NULL, "excerpt" TEXT, "description" TEXT, "reading_time_minutes" INTEGER NOT NULL, "is_draft" INTEGER DEFAULT false NOT NULL, "published_at" TEXT, "headings" TEXT NOT NULL, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL, "permalinks" TEXT DEFAULT ('[]'));
CREATE UNIQUE INDEX "posts_slug_index" ON "posts" ("slug");
CREATE INDEX "posts_is_draft_index" ON "posts" ("is_draft");
CREATE INDEX "posts_published_at_index" ON "posts" ("published_at");
CREATE TABLE IF NOT EXISTS "tags" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "label" TEXT NOT NULL, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE UNIQUE INDEX "tags_label_index" ON "tags" ("label");
CREATE TABLE IF NOT EXISTS "posts_tags" ("post_id" INTEGER NOT NULL CONSTRAINT "posts_tags_post_id_fkey" REFERENCES "posts"("id") ON DELETE CASCADE, "tag_id" INTEGER NOT NULL CONSTRAINT "posts_tags_tag_id_fkey" REFERENCES "tags"("id") ON DELETE CASCADE, "inserted_at" TEXT NOT NULL, "updated_at" TEXT NOT NULL);
CREATE VIRTUAL TABLE posts_fts USING fts5(post_id UNINDEXED, title, raw_body, excerpt, tags, tokenize='porter unicode61');
CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN INSERT INTO posts_fts(post_id, title, raw_body, excerpt, tags) VALUES (new.id, new.title, new.raw_body, new.excerpt, ''); END;
INSERT INTO schema_migrations VALUES
  (20251204090845, '2025-12-04T09:20:11'), (20251204093012, '2025-12-04T09:30:30'),
  (20251204093347, '2025-12-04T09:34:00'), (20251216120543, '2025-12-16T12:10:00'),
  (20260301000000, '2026-03-01T00:00:10');
INSERT INTO tags VALUES (3, 'woods', '2025-12-04T10:00:00', '2025-12-04T10:00:00');
INSERT INTO posts VALUES (11, 'Oak', '<p>Acorns</p>', 'Acorns', 'oak', '<p>Acorns</p>', NULL, 1, 0,
  '2025-12-04T10:00:00', '[{"link":"oak","title":"Oak","level":1}]',
  '2025-12-04T10:00:00', '2025-12-04T10:00:00', '["old-oak"]');
INSERT INTO posts_tags VALUES (11, 3, '2025-12-04T10:00:00', '2025-12-04T10:00:00');
`;
