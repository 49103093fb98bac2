CREATE TABLE IF NOT EXISTS "posts" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "body" TEXT NOT NULL,
  "raw_body" TEXT NOT NULL,
  "slug" TEXT NOT NULL,
  "excerpt" TEXT,
  "description" TEXT,
  "reading_time_minutes" INTEGER NOT NULL,
  "is_draft" INTEGER DEFAULT 0 NOT NULL,
  "published_at" TEXT,
  "headings" TEXT NOT NULL,
  "inserted_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS "posts_slug_index" ON "posts" ("slug");
CREATE INDEX IF NOT EXISTS "posts_is_draft_index" ON "posts" ("is_draft");
CREATE INDEX IF NOT EXISTS "posts_published_at_index" ON "posts" ("published_at");
