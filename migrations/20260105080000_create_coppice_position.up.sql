-- One row: how far this database's history has come (db/position.hpp). The first epoch is the
-- time of creation, so that two databases made from the same files don't share their positions.
CREATE TABLE "coppice_position" (
  "id" INTEGER PRIMARY KEY CHECK ("id" = 1),
  "epoch" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL
);

INSERT INTO "coppice_position" ("id", "epoch", "sequence")
VALUES (1, CAST(strftime('%s', 'now') AS INTEGER), 0);
