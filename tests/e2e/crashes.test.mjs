// The crash ledger: what crashed, across restarts, and with nobody there to ask.
import assert from "node:assert/strict";
import test from "node:test";
import { operate } from "./support/admin.mjs";
import { Server, coppice, isSanitized, withFolder, withServer } from "./support/server.mjs";
import { runSql } from "./support/sql.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

async function crashesOf(server, ...args) {
  const { code, stdout, stderr } = await server.command("crashes", "--json", ...args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function crash(server, path) {
  const before = find(await treeOf(server), path).restarts;
  const { code, stderr } = await server.command("crash", path);
  assert.equal(code, 0, stderr);
  await until(`${path} to come back`, async () => {
    const place = find(await treeOf(server), path);
    return place.restarts > before && place.state === "running";
  });
}

const written = (server, count, ...args) =>
  until(`${count} crashes to be written`, async () => {
    const { crashes } = await crashesOf(server, ...args);
    return crashes.length === count && crashes;
  });

async function get(server, path) {
  const { status, body } = await operate(server, path);
  return { status, body: JSON.parse(body) };
}

test("a crash is kept with what is known of it, and survives a restart", async () => {
  await withServer({ env: { APP_VERSION: "7.8.9" } }, async (server) => {
    assert.match((await server.command("crashes")).stdout, /^no crashes$/m);
    await crash(server, "/pubsub");
    const [summary] = await written(server, 1);
    assert.equal(summary.path, "/pubsub");
    assert.equal(summary.version, "7.8.9");
    assert.equal(summary.count, 1);
    assert.match(summary.reason, /crash on request/);
    server.signal("SIGTERM");
    await within("the end", server.ended);
    await server.start();
    assert.deepEqual((await crashesOf(server)).crashes, [summary]);
    const text = (await server.command("crashes", String(summary.id))).stdout;
    assert.match(text, /^path +\/pubsub$/m);
    if (!isSanitized()) assert.match(text, /^stack *\n +\S+/m);  // else throws leave no stack
  });
});

test("inspect has the crashes of its place from before the start, with their stacks", async () => {
  await withServer({}, async (server) => {
    await crash(server, "/jobs/sweeper");
    const [summary] = await written(server, 1);
    server.signal("SIGTERM");
    await within("the end", server.ended);
    await server.start();
    const { pid } = find(await treeOf(server), "/jobs/sweeper");
    for (const which of ["/jobs/sweeper", pid]) {
      const { status, body: actor } = await get(server, `/v1/actor?path=${encodeURIComponent(which)}`);
      assert.equal(status, 200, which);
      assert.equal(actor.path, "/jobs/sweeper");
      assert.equal(actor.last_crash, undefined);
      assert.deepEqual(actor.crashes.map(({ id }) => id), [summary.id]);
      if (!isSanitized()) assert.match(actor.crashes[0].stack, /\S/);
    }
    assert.deepEqual((await get(server, "/v1/actor?path=/jobs")).body.crashes, []);
    const { code, stdout } = await server.command("inspect", pid);
    assert.equal(code, 0);
    assert.match(stdout, /^crashes\n(.*\n)*.*crash on request/m);
    assert.equal((await get(server, `/v1/actor?path=${encodeURIComponent("<0.x>")}`)).status, 400);
    assert.equal((await get(server, `/v1/actor?path=${encodeURIComponent("<4095.9.9>")}`)).status, 404);
  });
});

test("without a server the database's file is read", async () => {
  await withServer({}, async (server) => {
    await crash(server, "/pubsub");
    const [summary] = await written(server, 1);
    server.signal("SIGKILL");
    await within("the end", server.ended);
    const options = { env: server.env, cwd: server.folder };
    const list = await coppice(["crashes"], options);
    assert.equal(list.code, 0, list.stderr);
    assert.match(list.stdout, /\/pubsub  .*crash on request/);
    const one = await coppice(["crashes", "--json", String(summary.id)], options);
    assert.equal(JSON.parse(one.stdout).path, "/pubsub");
    const named = await coppice(["crashes", "--json", "--database", server.database]);
    assert.equal(JSON.parse(named.stdout).crashes.length, 1);
  });
});

test("a crash just before the end is kept", async () => {
  await withServer({}, async (server) => {
    await crash(server, "/pubsub");
    await crash(server, "/presence");
    server.signal("SIGTERM");
    assert.deepEqual(await within("the end", server.ended), { code: 0, signal: null });
    const { stdout } = await coppice(["crashes", "--json", "--database", server.database]);
    const paths = JSON.parse(stdout).crashes.map(({ path }) => path).sort();
    assert.deepEqual(paths, ["/presence", "/pubsub"]);
  });
});

test("equal crashes that come soon are one row with a count", async () => {
  await withServer({}, async (server) => {
    for (let n = 0; n < 3; ++n) await crash(server, "/pubsub");
    const rows = await until("all three", async () => {
      const { crashes } = await crashesOf(server);
      return crashes.reduce((sum, { count }) => sum + count, 0) === 3 && crashes;
    });
    assert.equal(rows.length, 1);
  });
});

test("crashes wait in memory while the database takes none, and are seen there", async () => {
  await withServer({}, async (server) => {
    const suspended = await server.command("suspend", "/database/writer");
    assert.equal(suspended.code, 0, suspended.stderr);
    await crash(server, "/pubsub");
    await crash(server, "/jobs/crashes");
    const { crashes, waiting } = await crashesOf(server);
    assert.deepEqual(crashes, []);
    assert.deepEqual(waiting.map(({ path }) => path), ["/jobs/crashes", "/pubsub"]);
    assert.match((await server.command("crashes")).stdout, /^ +- .* \/pubsub /m);
    await server.command("resume", "/database/writer");
    const rows = await until("those that waited", async () => {
      const found = (await crashesOf(server)).crashes.map(({ path }) => path);
      return found.includes("/pubsub") && found.includes("/jobs/crashes");
    });
    assert.ok(rows);
  });
});

test("crashes are told while nothing can be read from the database", async () => {
  await withServer({ env: { POOL_SIZE: "1" } }, async (server) => {
    for (const path of ["/database/readers/reader-1", "/database/writer"]) {
      assert.equal((await server.command("suspend", path)).code, 0);
    }
    await crash(server, "/pubsub");
    const { crashes, waiting, unread } = await crashesOf(server);
    assert.deepEqual([crashes, waiting.map(({ path }) => path)], [[], ["/pubsub"]]);
    assert.match(unread, /timeout/);
    assert.match((await server.command("crashes")).stdout, /can't be read: timeout/);
  });
});

test("the crash of the ledger itself is in the ledger", async () => {
  await withServer({}, async (server) => {
    await crash(server, "/jobs/crashes");
    const [summary] = await written(server, 1);
    assert.equal(summary.path, "/jobs/crashes");
  });
});

test("lists are filtered and paged", async () => {
  await withServer({}, async (server) => {
    for (const path of ["/pubsub", "/presence", "/jobs/sweeper"]) await crash(server, path);
    await written(server, 3);
    const paths = (body) => body.crashes.map(({ path }) => path);
    assert.deepEqual(paths(await crashesOf(server, "--path", "/jobs")), ["/jobs/sweeper"]);
    assert.deepEqual(paths(await crashesOf(server, "--since", "2999-01-01")), []);
    const page = await crashesOf(server, "--limit", "2");
    const rest = await crashesOf(server, "--limit", "2", "--cursor", page.next_cursor);
    assert.deepEqual([...paths(page), ...paths(rest)].sort(),
                     ["/jobs/sweeper", "/presence", "/pubsub"]);
    assert.equal(rest.next_cursor, null);
  });
});

test("what can't be answered is said why", async () => {
  await withServer({}, async (server) => {
    const statuses = [["/v1/crashes?since=soon", 400, /since must be/],
                      ["/v1/crashes?limit=0", 400, /limit must be/],
                      ["/v1/crashes?paht=/a", 400, /paht/],
                      ["/v1/crashes/x", 400, /whole number/],
                      ["/v1/crashes/12345", 404, /no crash 12345/]];
    for (const [path, status, reason] of statuses) {
      const answer = await get(server, path);
      assert.equal(answer.status, status, path);
      assert.match(answer.body.errors.detail, reason);
    }
    const { code, stderr } = await server.command("crashes", "12345");
    assert.equal(code, 1);
    assert.match(stderr, /there is no crash 12345/);
  });
});

test("without a server and without a database both are named", async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder);
    const { code, stderr } = await coppice(["crashes"], { env: server.env, cwd: folder });
    assert.equal(code, 3);
    assert.match(stderr, /no server is running: .*there is no database at .*test\.db/);
  });
});

test("a database of an older release has no ledger, and says so", async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder);
    await runSql(`${folder}/old.db`, "CREATE TABLE posts (id); PRAGMA journal_mode = WAL;");
    const { code, stderr } = await coppice(["crashes", "--database", `${folder}/old.db`],
                                           { env: server.env, cwd: folder });
    assert.equal(code, 1);
    assert.match(stderr, /keeps no crashes yet/);
  });
});
