-- coppice:drop-triggers projects_fts
--
-- Full-text search over projects. A database that is taken over may have an index of this name
-- already, with row ids and triggers of its own; everything in it derives from the rows, so it is
-- made anew. The row id is the project's id: to find a row by an unindexed column, SQLite would
-- have to read the whole index.

DROP TABLE IF EXISTS projects_fts;

CREATE VIRTUAL TABLE projects_fts
  USING fts5(project_id UNINDEXED, name, description, tags, tokenize = 'porter unicode61');

-- What the index says about each row; every trigger below copies from here.
CREATE VIEW projects_fts_source AS
  SELECT
    projects.id AS project_id,
    projects.name,
    projects.description,
    coalesce(
      (SELECT group_concat(label, ', ')
         FROM (SELECT tags.label AS label
                 FROM projects_tags JOIN tags ON tags.id = projects_tags.tag_id
                WHERE projects_tags.project_id = projects.id
                ORDER BY tags.label)),
      '') AS tags
  FROM projects;

INSERT INTO projects_fts (rowid, project_id, name, description, tags)
  SELECT project_id, project_id, name, description, tags FROM projects_fts_source;

CREATE TRIGGER projects_fts_row_inserted AFTER INSERT ON projects BEGIN
  DELETE FROM projects_fts WHERE rowid = NEW.id;
  INSERT INTO projects_fts (rowid, project_id, name, description, tags)
    SELECT project_id, project_id, name, description, tags
      FROM projects_fts_source
     WHERE project_id = NEW.id;
END;

CREATE TRIGGER projects_fts_row_updated AFTER UPDATE OF id, name, description ON projects
WHEN OLD.id IS NOT NEW.id
  OR OLD.name IS NOT NEW.name
  OR OLD.description IS NOT NEW.description
BEGIN
  DELETE FROM projects_fts WHERE rowid = OLD.id;
  DELETE FROM projects_fts WHERE rowid = NEW.id;
  INSERT INTO projects_fts (rowid, project_id, name, description, tags)
    SELECT project_id, project_id, name, description, tags
      FROM projects_fts_source
     WHERE project_id = NEW.id;
END;

CREATE TRIGGER projects_fts_row_deleted AFTER DELETE ON projects BEGIN
  DELETE FROM projects_fts WHERE rowid = OLD.id;
END;

CREATE TRIGGER projects_fts_tag_linked AFTER INSERT ON projects_tags BEGIN
  DELETE FROM projects_fts WHERE rowid = NEW.project_id;
  INSERT INTO projects_fts (rowid, project_id, name, description, tags)
    SELECT project_id, project_id, name, description, tags
      FROM projects_fts_source
     WHERE project_id = NEW.project_id;
END;

CREATE TRIGGER projects_fts_tag_unlinked AFTER DELETE ON projects_tags BEGIN
  DELETE FROM projects_fts WHERE rowid = OLD.project_id;
  INSERT INTO projects_fts (rowid, project_id, name, description, tags)
    SELECT project_id, project_id, name, description, tags
      FROM projects_fts_source
     WHERE project_id = OLD.project_id;
END;

CREATE TRIGGER projects_fts_tag_relinked AFTER UPDATE OF project_id, tag_id ON projects_tags BEGIN
  DELETE FROM projects_fts WHERE rowid IN (OLD.project_id, NEW.project_id);
  INSERT INTO projects_fts (rowid, project_id, name, description, tags)
    SELECT project_id, project_id, name, description, tags
      FROM projects_fts_source
     WHERE project_id IN (OLD.project_id, NEW.project_id);
END;

CREATE TRIGGER projects_fts_tag_renamed AFTER UPDATE OF label ON tags
WHEN OLD.label IS NOT NEW.label
BEGIN
  DELETE FROM projects_fts
   WHERE rowid IN (SELECT project_id FROM projects_tags WHERE tag_id = NEW.id);
  INSERT INTO projects_fts (rowid, project_id, name, description, tags)
    SELECT project_id, project_id, name, description, tags
      FROM projects_fts_source
     WHERE project_id IN (SELECT project_id FROM projects_tags WHERE tag_id = NEW.id);
END;
