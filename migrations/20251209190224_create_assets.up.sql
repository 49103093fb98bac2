CREATE TABLE IF NOT EXISTS "assets" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "name" TEXT NOT NULL,
  "path" TEXT NOT NULL,
  "data" BLOB NOT NULL,
  "width" INTEGER NOT NULL,
  "height" INTEGER NOT NULL,
  "content_type" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "lqip_hash" INTEGER,
  "inserted_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS "assets_name_index" ON "assets" ("name");
CREATE UNIQUE INDEX IF NOT EXISTS "assets_path_index" ON "assets" ("path");
CREATE INDEX IF NOT EXISTS "assets_type_index" ON "assets" ("type");
CREATE INDEX IF NOT EXISTS "assets_lqip_hash_index" ON "assets" ("lqip_hash");
