// Clients that write through one node and read from another, on stand-ins for LiteFS.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { addUser, signedIn } from "./support/accounts.mjs";
import { editor } from "./support/changes.mjs";
import { Room, withClients } from "./support/clients.mjs";
import { untilRole, withCluster } from "./support/litefs.mjs";
import { querySql } from "./support/sql.mjs";
import { until } from "./support/wait.mjs";

const FAR = "9007199254740991.1"; // no reign comes to it

// Writes a post; the answer's headers.
async function write(server, { token }, slug, headers = {}) {
  const response = await server.get("/api/posts", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
  });
  assert.equal(response.status, 201, await response.text());
  return response.headers;
}

// Asks for a post: the status, and what is said of the read.
async function read(server, slug, headers) {
  const response = await server.get(`/api/posts/${slug}`, { headers });
  await response.text();
  return { status: response.status, read: response.headers.get("coppice-read"), headers: response.headers };
}

async function outcome(server, slug, headers) {
  const { status, read: how } = await read(server, slug, headers);
  return `${status} ${how}`;
}

// Runs use(cluster, nodes, author) once both nodes know the author and the post `first`.
function withAuthor(use, names = ["a", "b"]) {
  return withCluster(names, async (cluster, nodes) => {
    const author = await editor(nodes.a);
    await write(nodes.a, author, "first");
    for (const node of Object.values(nodes)) {
      await until("the first post", async () => (await read(node, "first")).status === 200);
    }
    await use(cluster, nodes, author);
  });
}

function arrives(cluster, ms) {
  return new Promise((done) => setTimeout(done, ms)).then(() => cluster.order("release"));
}

