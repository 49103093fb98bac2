// The same routes over the same database, as one writes them in Node: node server.mjs DATABASE
// Listens on PORT and ends with its input.
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const db = new Database(process.argv[2]);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");

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

const sha256 = (text) => createHash("sha256").update(text).digest("hex");

function authenticated(request) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  return scheme.toLowerCase() === "bearer" && token ? userOf.get(sha256(token)) : undefined;
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

const error = (response, status, errors) => answer(response, status, { errors });

async function postTag(request, response) {
  const user = authenticated(request);
  if (!user) return error(response, 401, { detail: "Unauthorized" });
  if (user.role === "member") return error(response, 403, { detail: "Forbidden" });
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += piece;
  const { label } = JSON.parse(body);
  if (typeof label !== "string" || label.trim() === "") {
    return error(response, 422, { label: ["can't be blank"] });
  }
  const tag = create(label);
  const location = `/api/tags/${encodeURIComponent(tag.label)}`;
  return answer(response, 201, { data: tag }, { location });
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const slug = /^\/api\/posts\/([^/]+)$/.exec(url.pathname)?.[1];
  if (url.pathname === "/api/health") {
    answer(response, 200, { status: "ok", app: "node" });
  } else if (url.pathname === "/api/posts") {
    const limit = Number(url.searchParams.get("limit") ?? 20);
    answer(response, 200, { data: newest.all(limit).map(withRelations) });
  } else if (slug) {
    const post = bySlug.get(decodeURIComponent(slug));
    answer(response, post ? 200 : 404, post && { data: withRelations(post) });
  } else if (url.pathname === "/api/search") {
    answer(response, 200, { data: search.all(url.searchParams.get("q") ?? "") });
  } else if (url.pathname === "/api/tags" && request.method === "POST") {
    postTag(request, response).catch(() => error(response, 500, { detail: "Internal Server Error" }));
  } else {
    error(response, 404, { detail: "Not Found" });
  }
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1");
process.stdin.on("end", () => process.exit(0)).resume();
