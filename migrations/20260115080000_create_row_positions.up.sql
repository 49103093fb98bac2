-- The position of each record's last change (app/content/resource/row_position.hpp): what its ETag
-- says. The row with id 0 has that of a resource as a whole, for lists.
--
-- One trigger on the change feed keeps it, so every resource whose triggers write there has
-- positions. BEFORE INSERT fires even when the feed has the record's row of this commit already; so
-- "touch" tells apart what two commands of one commit made of a record.
CREATE TABLE "coppice_row_positions" (
  "resource" TEXT NOT NULL,
  "id" INTEGER NOT NULL,
  "epoch" INTEGER NOT NULL,
  "seq" INTEGER NOT NULL,
  "touch" INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY ("resource", "id")
) WITHOUT ROWID;

INSERT INTO "coppice_row_positions" ("resource", "id", "epoch", "seq")
  SELECT 'posts', "posts"."id", "epoch", "sequence" FROM "coppice_position", "posts";
INSERT INTO "coppice_row_positions" ("resource", "id", "epoch", "seq")
  SELECT 'projects', "projects"."id", "epoch", "sequence" FROM "coppice_position", "projects";
INSERT INTO "coppice_row_positions" ("resource", "id", "epoch", "seq")
  SELECT 'tags', "tags"."id", "epoch", "sequence" FROM "coppice_position", "tags";
INSERT INTO "coppice_row_positions" ("resource", "id", "epoch", "seq")
  SELECT 'assets', "assets"."id", "epoch", "sequence" FROM "coppice_position", "assets";
INSERT INTO "coppice_row_positions" ("resource", "id", "epoch", "seq")
  SELECT "column1", 0, "epoch", "sequence"
    FROM "coppice_position", (VALUES ('posts'), ('projects'), ('tags'), ('assets'));

CREATE TRIGGER "coppice_row_positions_row" BEFORE INSERT ON "changes" BEGIN
  DELETE FROM coppice_row_positions
   WHERE resource = NEW.resource AND id = NEW.id AND NEW.op = 'delete';
  INSERT INTO coppice_row_positions (resource, id, epoch, seq)
    SELECT NEW.resource, NEW.id, epoch, NEW.seq FROM coppice_position WHERE NEW.op <> 'delete'
    ON CONFLICT DO UPDATE SET
      touch = iif(epoch = excluded.epoch AND seq = excluded.seq, touch + 1, 0),
      epoch = excluded.epoch,
      seq = excluded.seq;
END;

CREATE TRIGGER "coppice_row_positions_resource" BEFORE INSERT ON "changes" BEGIN
  INSERT INTO coppice_row_positions (resource, id, epoch, seq)
    SELECT NEW.resource, 0, epoch, NEW.seq FROM coppice_position WHERE true
    ON CONFLICT DO UPDATE SET
      touch = iif(epoch = excluded.epoch AND seq = excluded.seq, touch + 1, 0),
      epoch = excluded.epoch,
      seq = excluded.seq;
END;