describe("a client that has written on one node", { concurrency: 2 }, () => {
  test("is told the position, as header and as cookie", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      for (const node of [a, b]) {
        const headers = await write(node, author, `by-${node === a ? "a" : "b"}`);
        const position = headers.get("coppice-position");
        assert.match(position, /^\d+\.\d+$/);
        const [[epoch, sequence]] =
          await querySql(node.database, "SELECT epoch, sequence FROM coppice_position");
        assert.equal(position, `${epoch}.${sequence}`);
        assert.deepEqual(headers.getSetCookie(), [
          `coppice_position=${position}; path=/; max-age=300; samesite=Lax; httponly`]);
        assert.equal(headers.get("cache-control"), "no-store");
      }
    }));

  test("is told it once more when he repeats the write on another node", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      const once = { "idempotency-key": "once" };
      const position = (await write(a, author, "once", once)).get("coppice-position");
      await until("the post", async () => (await outcome(b, "once")) === "200 null");
      assert.equal((await write(b, author, "once", once)).get("coppice-position"), position);
    }));

  test("waits on another node until it has arrived there", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const position = (await write(a, author, "late")).get("coppice-position");
      assert.equal(await outcome(b, "late"), "404 null");
      const reading = read(b, "late", { "coppice-position": position });
      await arrives(cluster, 150);
      const { status, read: how, headers } = await reading;
      assert.equal(`${status} ${how}`, "200 waited");
      assert.match(headers.get("vary"), /coppice-position/);
      assert.equal(await outcome(b, "late", { "coppice-position": position }), "200 current");
    }));

  test("waits by its cookie as well", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const [cookie] = (await write(a, author, "late")).getSetCookie();
      const reading = outcome(b, "late", { cookie: cookie.split(";")[0] });
      await arrives(cluster, 150);
      assert.equal(await reading, "200 waited");
    }));

  test("is answered by the primary when it takes too long to arrive", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const position = (await write(a, author, "late")).get("coppice-position");
      const { status, read: how, headers } = await read(b, "late", { "coppice-position": position });
      assert.equal(`${status} ${how}`, "200 forwarded");
      assert.ok(headers.get("etag"));
      assert.equal(headers.getSetCookie().length, 0);
      assert.equal(await outcome(b, "late"), "404 null");
    }));

  test("keeps its position when it writes to a node whose own is older", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await write(b, author, "older");
      const position = (await write(a, author, "newer")).get("coppice-position");
      const handedOut = await b.get("/api/socket-token", {
        method: "POST",
        headers: { authorization: `Bearer ${author.token}`, "coppice-position": position } });
      assert.equal(handedOut.headers.get("coppice-position"), position);
    }));

  test("is answered by the primary as who he is", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const body = JSON.stringify({ title: "d", slug: "d", raw_body: "x", is_draft: true });
      const authorization = `Bearer ${author.token}`;
      const written = await a.get("/api/posts", {
        method: "POST", body, headers: { authorization, "content-type": "application/json" } });
      const position = written.headers.get("coppice-position");
      assert.equal(await outcome(b, "d", { "coppice-position": position }), "404 forwarded");
      assert.equal(await outcome(b, "d", { "coppice-position": position, authorization }),
                   "200 forwarded");
    }));

  test("is told that it is not there when nobody has it", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const position = (await write(a, author, "late")).get("coppice-position");
      await cluster.order("promote");
      await untilRole(b, "orphan");
      assert.equal(await outcome(b, "late", { "coppice-position": position }), "404 behind");
    }));

  test("signs in on one node and is signed in on the next, however late it is", () =>
    withAuthor(async (cluster, { a, b }) => {
      await addUser(a, "ann@example.com");
      await cluster.order("hold");
      const browser = await signedIn(a, "ann@example.com");
      browser.server = b;
      const { status, headers } = await browser.me();
      assert.equal(`${status} ${headers.get("coppice-read")}`, "200 forwarded");
      const asking = browser.me();
      await arrives(cluster, 150);
      assert.equal((await asking).headers.get("coppice-read"), "waited");
    }));

  test("is told that it is there after a change of reign that has lost nothing", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      const headers = { "coppice-position": (await write(a, author, "kept")).get("coppice-position") };
      await cluster.order("promote", "b");
      await untilRole(b, "primary");
      await write(b, author, "next");
      await until("a to follow", async () => (await outcome(a, "next")) === "200 null");
      assert.equal(await outcome(b, "kept", headers), "200 current");
      assert.equal(await outcome(a, "kept", headers), "200 current");
    }));

  test("is told when another reign has lost what he wrote", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const headers = { "coppice-position": (await write(a, author, "lost")).get("coppice-position") };
      await cluster.order("promote", "b");
      await untilRole(b, "primary");
      await until("b's reign", async () => (await outcome(b, "lost", headers)) === "404 superseded");
      await cluster.order("release");
      await write(b, author, "next");
      await until("a to follow", async () => (await outcome(a, "lost", headers)) === "404 superseded");
    }));

  test("changes on a replica what it has made on the primary", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const position = (await write(a, author, "late")).get("coppice-position");
      const [[id]] = await querySql(a.database, "SELECT id FROM posts WHERE slug = 'late'");
      const changing = b.get(`/api/posts/${id}`, {
        method: "PATCH",
        headers: { authorization: `Bearer ${author.token}`, "content-type": "application/json",
                   "coppice-position": position },
        body: JSON.stringify({ title: "changed" }) });
      await arrives(cluster, 150);
      const response = await changing;
      assert.equal(`${response.status} ${response.headers.get("coppice-read")}`, "200 waited");
    }));
});

