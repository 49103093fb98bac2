-- coppice:drop-triggers posts_fts
--
-- Full-text search over posts. A database that is taken over may have an index of this name
-- already, with row ids and triggers of its own; everything in it derives from the rows, so it is
-- made anew. The row id is the post's id: to find a row by an unindexed column, SQLite would
-- have to read the whole index.

DROP TABLE IF EXISTS posts_fts;

CREATE VIRTUAL TABLE posts_fts
  USING fts5(post_id UNINDEXED, title, raw_body, excerpt, tags, tokenize = 'porter unicode61');

-- What the index says about each row; every trigger below copies from here.
CREATE VIEW posts_fts_source AS
  SELECT
    posts.id AS post_id,
    posts.title,
    posts.raw_body,
    coalesce(posts.excerpt, '') AS excerpt,
    coalesce(
      (SELECT group_concat(label, ', ')
         FROM (SELECT tags.label AS label
                 FROM posts_tags JOIN tags ON tags.id = posts_tags.tag_id
                WHERE posts_tags.post_id = posts.id
                ORDER BY tags.label)),
      '') AS tags
  FROM posts;

INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
  SELECT post_id, post_id, title, raw_body, excerpt, tags FROM posts_fts_source;

CREATE TRIGGER posts_fts_row_inserted AFTER INSERT ON posts BEGIN
  DELETE FROM posts_fts WHERE rowid = NEW.id;
  INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
    SELECT post_id, post_id, title, raw_body, excerpt, tags
      FROM posts_fts_source
     WHERE post_id = NEW.id;
END;

CREATE TRIGGER posts_fts_row_updated AFTER UPDATE OF id, title, raw_body, excerpt ON posts
WHEN OLD.id IS NOT NEW.id
  OR OLD.title IS NOT NEW.title
  OR OLD.raw_body IS NOT NEW.raw_body
  OR OLD.excerpt IS NOT NEW.excerpt
BEGIN
  DELETE FROM posts_fts WHERE rowid = OLD.id;
  DELETE FROM posts_fts WHERE rowid = NEW.id;
  INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
    SELECT post_id, post_id, title, raw_body, excerpt, tags
      FROM posts_fts_source
     WHERE post_id = NEW.id;
END;

CREATE TRIGGER posts_fts_row_deleted AFTER DELETE ON posts BEGIN
  DELETE FROM posts_fts WHERE rowid = OLD.id;
END;

CREATE TRIGGER posts_fts_tag_linked AFTER INSERT ON posts_tags BEGIN
  DELETE FROM posts_fts WHERE rowid = NEW.post_id;
  INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
    SELECT post_id, post_id, title, raw_body, excerpt, tags
      FROM posts_fts_source
     WHERE post_id = NEW.post_id;
END;

CREATE TRIGGER posts_fts_tag_unlinked AFTER DELETE ON posts_tags BEGIN
  DELETE FROM posts_fts WHERE rowid = OLD.post_id;
  INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
    SELECT post_id, post_id, title, raw_body, excerpt, tags
      FROM posts_fts_source
     WHERE post_id = OLD.post_id;
END;

CREATE TRIGGER posts_fts_tag_relinked AFTER UPDATE OF post_id, tag_id ON posts_tags BEGIN
  DELETE FROM posts_fts WHERE rowid IN (OLD.post_id, NEW.post_id);
  INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
    SELECT post_id, post_id, title, raw_body, excerpt, tags
      FROM posts_fts_source
     WHERE post_id IN (OLD.post_id, NEW.post_id);
END;

CREATE TRIGGER posts_fts_tag_renamed AFTER UPDATE OF label ON tags
WHEN OLD.label IS NOT NEW.label
BEGIN
  DELETE FROM posts_fts
   WHERE rowid IN (SELECT post_id FROM posts_tags WHERE tag_id = NEW.id);
  INSERT INTO posts_fts (rowid, post_id, title, raw_body, excerpt, tags)
    SELECT post_id, post_id, title, raw_body, excerpt, tags
      FROM posts_fts_source
     WHERE post_id IN (SELECT post_id FROM posts_tags WHERE tag_id = NEW.id);
END;
