-- The last crashes (app/crashes). Times are milliseconds since 1970. Equal ones that come soon after
-- each other are one row: "count" says how many. What is long comes last, so that looking for the
-- rest doesn't read it.
CREATE TABLE "coppice_crashes" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "at" INTEGER NOT NULL,
  "last_at" INTEGER NOT NULL,
  "count" INTEGER NOT NULL,
  "fingerprint" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "path" TEXT NOT NULL,
  "pid" TEXT NOT NULL,
  "incarnation" INTEGER NOT NULL,
  "actor" TEXT NOT NULL,
  "message" TEXT NOT NULL,
  "exception" TEXT NOT NULL,
  "mailbox" INTEGER NOT NULL,
  "handled" INTEGER NOT NULL,
  "version" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "stack" TEXT NOT NULL
);

CREATE INDEX "coppice_crashes_fingerprint_index" ON "coppice_crashes" ("fingerprint", "id");
