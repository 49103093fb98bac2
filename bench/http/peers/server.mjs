// The same routes over the same database, as one writes them in Bun: bun server.mjs DATABASE
// Prints its port and ends with its input.
import { Database } from "bun:sqlite";
import { content } from "./content.mjs";

const { bySlug, create, newest, search, userOf, withRelations } = content(new Database(process.argv[2]));

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
