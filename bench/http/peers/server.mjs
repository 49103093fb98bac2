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

const sha256 = (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

const authenticated = (request) => {
  const [scheme, token] = (request.headers.get("authorization") ?? "").split(" ");
  return scheme.toLowerCase() === "bearer" && token ? userOf.get(sha256(token)) : null;
};

const error = (status, errors) => Response.json({ errors }, { status });

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
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
    "/api/tags": {
      POST: async (request) => {
        const user = authenticated(request);
        if (!user) return error(401, { detail: "Unauthorized" });
        if (user.role === "member") return error(403, { detail: "Forbidden" });
        const { label } = await request.json();
        if (typeof label !== "string" || label.trim() === "") {
          return error(422, { label: ["can't be blank"] });
        }
        const tag = create(label);
        const location = `/api/tags/${encodeURIComponent(tag.label)}`;
        return Response.json({ data: tag }, { status: 201, headers: { location } });
      },
    },
    "/api/search": (request) => {
      const query = new URL(request.url).searchParams.get("q") ?? "";
      return Response.json({ data: search.all(query) });
    },
  },
});
console.log(server.port);
process.stdin.on("end", () => process.exit(0)).resume();
