-- What each record was like before a commit changed it, as far as followers of changes ask: whether
-- it was hidden, its tags, the fields that can be filtered by (app/changes/facts.hpp). So they can be
-- told of what starts or stops to match without a memory of every record.
--
-- A record of a commit that has no row here was not there before.
CREATE TABLE "coppice_facts_before" (
  "seq" INTEGER NOT NULL,
  "resource" TEXT NOT NULL,
  "id" INTEGER NOT NULL,
  "facts" TEXT NOT NULL,
  PRIMARY KEY ("seq", "resource", "id")
) WITHOUT ROWID;

-- Of the changes so far nobody knows: the feed begins anew.
DELETE FROM "changes" WHERE "seq" <= (SELECT "sequence" FROM "coppice_position");
UPDATE "coppice_changes_trimmed" SET "seq" = (SELECT "sequence" FROM "coppice_position");

CREATE VIEW "coppice_posts_facts" AS
  SELECT id, json_object(
           'slug', slug, 'is_draft', is_draft,
           'tags', json((SELECT json_group_array(label) FROM posts_tags JOIN tags ON tags.id = tag_id
                          WHERE post_id = posts.id))) AS facts
    FROM posts;

CREATE VIEW "coppice_projects_facts" AS
  SELECT id, json_object(
           'name', name,
           'tags', json((SELECT json_group_array(label) FROM projects_tags JOIN tags ON tags.id = tag_id
                          WHERE project_id = projects.id))) AS facts
    FROM projects;

CREATE VIEW "coppice_tags_facts" AS
  SELECT id, json_object('label', label) AS facts
    FROM tags;

CREATE VIEW "coppice_assets_facts" AS
  SELECT id, json_object('name', name, 'type', type) AS facts
    FROM assets;

-- Each looks before its statement does anything, and takes the first look of a commit: where the feed
-- has the record already, that look was taken, or there was nothing to see.
--
-- A tag's end and its new name change the records that carry it.
CREATE TRIGGER "facts_posts_updated" BEFORE UPDATE ON posts BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_posts_deleted" BEFORE DELETE ON posts BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_projects_updated" BEFORE UPDATE ON projects BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_projects_deleted" BEFORE DELETE ON projects BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_updated" BEFORE UPDATE ON tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_change_now, coppice_tags_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'tags' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_deleted" BEFORE DELETE ON tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_change_now, coppice_tags_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'tags' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id IN (SELECT post_id FROM posts_tags WHERE tag_id = OLD.id)
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id IN (SELECT project_id FROM projects_tags WHERE tag_id = OLD.id)
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_assets_updated" BEFORE UPDATE ON assets BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'assets', id, facts FROM coppice_change_now, coppice_assets_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'assets' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_assets_deleted" BEFORE DELETE ON assets BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'assets', id, facts FROM coppice_change_now, coppice_assets_facts f
     WHERE id = OLD.id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'assets' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_renamed" BEFORE UPDATE OF label ON tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id IN (SELECT post_id FROM posts_tags WHERE tag_id = OLD.id)
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id IN (SELECT project_id FROM projects_tags WHERE tag_id = OLD.id)
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_posts_tagged" BEFORE INSERT ON posts_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id = NEW.post_id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_posts_untagged" BEFORE DELETE ON posts_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id = OLD.post_id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_posts_relinked" BEFORE UPDATE OF post_id, tag_id ON posts_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'posts', id, facts FROM coppice_change_now, coppice_posts_facts f
     WHERE id IN (OLD.post_id, NEW.post_id)
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'posts' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_projects_tagged" BEFORE INSERT ON projects_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id = NEW.project_id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_projects_untagged" BEFORE DELETE ON projects_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id = OLD.project_id
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_projects_relinked" BEFORE UPDATE OF project_id, tag_id ON projects_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'projects', id, facts FROM coppice_change_now, coppice_projects_facts f
     WHERE id IN (OLD.project_id, NEW.project_id)
       AND NOT EXISTS (SELECT 1 FROM changes c
                        WHERE c.seq = coppice_change_now.seq AND c.resource = 'projects' AND c.id = f.id)
    ON CONFLICT DO NOTHING;
END;
