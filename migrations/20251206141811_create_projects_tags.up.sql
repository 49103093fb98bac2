CREATE TABLE IF NOT EXISTS "projects_tags" (
  "project_id" INTEGER NOT NULL
    CONSTRAINT "projects_tags_project_id_fkey" REFERENCES "projects" ("id") ON DELETE CASCADE,
  "tag_id" INTEGER NOT NULL
    CONSTRAINT "projects_tags_tag_id_fkey" REFERENCES "tags" ("id") ON DELETE CASCADE,
  "inserted_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS "projects_tags_project_id_index" ON "projects_tags" ("project_id");
CREATE INDEX IF NOT EXISTS "projects_tags_tag_id_index" ON "projects_tags" ("tag_id");
CREATE UNIQUE INDEX IF NOT EXISTS "projects_tags_project_id_tag_id_index"
  ON "projects_tags" ("project_id", "tag_id");
