CREATE TABLE IF NOT EXISTS "posts_tags" (
  "post_id" INTEGER NOT NULL
    CONSTRAINT "posts_tags_post_id_fkey" REFERENCES "posts" ("id") ON DELETE CASCADE,
  "tag_id" INTEGER NOT NULL
    CONSTRAINT "posts_tags_tag_id_fkey" REFERENCES "tags" ("id") ON DELETE CASCADE,
  "inserted_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS "posts_tags_post_id_index" ON "posts_tags" ("post_id");
CREATE INDEX IF NOT EXISTS "posts_tags_tag_id_index" ON "posts_tags" ("tag_id");
CREATE UNIQUE INDEX IF NOT EXISTS "posts_tags_post_id_tag_id_index"
  ON "posts_tags" ("post_id", "tag_id");
