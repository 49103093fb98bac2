-- The change feed (db/change_feed.hpp): what each commit changed, by the commit's position. Triggers
-- write it, so that a change is in it however it was made: by a command, an import, or a statement.
--
-- A commit that touches one record twice has one row for it. A record's tags are part of it.
CREATE TABLE "changes" (
  "seq" INTEGER NOT NULL,
  "resource" TEXT NOT NULL,
  "id" INTEGER NOT NULL,
  "op" TEXT NOT NULL CHECK ("op" IN ('insert', 'update', 'delete')),
  "at" TEXT NOT NULL,
  PRIMARY KEY ("seq", "resource", "id")
) WITHOUT ROWID;

-- One row: the feed is whole after this position. What came before it was trimmed, or happened
-- before there was a feed.
CREATE TABLE "coppice_changes_trimmed" (
  "id" INTEGER PRIMARY KEY CHECK ("id" = 1),
  "seq" INTEGER NOT NULL
);

INSERT INTO "coppice_changes_trimmed" ("id", "seq") SELECT 1, "sequence" FROM "coppice_position";

-- Every trigger below reports through here. The commit at work is the one after the last position.
CREATE VIEW "coppice_change_now" AS
  SELECT "sequence" + 1 AS "seq", strftime('%Y-%m-%dT%H:%M:%S', 'now') AS "at"
    FROM "coppice_position";

CREATE TRIGGER "changes_posts_inserted" AFTER INSERT ON posts BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'posts', NEW.id, 'insert', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = iif(op = 'delete', 'update', op);
END;

CREATE TRIGGER "changes_posts_updated" AFTER UPDATE ON posts BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'posts', NEW.id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_posts_deleted" AFTER DELETE ON posts BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'posts', OLD.id, 'delete', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = 'delete';
END;

CREATE TRIGGER "changes_projects_inserted" AFTER INSERT ON projects BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'projects', NEW.id, 'insert', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = iif(op = 'delete', 'update', op);
END;

CREATE TRIGGER "changes_projects_updated" AFTER UPDATE ON projects BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'projects', NEW.id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_projects_deleted" AFTER DELETE ON projects BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'projects', OLD.id, 'delete', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = 'delete';
END;

CREATE TRIGGER "changes_tags_inserted" AFTER INSERT ON tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', NEW.id, 'insert', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = iif(op = 'delete', 'update', op);
END;

CREATE TRIGGER "changes_tags_updated" AFTER UPDATE ON tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', NEW.id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_deleted" AFTER DELETE ON tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', OLD.id, 'delete', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = 'delete';
END;

CREATE TRIGGER "changes_assets_inserted" AFTER INSERT ON assets BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'assets', NEW.id, 'insert', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = iif(op = 'delete', 'update', op);
END;

CREATE TRIGGER "changes_assets_updated" AFTER UPDATE ON assets BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'assets', NEW.id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_assets_deleted" AFTER DELETE ON assets BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'assets', OLD.id, 'delete', at FROM coppice_change_now WHERE true
    ON CONFLICT DO UPDATE SET op = 'delete';
END;

CREATE TRIGGER "changes_posts_tagged" AFTER INSERT ON posts_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'posts', NEW.post_id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_posts_untagged" AFTER DELETE ON posts_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'posts', OLD.post_id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_projects_tagged" AFTER INSERT ON projects_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'projects', NEW.project_id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_projects_untagged" AFTER DELETE ON projects_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'projects', OLD.project_id, 'update', at FROM coppice_change_now WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_posts_tag_renamed" AFTER UPDATE OF label ON tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'posts', post_id, 'update', at
      FROM coppice_change_now JOIN posts_tags ON tag_id = NEW.id WHERE true
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_projects_tag_renamed" AFTER UPDATE OF label ON tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'projects', project_id, 'update', at
      FROM coppice_change_now JOIN projects_tags ON tag_id = NEW.id WHERE true
    ON CONFLICT DO NOTHING;
END;
