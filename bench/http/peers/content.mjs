// What the peers' programs do with the database, whatever opens it: `content(db)`.
export function content(db) {
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");

  const tagsOf = db.prepare(
    "SELECT t.label FROM tags t JOIN posts_tags pt ON pt.tag_id = t.id WHERE pt.post_id = ? ORDER BY t.label",
  );
  const bySlug = db.prepare("SELECT * FROM posts WHERE slug = ? AND is_draft = 0");
  const newest = db.prepare(
    `SELECT id, title, slug, excerpt, description, reading_time_minutes, is_draft, published_at, headings, permalinks
     FROM posts WHERE NOT is_draft ORDER BY published_at DESC, id DESC LIMIT ?`,
  );
  const search = db.prepare(
    `SELECT p.id, p.title, p.slug, snippet(posts_fts, 2, '<mark>', '</mark>', '…', 24) AS snippet
     FROM posts_fts JOIN posts p ON p.id = posts_fts.post_id
     WHERE posts_fts MATCH ? AND p.is_draft = 0 ORDER BY bm25(posts_fts) LIMIT 20`,
  );
  const userOf = db.prepare(
    `SELECT u.id, u.role FROM coppice_api_tokens t JOIN coppice_users u ON u.id = t.user_id
     WHERE t.token_hash = ? AND u.disabled_at IS NULL
       AND (t.expires_at IS NULL OR t.expires_at > unixepoch())`,
  );
  const createTag = db.prepare(
    `INSERT INTO tags (label, inserted_at, updated_at)
     VALUES (?, strftime('%Y-%m-%dT%H:%M:%S', 'now'), strftime('%Y-%m-%dT%H:%M:%S', 'now'))
     RETURNING id, label, inserted_at, updated_at`,
  );
  // What each of Coppice's commits does: the change feed's rows, which triggers write, have it.
  const nextPosition = db.prepare("UPDATE coppice_position SET sequence = sequence + 1");
  const create = db.transaction((label) => {
    const tag = createTag.get(label);
    nextPosition.run();
    return tag;
  });

  const withRelations = (post) => ({
    ...post,
    is_draft: post.is_draft === 1,
    headings: JSON.parse(post.headings),
    permalinks: JSON.parse(post.permalinks),
    tags: tagsOf.all(post.id).map((tag) => tag.label),
  });

  return { bySlug, create, newest, search, userOf, withRelations };
}
