// The same routes over the same database, as one writes them in Bun: bun server.mjs DATABASE
// Prints its port and ends with its input.
import { Database } from "bun:sqlite";

const db = new Database(process.argv[2]);
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
db.exec("CREATE TABLE IF NOT EXISTS bench_notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");

const withRelations = (post) => ({
  ...post,
  is_draft: post.is_draft === 1,
  headings: JSON.parse(post.headings),
  permalinks: JSON.parse(post.permalinks),
  tags: tagsOf.all(post.id).map((tag) => tag.label),
});

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  routes: {
    "/api/health": () => Response.json({ status: "ok", app: "bun" }),
    "/api/posts": (request) => {
      const limit = Number(new URL(request.url).searchParams.get("limit") ?? 20);
      return Response.json({ data: newest.all(limit).map(withRelations) });
    },
    "/api/posts/:slug": (request) => {
      const post = bySlug.get(request.params.slug);
      if (!post) return new Response(null, { status: 404 });
      return Response.json({ data: withRelations(post) });
    },
    "/api/search": (request) => {
      const query = new URL(request.url).searchParams.get("q") ?? "";
      return Response.json({ data: search.all(query) });
    },
  },
});
console.log(server.port);
process.stdin.on("end", () => process.exit(0)).resume();
