// How a server ends, politely and not, and what is there after the next start.
import assert from "node:assert/strict";
import test from "node:test";
import { withClients } from "./support/clients.mjs";
import { contentFolder, holding, trees } from "./support/content.mjs";
import { RawConnection } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const CLEAN = { code: 0, signal: null };
const SERVICE_RESTART = 1012;

function ended(server) {
  return within("the server to end", server.ended);
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} ends an idle server with 0`, async () => {
    await withServer({}, async (server) => {
      server.signal(signal);
      assert.deepEqual(await ended(server), CLEAN);
      assert.match(server.log, new RegExp(`${signal}: stopping`));
    });
  });
}

test("clients are closed with 1012 and come back to the next server", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      const rooms = [];
      for (const user of ["ann", "bob", "eve"]) rooms.push(await client(user).join("room:lobby"));
      server.signal("SIGTERM");
      assert.deepEqual(await ended(server), CLEAN);
      for (const { client: each } of rooms) {
        await until("the close", () => each.closes.length > 0);
        assert.equal(each.closes[0], SERVICE_RESTART);
      }
      // The same port, as behind a fixed address: clients come back by themselves.
      server.env.PORT = String(server.port);
      await server.start();
      for (const room of rooms) await until("a rejoin", () => room.channel.state === "joined");
      rooms[0].push("shout", { text: "back" });
      for (const room of rooms) assert.deepEqual(await room.receive("shout"), [{ text: "back" }]);
    });
  });
});

test("a request in progress is answered", async () => {
  await withServer({ env: { POOL_SIZE: "1" }, prepare: holding(trees(1)) }, async (server) => {
    const reader = "/database/readers/reader-1";
    await server.command("suspend", reader);
    const post = server.json("/api/posts/tree-1");
    await until("the request to wait", async () => find(await treeOf(server), reader).mailbox > 0);
    server.signal("SIGTERM");
    await until("the stop to begin", () => /SIGTERM: stopping/.test(server.log));
    await server.command("resume", reader);
    assert.equal((await post).body.data.slug, "tree-1");
    assert.deepEqual(await ended(server), CLEAN);
  });
});

test("connections that wait for nothing do not hold up the end", async () => {
  await withServer({}, async (server) => {
    const idle = new RawConnection(server.port);
    const half = new RawConnection(server.port);
    try {
      idle.send("GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n");
      await idle.receive(/"status":"ok"/);
      half.send("GET /api/health HTTP/1.1\r\n");
      await until("both connections", async () =>
        find(await treeOf(server), "/http/connections").children?.length === 2);
      server.signal("SIGTERM");
      assert.deepEqual(await ended(server), CLEAN);
      await within("the close", Promise.all([idle.closed, half.closed]));
    } finally {
      idle.destroy();
      half.destroy();
    }
  });
});

test("nobody is let in while a server ends", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      await client("ann").join("room:lobby");
      server.signal("SIGTERM");
      await ended(server);
      await assert.rejects(server.get("/api/health"));
    });
  });
});

test("what was written is there after a restart", async () => {
  await withServer({}, async (server) => {
    server.signal("SIGTERM");
    await ended(server);
    server.env.CONTENT_PATH = await contentFolder(server.folder, trees(12));
    await server.start();
    const count = async () => (await server.json("/api/posts?limit=100")).body.data.length;
    await until("the import", async () => (await count()) === 12);
    server.signal("SIGTERM");
    assert.deepEqual(await ended(server), CLEAN);
    delete server.env.CONTENT_PATH;
    await server.start();
    assert.equal(await count(), 12);
  });
});

test("a server that was killed while it wrote starts again, with what it had acknowledged", async () => {
  await withServer({}, async (server) => {
    server.signal("SIGTERM");
    await ended(server);
    server.env.CONTENT_PATH = await contentFolder(server.folder, trees(28));
    await server.start();
    const slugs = async () =>
      (await server.json("/api/posts?limit=100")).body.data.map(({ slug }) => slug);
    // What a reader sees has been committed.
    const seen = await until("a first write", async () => {
      const found = await slugs();
      return found.length > 0 && found;
    });
    server.signal("SIGKILL");
    assert.deepEqual(await ended(server), { code: null, signal: "SIGKILL" });
    delete server.env.CONTENT_PATH;
    await server.start();
    const kept = await slugs();
    for (const slug of seen) assert.ok(kept.includes(slug), slug);
    assert.equal((await server.json("/health")).body.status, "healthy");
    const found = await server.json("/api/search?limit=100&q=oak");
    assert.equal(found.body.data.length, kept.length);
  });
});
