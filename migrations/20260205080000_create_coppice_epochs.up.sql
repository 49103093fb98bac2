-- Where each epoch of this database's history began (db/epochs.hpp): after which sequence number.
-- So what a position of an earlier epoch stands for is known to be here, or to be lost.
CREATE TABLE "coppice_epochs" (
  "epoch" INTEGER PRIMARY KEY,
  "began_after" INTEGER NOT NULL
);

INSERT INTO "coppice_epochs" ("epoch", "began_after")
  SELECT "epoch", "sequence" FROM "coppice_position";

-- Also for those who begin one before the migrations have run.
CREATE TRIGGER "coppice_epochs_begin" AFTER UPDATE OF "epoch" ON "coppice_position"
WHEN NEW."epoch" <> OLD."epoch" BEGIN
  INSERT OR REPLACE INTO coppice_epochs (epoch, began_after) VALUES (NEW.epoch, OLD.sequence);
  DELETE FROM coppice_epochs
   WHERE epoch NOT IN (SELECT epoch FROM coppice_epochs ORDER BY epoch DESC LIMIT 64);
END;
