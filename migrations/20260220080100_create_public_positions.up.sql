-- The position of what the public sees of a resource, in the row with the id -1 of
-- coppice_row_positions: what the ETag of its lists says to the public. That of the whole resource
-- moves with drafts as well, and would tell of them. It begins one touch later: lists were answered
-- with the position of the whole resource until now, and may say something else to the public.
INSERT INTO "coppice_row_positions" ("resource", "id", "epoch", "seq", "touch")
  SELECT "resource", -1, "epoch", "seq", "touch" + 1 FROM "coppice_row_positions"
   WHERE "id" = 0 AND "resource" IN ('posts', 'tags');

CREATE TRIGGER "coppice_row_positions_public_posts" BEFORE INSERT ON "changes"
WHEN NEW.resource = 'posts'
 AND (EXISTS (SELECT 1 FROM coppice_posts_facts
               WHERE id = NEW.id AND NOT json_extract(facts, '$.is_draft'))
      OR EXISTS (SELECT 1 FROM coppice_facts_before
                  WHERE seq = NEW.seq AND resource = 'posts' AND id = NEW.id
                    AND NOT json_extract(facts, '$.is_draft')))
BEGIN
  INSERT INTO coppice_row_positions (resource, id, epoch, seq)
    SELECT NEW.resource, -1, epoch, NEW.seq FROM coppice_position WHERE true
    ON CONFLICT DO UPDATE SET
      touch = iif(epoch = excluded.epoch AND seq = excluded.seq, touch + 1, 0),
      epoch = excluded.epoch,
      seq = excluded.seq;
END;

CREATE TRIGGER "coppice_row_positions_public_tags" BEFORE INSERT ON "changes"
WHEN NEW.resource = 'tags'
 AND (EXISTS (SELECT 1 FROM coppice_tags_facts
               WHERE id = NEW.id AND NOT json_extract(facts, '$.is_hidden'))
      OR EXISTS (SELECT 1 FROM coppice_facts_before
                  WHERE seq = NEW.seq AND resource = 'tags' AND id = NEW.id
                    AND NOT json_extract(facts, '$.is_hidden')))
BEGIN
  INSERT INTO coppice_row_positions (resource, id, epoch, seq)
    SELECT NEW.resource, -1, epoch, NEW.seq FROM coppice_position WHERE true
    ON CONFLICT DO UPDATE SET
      touch = iif(epoch = excluded.epoch AND seq = excluded.seq, touch + 1, 0),
      epoch = excluded.epoch,
      seq = excluded.seq;
END;
