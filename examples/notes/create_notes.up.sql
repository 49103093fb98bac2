CREATE TABLE "notes" (
  "id" INTEGER PRIMARY KEY AUTOINCREMENT,
  "title" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "is_private" INTEGER DEFAULT 0 NOT NULL,
  "due_at" TEXT,
  "inserted_at" TEXT NOT NULL,
  "updated_at" TEXT NOT NULL
);
CREATE UNIQUE INDEX "notes_title_index" ON "notes" ("title");
CREATE INDEX "notes_due_at_index" ON "notes" ("due_at");

-- Full-text search: the row id is the note's id.
CREATE VIRTUAL TABLE "notes_fts"
  USING fts5(note_id UNINDEXED, title, text, tokenize = 'porter unicode61');
CREATE TRIGGER "notes_fts_inserted" AFTER INSERT ON "notes" BEGIN
  INSERT INTO notes_fts (rowid, note_id, title, text) VALUES (NEW.id, NEW.id, NEW.title, NEW.text);
END;
CREATE TRIGGER "notes_fts_updated" AFTER UPDATE OF "title", "text" ON "notes" BEGIN
  UPDATE notes_fts SET title = NEW.title, text = NEW.text WHERE rowid = NEW.id;
END;
CREATE TRIGGER "notes_fts_deleted" AFTER DELETE ON "notes" BEGIN
  DELETE FROM notes_fts WHERE rowid = OLD.id;
END;

-- The change feed; ETags and reload notices follow from it.
CREATE TRIGGER "changes_notes_inserted" AFTER INSERT ON "notes" BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'notes', NEW.id, 'insert', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = iif(op = 'delete', 'update', op);
END;
CREATE TRIGGER "changes_notes_updated" AFTER UPDATE ON "notes" BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'notes', NEW.id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER "changes_notes_deleted" AFTER DELETE ON "notes" BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'notes', OLD.id, 'delete', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = 'delete';
END;

-- What followers of changes ask about, and how it was before each commit.
CREATE VIEW "coppice_notes_facts" AS
  SELECT id, json_object('is_private', is_private) AS facts FROM notes;
CREATE TRIGGER "facts_notes_updated" BEFORE UPDATE ON "notes" BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'notes', id, facts FROM coppice_change_now, coppice_notes_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'notes' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER "facts_notes_deleted" BEFORE DELETE ON "notes" BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'notes', id, facts FROM coppice_change_now, coppice_notes_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'notes' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;
