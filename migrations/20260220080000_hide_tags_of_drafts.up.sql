-- The public sees a tag only if something that it sees carries it: else the tags of drafts would tell of
-- drafts. So what a tag is to the public changes with posts and projects, and the change feed says so.

-- Which tags were hidden before nobody knows: the feed begins anew.
DELETE FROM "changes" WHERE "seq" <= (SELECT "sequence" FROM "coppice_position");
DELETE FROM "coppice_facts_before" WHERE "seq" <= (SELECT "sequence" FROM "coppice_position");
UPDATE "coppice_changes_trimmed" SET "seq" = (SELECT "sequence" FROM "coppice_position");

DROP VIEW "coppice_tags_facts";
CREATE VIEW "coppice_tags_facts" AS
  SELECT id, json_object(
           'label', label,
           'is_hidden', NOT (EXISTS (SELECT 1 FROM posts_tags l JOIN posts o ON o.id = l.post_id
                                      WHERE l.tag_id = tags.id AND NOT o.is_draft)
                             OR EXISTS (SELECT 1 FROM projects_tags l WHERE l.tag_id = tags.id))) AS facts
    FROM tags;

-- Tags that the commit at work has not changed so far, for the first look at them.
CREATE VIEW "coppice_tags_found" AS
  SELECT n.seq, f.id, f.facts
    FROM coppice_change_now n, coppice_tags_facts f
   WHERE NOT EXISTS (SELECT 1 FROM changes c
                      WHERE c.seq = n.seq AND c.resource = 'tags' AND c.id = f.id);

-- Tags that are something else by now than the commit at work has found them.
CREATE VIEW "coppice_tags_altered" AS
  SELECT n.seq, f.id, n.at
    FROM coppice_change_now n, coppice_tags_facts f
    JOIN coppice_facts_before b ON b.seq = n.seq AND b.resource = 'tags' AND b.id = f.id
   WHERE b.facts <> f.facts;

CREATE TRIGGER "facts_tags_posts_tagged" BEFORE INSERT ON posts_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id = NEW.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_posts_tagged" AFTER INSERT ON posts_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id = NEW.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_posts_untagged" BEFORE DELETE ON posts_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id = OLD.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_posts_untagged" AFTER DELETE ON posts_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id = OLD.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_posts_relinked" BEFORE UPDATE OF post_id, tag_id ON posts_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id IN (OLD.tag_id, NEW.tag_id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_posts_relinked" AFTER UPDATE OF post_id, tag_id ON posts_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id IN (OLD.tag_id, NEW.tag_id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_projects_tagged" BEFORE INSERT ON projects_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id = NEW.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_projects_tagged" AFTER INSERT ON projects_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id = NEW.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_projects_untagged" BEFORE DELETE ON projects_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id = OLD.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_projects_untagged" AFTER DELETE ON projects_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id = OLD.tag_id
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_projects_relinked" BEFORE UPDATE OF project_id, tag_id ON projects_tags BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id IN (OLD.tag_id, NEW.tag_id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_projects_relinked" AFTER UPDATE OF project_id, tag_id ON projects_tags BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id IN (OLD.tag_id, NEW.tag_id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "facts_tags_posts_drafted" BEFORE UPDATE OF is_draft ON posts WHEN OLD.is_draft IS NOT NEW.is_draft BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id IN (SELECT tag_id FROM posts_tags WHERE post_id = OLD.id)
    ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER "changes_tags_posts_drafted" AFTER UPDATE OF is_draft ON posts WHEN OLD.is_draft IS NOT NEW.is_draft BEGIN
  INSERT INTO changes (seq, resource, id, op, at)
    SELECT seq, 'tags', id, 'update', at FROM coppice_tags_altered WHERE id IN (SELECT tag_id FROM posts_tags WHERE post_id = OLD.id)
    ON CONFLICT DO NOTHING;
END;

-- Before its links go: they show nothing any more without it.
CREATE TRIGGER "facts_tags_posts_deleted" BEFORE DELETE ON posts BEGIN
  INSERT INTO coppice_facts_before (seq, resource, id, facts)
    SELECT seq, 'tags', id, facts FROM coppice_tags_found WHERE id IN (SELECT tag_id FROM posts_tags WHERE post_id = OLD.id)
    ON CONFLICT DO NOTHING;
END;