describe("a position", { concurrency: 2 }, () => {
  test("that is malformed is refused in a header, and ignored in a cookie", () =>
    withAuthor(async (cluster, { a }) => {
      for (const malformed of ["", "1", "1-2", "1.2.3", "-1.2", "x.y"]) {
        const response = await a.get("/api/posts", { headers: { "coppice-position": malformed } });
        assert.equal(response.status, 400, malformed);
        assert.match((await response.json()).errors.detail, /^header coppice-position must be/);
      }
      assert.equal(await outcome(a, "first", { cookie: "coppice_position=x" }), "200 null");
    }));

  test("goes before the cookie's as a header", () =>
    withAuthor(async (cluster, { a }, author) => {
      const position = (await write(a, author, "second")).get("coppice-position");
      const headers = { "coppice-position": position, cookie: `coppice_position=${FAR}` };
      assert.equal(await outcome(a, "second", headers), "200 current");
    }));

  test("that no reign has come to is waited for, and not for long", () =>
    withAuthor(async (cluster, { a }) => {
      const began = performance.now();
      assert.equal(await outcome(a, "first", { "coppice-position": FAR }), "200 behind");
      const took = performance.now() - began;
      assert.ok(took > 900 && took < 5000, `${took} ms`);
    }));

  test("that the primary has not come to either is not said to be there", () =>
    withAuthor(async (cluster, { b }) => {
      assert.equal(await outcome(b, "first", { "coppice-position": FAR }), "200 behind");
    }));

  test("is not asked for by health checks", () =>
    withAuthor(async (cluster, { a }) => {
      for (const path of ["/api/health", "/health"]) {
        const response = await a.get(path, { headers: { "coppice-position": "x" } });
        assert.equal(response.status, 200);
      }
    }));

  test("is handed out to nobody who has only read, nor to whom nothing was written for", () =>
    withAuthor(async (cluster, { a }) => {
      for (const asking of [{}, { method: "POST", body: "{}" }]) {
        const response = await a.get("/api/posts", asking);
        assert.equal(response.headers.get("coppice-position"), null);
        assert.equal(response.headers.getSetCookie().length, 0);
      }
    }));

  test("can be read and sent by pages of other sites that may", () =>
    withCluster(["a"], async (cluster, { a }) => {
      const origin = "https://site.example";
      const answer = await a.get("/api/posts", { headers: { origin } });
      assert.match(answer.headers.get("access-control-expose-headers"),
                   /coppice-position, coppice-read/);
      const preflight = await a.get("/api/posts", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "GET",
                   "access-control-request-headers": "coppice-position" } });
      assert.equal(preflight.headers.get("access-control-allow-headers"), "coppice-position");
    }, { CORS_ORIGINS: "https://site.example" }));
});

describe("a socket", { concurrency: 2 }, () => {
  // The slugs in a snapshot of the posts.
  async function snapshot(client) {
    const { data } = await new Room(client, "changes:posts", { snapshot: true }).joined();
    return data.map(({ slug }) => slug).sort();
  }

  test("that says a position connects when that has arrived", () =>
    withAuthor(async (cluster, { a, b }, author) => {
      await cluster.order("hold");
      const position = (await write(a, author, "late")).get("coppice-position");
      await withClients(b, async (makeClient) => {
        const reading = snapshot(makeClient("ann", { params: { position } }));
        await arrives(cluster, 150);
        assert.deepEqual(await reading, ["first", "late"]);
      });
    }));

  test("that goes on by polling waits no more", () =>
    withCluster(["a"], async (cluster, { a }) => {
      const path = `/socket/longpoll?vsn=2.0.0&position=${FAR}`;
      const { token } = await (await a.get(path)).json();
      const began = performance.now();
      const posted = await a.get(`${path}&token=${encodeURIComponent(token)}`, {
        method: "POST", body: '["1","1","phoenix","heartbeat",{}]' });
      assert.equal((await posted.json()).status, 200);
      const took = performance.now() - began;
      assert.ok(took < 900, `${took} ms`);
    }));

  test("that says a malformed position is refused", () =>
    withAuthor(async (cluster, { a }) => {
      const response = await a.get("/socket/websocket?vsn=2.0.0&position=x");
      assert.equal(response.status, 400);
      assert.match((await response.json()).errors.detail, /^parameter position must be/);
    }));

  test("sees what its node has written, though that takes long to arrive", () =>
    withAuthor(async (cluster, { b }, author) => {
      await withClients(b, async (makeClient) => {
        const client = makeClient("ann");
        await until("the socket", () => client.opens === 1);
        await cluster.order("hold");
        await write(b, author, "slow");
        assert.equal(await outcome(b, "slow"), "404 null");
        const reading = snapshot(client);
        await arrives(cluster, 150);
        assert.deepEqual(await reading, ["first", "slow"]);
      });
    }));
});
