-- Which file of a content folder each record was imported from last, as it was then
-- (app/content/import_source.hpp): the SHA-256 of its bytes, and the position that the record had
-- from it. So a server that starts again knows what it has imported, and what editors have changed or
-- deleted since.
CREATE TABLE "coppice_imports" (
  "resource" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "file" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "record_position" TEXT NOT NULL,
  "imported_at" TEXT NOT NULL,
  PRIMARY KEY ("resource", "name")
) WITHOUT ROWID;
