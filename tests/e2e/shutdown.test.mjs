// How a server ends, politely and not, and what is there after the next start.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { withClients } from "./support/clients.mjs";
import { contentFolder, holding, postFile, trees } from "./support/content.mjs";
import { CLEAN, ended, stopInTime } from "./support/ending.mjs";
import { RawConnection } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const SERVICE_RESTART = 1012;

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`${signal} ends an idle server with 0`, async () => {
    await withServer({}, async (server) => {
      await stopInTime(server, signal);
      assert.match(server.log, new RegExp(`${signal}: stopping`));
    });
  });
}

test("with a delay health checks fail first, while clients are taken, until another signal", async () => {
  await withServer({ env: { DRAIN_DELAY: "300" } }, async (server) => {
    await until("it to be well", async () => (await server.get("/health")).status === 200);
    server.signal("SIGTERM");
    await until("health to fail", async () => (await server.get("/health")).status === 503);
    const newcomer = new RawConnection(server.port);
    try {
      newcomer.send("GET /api/health HTTP/1.1\r\nhost: a\r\n\r\n");
      await newcomer.receive(/"status":"ok"/);
    } finally {
      newcomer.destroy();
    }
    await stopInTime(server);
  });
});

test("a delay ends by itself", async () => {
  await withServer({ env: { DRAIN_DELAY: "1" } }, async (server) => {
    server.signal("SIGTERM");
    assert.deepEqual(await ended(server), CLEAN);
    assert.match(server.log, /health checks fail from now on; clients are taken for 1 s more/);
  });
});

test("a hundred sockets are closed in time", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      const names = Array.from({ length: 100 }, (_, n) => `user-${n}`);
      await Promise.all(names.map((name) => client(name).join("room:lobby")));
      await stopInTime(server);
      assert.doesNotMatch(server.log, /cut off/);
    });
  });
});

// Posts that take a while to render.
function longReads(count) {
  const line = "Some *text* with `code`, [a link](https://example.com) and **more** of it.\n\n";
  const posts = {};
  for (let n = 0; n < count; ++n) {
    const slug = `long-${n}`;
    const published_at = "2025-01-01 10:00:00Z";
    posts[`${slug}.md`] = postFile({ title: slug, slug, published_at, body: line.repeat(400) });
  }
  return posts;
}

test("an import ends between two files, and the next server goes on with it", async () => {
  const prepare = async (server) => {
    server.env.CONTENT_PATH = await contentFolder(server.folder, longReads(400));
  };
  await withServer({ prepare }, async (server) => {
    await until("the import to run", async () =>
      find(await treeOf(server), "/jobs/importer").handled > 10);
    await stopInTime(server);
    assert.doesNotMatch(server.log, /imported|cut off/);
    await server.start();
    await until("the import", () => /imported .*, 0 skipped/.test(server.log));
  });
});

// An image with nothing in it that compresses: converting it is one long step.
async function writeNoise(folder, side) {
  const header = Buffer.alloc(54);
  const pixels = randomBytes(side * side * 3);
  header.write("BM");
  header.writeUInt32LE(header.length + pixels.length, 2);
  header.writeUInt32LE(header.length, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(side, 18);
  header.writeInt32LE(side, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(24, 28);
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "assets", "noise.bmp"), Buffer.concat([header, pixels]));
}

test("an image that is being converted does not hold up the end", async () => {
  const prepare = async (server) => {
    server.env.CONTENT_PATH = await contentFolder(server.folder, trees(1));
    await writeNoise(server.env.CONTENT_PATH, 4000);
  };
  await withServer({ prepare }, async (server) => {
    await until("the import to run", async () =>
      /importing/.test((await server.command("inspect", "/jobs/importer")).stdout) ||
      find(await treeOf(server), "/jobs/importer").handled > 0);
    await stopInTime(server);
  });
});

for (const path of ["/http", "/http/connections", "/http/listener-0", "/presence", "/database"]) {
  test(`a suspended ${path} does not hold up the end`, async () => {
    await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
      await withClients(server, async (client) => {
        await client("ann").join("room:lobby");
        assert.equal((await server.command("suspend", path)).code, 0);
        await stopInTime(server);
      });
    });
  });
}

test("an order that waits does not hold up the end", async () => {
  await withServer({}, async (server) => {
    assert.equal((await server.command("suspend", "/database")).code, 0);
    const order = server.command("restart", "/database/migrator");
    await until("the order to wait", async () =>
      find(await treeOf(server), "/database").mailbox > 0);
    await stopInTime(server);
    assert.notEqual((await order).code, 0);
  });
});

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
    // Not where the next server would look for it, which is to import nothing.
    server.env.CONTENT_PATH = await contentFolder(join(server.folder, "site"), trees(28));
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
