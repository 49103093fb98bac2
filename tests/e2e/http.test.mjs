// HTTP as clients see it, and how a start fails.
import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import test from "node:test";
import { holding, postFile, trees } from "./support/content.mjs";
import { RawConnection, exchange, statusOf } from "./support/raw_http.mjs";
import { Server, coppice, withFolder, withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const slugs = (body) => body.data.map((post) => post.slug);

test("health endpoints say that all is well", async () => {
  await withServer({ env: { FLY_REGION: "ams", APP_VERSION: "9.9.9" } }, async (server) => {
    const cheap = await server.json("/api/health");
    assert.deepEqual(cheap, { status: 200, body: { status: "ok", app: "coppice" } });
    const { status, body } = await server.json("/health");
    assert.equal(status, 200);
    assert.equal(body.status, "healthy");
    assert.equal(body.region, "ams");
    assert.equal(body.version, "9.9.9");
    assert.deepEqual(body.checks, {
      database: { status: "pass" },
      application: { status: "pass" },
      writes: { status: "pass" },
    });
    assert.ok(!Number.isNaN(Date.parse(body.timestamp)));
  });
});

test("posts are listed newest first, a page at a time", async () => {
  await withServer({ prepare: holding(trees(5)) }, async (server) => {
    const first = await server.json("/api/posts?limit=2");
    assert.deepEqual(slugs(first.body), ["tree-5", "tree-4"]);
    assert.equal(first.body.data[0].body, undefined);
    const seen = slugs(first.body);
    for (let next = first.body.page.next; next; ) {
      const { status, body } = await server.json(
        `/api/posts?limit=2&cursor=${encodeURIComponent(next)}`);
      assert.equal(status, 200);
      seen.push(...slugs(body));
      next = body.page.next;
    }
    assert.deepEqual(seen, ["tree-5", "tree-4", "tree-3", "tree-2", "tree-1"]);
  });
});

test("posts are listed by all tags that are given, in either form", async () => {
  const tagged = (n, tags) => postFile({ title: `T${n}`, slug: `t-${n}`, tags, body: "x",
                                         published_at: `2025-01-0${n}` });
  const posts = { "1.md": tagged(1, ["a"]), "2.md": tagged(2, ["a", "b"]), "3.md": tagged(3, ["b"]) };
  await withServer({ prepare: holding(posts) }, async (server) => {
    for (const query of ["tag=a&tag=b", "tag[]=a&tag[]=b"]) {
      assert.deepEqual(slugs((await server.json(`/api/posts?${query}`)).body), ["t-2"], query);
    }
  });
});

test("posts are listed by tag", async () => {
  await withServer({ prepare: holding(trees(4)) }, async (server) => {
    const { body } = await server.json("/api/posts?tag=even");
    assert.deepEqual(slugs(body), ["tree-4", "tree-2"]);
    assert.equal(body.page.next, null);
  });
});

test("drafts are neither listed, shown nor found", async () => {
  const draft = postFile({ title: "Sapling", slug: "sapling", published_at: "2025-02-01",
                           draft: true, body: "Hidden undergrowth." });
  await withServer({ prepare: holding({ ...trees(1), "draft.md": draft }) }, async (server) => {
    assert.deepEqual(slugs((await server.json("/api/posts")).body), ["tree-1"]);
    assert.equal((await server.get("/api/posts/sapling")).status, 404);
    assert.deepEqual((await server.json("/api/search?q=undergrowth")).body.data, []);
  });
});

test("a post is shown by its slug, underscores standing for hyphens", async () => {
  await withServer({ prepare: holding(trees(1)) }, async (server) => {
    const { status, body } = await server.json("/api/posts/tree-1");
    assert.equal(status, 200);
    assert.equal(body.data.title, "Tree 1");
    assert.match(body.data.body, /Oak number 1 grows &amp; grows/);
    assert.equal((await server.json("/api/posts/tree_1")).body.data.slug, "tree-1");
  });
});

test("what does not exist is 404 in JSON", async () => {
  await withServer({ prepare: holding(trees(1)) }, async (server) => {
    for (const path of ["/api/posts/none", "/api/nothing", "/", "/api/posts/tree-1/more"]) {
      const { status, body } = await server.json(path);
      assert.equal(status, 404, path);
      assert.deepEqual(body, { errors: { detail: "Not Found" } }, path);
    }
  });
});

test("search finds words in any form and ranks them", async () => {
  await withServer({ prepare: holding(trees(3)) }, async (server) => {
    const { status, body } = await server.json("/api/search?q=growing");
    assert.equal(status, 200);
    assert.equal(body.data.length, 3);
    assert.equal((await server.json("/api/search?q=maple")).body.data.length, 0);
  });
});

test("no search query makes the server fail", async () => {
  const queries = [
    "", " ", "&", "&&", "|", "||", "!", "!!", "oak &", "& oak", "oak && ! grows", "(", ")", "(oak",
    "oak)", "((oak)", '"', '"oak', 'oak"', '""', "*", "oa*", "**", "title:", "title:oak", ":oak",
    "nope:oak", "NEAR(", "NEAR(oak grows, 2)", "NEAR", "AND", "OR", "NOT", "oak AND", "NOT oak", "-oak",
    "+", "^oak", "{title}:oak", "'; DROP TABLE posts; --", "\u0000", "oak\u0000grows", "é", "🌳",
    "\u202e", "%", "_", "\\", "a".repeat(2000), "oak ".repeat(500), "(".repeat(500),
  ];
  await withServer({ prepare: holding(trees(2)) }, async (server) => {
    for (const query of queries) {
      const response = await server.get(`/api/search?q=${encodeURIComponent(query)}`);
      await response.arrayBuffer();
      assert.ok(response.status < 500, `${JSON.stringify(query)}: ${response.status}`);
    }
    assert.equal((await server.json("/api/search?q=oak")).body.data.length, 2);
  });
});

test("wrong parameters are named", async () => {
  await withServer({}, async (server) => {
    const details = {
      "/api/posts?sort=body": /sort/,
      "/api/posts?sort=title&sort[]=id": /sort/,
      "/api/posts?utm_source=x": /utm_source/,
      "/api/posts/tree-1?expand=tags": /expand/,
      "/api/search?q=oak&tag=even": /tag/,
      "/api/tags?tag=even": /tag/,
      "/api/posts?limit=0": /limit/,
      "/api/posts?limit=many": /limit/,
      "/api/posts?cursor=nonsense": /cursor/,
      "/api/posts?limit[]=1": /limit/,
      "/api/search": /\bq\b/,
      "/api/search?q[]=1": /\bq\b/,
    };
    for (const [path, named] of Object.entries(details)) {
      const { status, body } = await server.json(path);
      assert.equal(status, 400, path);
      assert.match(body.errors.detail, named, path);
    }
  });
});

test("a server without space to write goes on reading and says what is wrong", async () => {
  const env = { DATABASE_MIN_FREE_MB: "1073741824" };
  await withServer({ prepare: holding(trees(1)), env }, async (server) => {
    assert.equal((await server.json("/api/posts")).body.data.length, 1);
    const { status, body } = await server.json("/health");
    assert.equal(status, 200);
    assert.equal(body.status, "degraded");
    const reason = "unavailable: there is too little free space for writes";
    assert.deepEqual(body.checks.writes, { status: "fail", reason });
    const writer = await server.command("inspect", "/database/writer");
    assert.match(writer.stdout, /takes no writes: disk_full: \d+ MiB are free .* 1073741824 MiB/);
  });
});

// The database as seen from outside, with all of its file but the first page made unreadable.
async function scribbleOver(file) {
  const handle = await open(file, "r+");
  try {
    const { size } = await handle.stat();
    for (let at = 4096; at < size; at += 4096) await handle.write(Buffer.alloc(4096, 0xa5), 0, 4096, at);
  } finally {
    await handle.close();
  }
}

test("a broken database is the server's fault, and only the log says how", async () => {
  await withServer({ prepare: holding(trees(2)), env: { POOL_SIZE: "1" } }, async (server) => {
    assert.equal((await server.json("/health")).status, 200);
    await scribbleOver(server.database);
    for (const path of ["/api/search?q=oak", "/api/posts", "/api/posts/tree-1"]) {
      const response = await server.get(path, { headers: { "x-request-id": "request-4711-of-a-test" } });
      assert.equal(response.status, 500, path);
      assert.deepEqual(await response.json(), { errors: { detail: "Internal Server Error" } }, path);
    }
    await until("the log", () => /GET \/api\/search failed: corrupt: .*request-4711-of-a-test/.test(server.log));
    const { status, body } = await server.json("/health");
    assert.equal(status, 503);
    assert.deepEqual(body.checks.database, { status: "fail", reason: "corrupt" });
    assert.equal(body.checks.application.status, "pass");
  });
});

test("health names what is not running", async () => {
  await withServer({}, async (server) => {
    for (const path of ["/presence", "/database/writer"]) {
      for (const [order, state] of [["stop", "stopped"], ["suspend", "suspended"]]) {
        const undo = order === "stop" ? "restart" : "resume";
        assert.equal((await server.command(order, path)).code, 0);
        const { status, body } = await server.json("/health");
        assert.equal(status, 503, `${path} ${state}`);
        assert.equal(body.checks.application.reason, `unavailable: ${path} is ${state}`);
        assert.equal((await server.command(undo, path)).code, 0);
        assert.equal((await server.json("/health")).status, 200, `${path} ${undo}`);
      }
    }
  });
});

test("a wrong method is 405 and told what is allowed", async () => {
  await withServer({}, async (server) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      const response = await server.get("/api/search", { method });
      assert.equal(response.status, 405, method);
      const allowed = response.headers.get("allow").split(/, */);
      assert.ok(allowed.includes("GET") && allowed.includes("HEAD"), allowed.join());
      assert.ok(!allowed.includes(method));
      await response.arrayBuffer();
    }
  });
});

