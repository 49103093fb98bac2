-- How many of the crashes of each row the server that kept them has still to report (app/crashes), so
-- that its next start can. "reporter" is the node that it is, where several have this database; else
-- empty. Where nobody reports crashes there is nothing in it.
CREATE TABLE "coppice_unreported_crashes" (
  "crash_id" INTEGER NOT NULL REFERENCES "coppice_crashes" ("id") ON DELETE CASCADE,
  "reporter" TEXT NOT NULL,
  "count" INTEGER NOT NULL,
  PRIMARY KEY ("crash_id", "reporter")
) WITHOUT ROWID;
