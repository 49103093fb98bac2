// The same routes over the same database, as one writes them in Node: node server.mjs DATABASE
// Listens on PORT and ends with its input.
import Database from "better-sqlite3";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { content } from "../../http/peers/content.mjs";

const { bySlug, create, newest, search, userOf, withRelations } = content(new Database(process.argv[2]));

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