test("HEAD answers as GET does, without the body", async () => {
  await withServer({ prepare: holding(trees(1)) }, async (server) => {
    const get = await server.get("/api/posts/tree-1");
    const size = (await get.arrayBuffer()).byteLength;
    const answer = await exchange(server.port,
      "HEAD /api/posts/tree-1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert.equal(statusOf(answer), 200);
    assert.match(answer, new RegExp(`\r\ncontent-length: ${size}\r\n`, "i"));
    assert.ok(answer.endsWith("\r\n\r\n"));
  });
});

test("pipelined requests are answered in order", async () => {
  await withServer({ prepare: holding(trees(3)) }, async (server) => {
    const request = (path, last) =>
      `GET ${path} HTTP/1.1\r\nhost: x\r\n${last ? "connection: close\r\n" : ""}\r\n`;
    const paths = ["/api/posts/tree-1", "/api/health", "/api/posts/tree-2", "/none",
                   "/api/posts/tree-3"];
    const answer = await exchange(server.port,
      paths.map((path, i) => request(path, i === paths.length - 1)).join(""));
    const order = [...answer.matchAll(/"slug":"(tree-\d)"|"app":"(coppice)"|(Not Found)"/g)]
      .map((match) => match[1] ?? match[2] ?? match[3]);
    assert.deepEqual(order, ["tree-1", "coppice", "tree-2", "Not Found", "tree-3"]);
  });
});

test("malformed requests are 400", async () => {
  const malformed = [
    "nonsense\r\n\r\n",
    "GET /api/health HTTP/1.1\r\n\r\n",
    "GET /api/health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
    "GET /api/health HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n",
    "GET /api/health HTTP/1.1\r\nhost: a\r\nname : value\r\n\r\n",
    "POST /api/health HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "POST /api/health HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    "POST /api/health HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
    "GET /%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    "GET /api/health\x01 HTTP/1.1\r\nhost: a\r\n\r\n",
    "GET /api/health HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
  ];
  await withServer({}, async (server) => {
    for (const bytes of malformed) {
      assert.equal(statusOf(await exchange(server.port, bytes)), 400, JSON.stringify(bytes));
    }
    assert.equal((await server.json("/api/health")).status, 200);
  });
});

test("what is too large is refused with its own status", async () => {
  await withServer({}, async (server) => {
    const refusals = [
      [414, `GET /${"a".repeat(10_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
      [431, `GET / HTTP/1.1\r\nhost: x\r\nlong: ${"a".repeat(20_000)}\r\n\r\n`],
      [431, `GET / HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(150)}\r\n`],
      [413, "GET /api/health HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n"],
      [405, "POST /api/health HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n"],
    ];
    for (const [status, bytes] of refusals) {
      assert.equal(statusOf(await exchange(server.port, bytes)), status);
    }
  });
});

test("the routing table is printed for people and for programs", async () => {
  const table = await coppice(["routes"]);
  assert.equal(table.code, 0);
  assert.match(table.stdout, /^METHOD +PATH +THROUGH +SUMMARY\n/);
  assert.match(table.stdout, /^GET +\/api\/posts\/:slug +api, viewers +One post$/m);
  const routes = JSON.parse((await coppice(["routes", "--json"])).stdout);
  const posts = routes.find(({ method, path }) => method === "GET" && path === "/api/posts");
  assert.deepEqual(posts.through, ["api", "viewers"]);
});

test("a request that arrives byte by byte is answered", async () => {
  await withServer({}, async (server) => {
    const connection = new RawConnection(server.port);
    try {
      for (const byte of "GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n") connection.send(byte);
      await connection.receive(/"status":"ok"/);
    } finally {
      connection.destroy();
    }
  });
});

for (const shards of ["1", "2"]) {
  test(`a second server on the same port says so, with ${shards} shard(s)`, async () => {
    await withServer({ env: { COPPICE_SHARDS: shards } }, async (first) => {
      await withFolder(async (folder) => {
        const env = { ...new Server(folder).env, PORT: String(first.port), COPPICE_SHARDS: shards };
        const { code, stderr } = await coppice(["server"], { env, cwd: folder });
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(`port ${first.port} is already in use`));
      });
      assert.equal((await first.json("/api/health")).status, 200);
    });
  });
}

test("a second server on the same database says so", async () => {
  await withServer({}, async (first) => {
    const env = { ...first.env, ADMIN_SOCKET: `${first.adminSocket}2` };
    const { code, stderr } = await coppice(["server"], { env, cwd: first.folder });
    assert.equal(code, 1);
    assert.match(stderr, /test\.db is being served already/);
    assert.equal((await first.json("/health")).status, 200);
  });
});

test("production demands its variables", async () => {
  for (const production of [{ COPPICE_ENV: "prod" }, { PHX_SERVER: "true" }]) {
    const { code, stderr } = await coppice(["server"], { env: { PORT: "0", ...production } });
    assert.equal(code, 2);
    assert.match(stderr, /environment variable DATABASE_PATH is missing/);
    assert.match(stderr, /environment variable SECRET_KEY_BASE is missing/);
  }
});

test("wrong values of variables are named with what is accepted", async () => {
  const env = { PORT: "eighty", COPPICE_ENV: "staging", POOL_SIZE: "0", LOG_LEVEL: "loud" };
  const { code, stderr } = await coppice(["server"], { env });
  assert.equal(code, 2);
  assert.match(stderr, /PORT is "eighty"; accepted: a whole number from 0 to 65535/);
  assert.match(stderr, /COPPICE_ENV is "staging"; accepted: dev, prod/);
  assert.match(stderr, /POOL_SIZE is "0"; accepted: a whole number from 1 to \d+/);
  assert.match(stderr, /LOG_LEVEL is "loud"; accepted: .*info/);
});

test("values that only fail later are named at once, too", async () => {
  const env = { LISTEN_ADDRESS: "localhost", CORS_ORIGINS: ",", PHX_HOST: "https://example.com",
                ADMIN_SOCKET: `/tmp/${"a".repeat(200)}`, CONTENT_PATH: "/no/such/folder" };
  const { code, stderr } = await coppice(["server"], { env });
  assert.equal(code, 2);
  for (const name of Object.keys(env)) assert.match(stderr, new RegExp(`${name} is ".*"; accepted: `));
});

test("a temporary directory that is none spoils no command", async () => {
  const env = { TMPDIR: "/no/such/folder" };
  assert.equal((await coppice(["--version"], { env })).code, 0);
  const { code, stderr } = await coppice(["tree"], { env: { ...env, ADMIN_SOCKET: "/no/socket" } });
  assert.equal(code, 3, stderr);
});

test("the command line explains itself", async () => {
  const version = await coppice(["--version"]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^coppice \d+\.\d+\.\d+\n$/);
  const help = await coppice(["--help"]);
  assert.equal(help.code, 0);
  for (const word of ["server", "import", "tree", "DATABASE_PATH", "ADMIN_SOCKET"]) {
    assert.ok(help.stdout.includes(word), word);
  }
  assert.equal((await coppice(["nonsense"])).code, 2);
});
