-- Any path of one segment is looked up among the permalinks. Few posts have some, and the index has
-- only these, with all that the lookup reads.
CREATE INDEX "posts_permalinks_index" ON "posts" ("permalinks", "is_draft", "slug")
  WHERE "permalinks" <> '[]';
