// Operators: the admin socket, and the commands that talk to it.
import assert from "node:assert/strict";
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import test from "node:test";
import { ask, operate } from "./support/admin.mjs";
import { withClients } from "./support/clients.mjs";
import { Server, coppice, withFolder, withServer } from "./support/server.mjs";
import { find, isSettled, placesOf, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const PLACES = ["/telemetry", "/database", "/database/writer", "/database/migrator",
                "/database/readers", "/pubsub", "/presence", "/jobs", "/http", "/http/connections",
                "/admin"];

async function succeed(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

test("tree shows every actor, for people and as JSON", async () => {
  await withServer({ env: { POOL_SIZE: "2", COPPICE_SHARDS: "2" } }, async (server) => {
    const text = await succeed(server, "tree");
    for (const id of ["coppice", "telemetry", "writer", "reader-2", "listener-1", "admin"]) {
      assert.match(text, new RegExp(`(^|── )${id} +running`, "m"));
    }
    const tree = JSON.parse(await succeed(server, "tree", "--json"));
    assert.ok(isSettled(tree), text);
    const paths = placesOf(tree).map(({ path }) => path);
    for (const path of PLACES) assert.ok(paths.includes(path), path);
  });
});

test("tree folds connections, unless all are asked for", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      await client("ann").join("room:lobby");
      await client("bob").join("room:lobby");
      assert.match(await succeed(server, "tree"), /connections .* 2 children/);
      const all = await succeed(server, "tree", "--all");
      assert.equal(all.match(/── connection#/g).length, 2);
      const { children } = find(await treeOf(server), "/http/connections");
      assert.equal(children.length, 2, "all as JSON");
    });
  });
});

test("the socket counts connections where that is enough", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      await client("ann").join("room:lobby");
      await client("bob").join("room:lobby");
      const connections = async (query) => find(await ask(server, `/v1/tree${query}`), "/http/connections");
      const counted = await connections("?children=count");
      assert.deepEqual([counted.children_count, counted.children], [2, undefined]);
      for (const query of ["", "?children=all"]) {
        const { children, children_count } = await connections(query);
        assert.deepEqual([children.length, children_count], [2, undefined]);
      }
    });
  });
});

test("top folds connections, unless all are asked for", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      await client("ann").join("room:lobby");
      const top = (...args) => succeed(server, "top", "--once", "--interval", "0.1", ...args);
      const folded = await top();
      assert.match(folded, /, by busy; 1 more with --all\n/);
      assert.doesNotMatch(folded, /connection#/);
      assert.match(await top("--all"), /^\/http\/connections\/connection#\d+ +running/m);
    });
  });
});

async function inspected(server, path) {
  return JSON.parse(await succeed(server, "inspect", path, "--json"));
}

test("inspect shows one actor", async () => {
  await withServer({}, async (server) => {
    const actor = await inspected(server, "/database/writer");
    assert.equal(actor.path, "/database/writer");
    assert.equal(actor.state, "running");
    assert.equal(actor.incarnation, 1);
    assert.ok(actor.handled >= 0 && actor.mailbox >= 0 && Array.isArray(actor.links));
    assert.match(await succeed(server, "inspect", "/database/writer"), /^incarnation +1$/m);
  });
});

test("restart makes a new incarnation in the same place", async () => {
  await withServer({}, async (server) => {
    const before = find(await treeOf(server), "/presence");
    assert.match(await succeed(server, "restart", "/presence"), /\/presence restarted/);
    const after = find(await treeOf(server), "/presence");
    assert.equal(after.state, "running");
    assert.equal(after.incarnation, before.incarnation + 1);
    assert.notEqual(after.pid, before.pid);
    assert.equal(after.last_crash, undefined);
  });
});

test("a crash is seen in the tree with its reason, and in the log with its stack", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "crash", "/pubsub");
    const pubsub = await until("the restart", async () => {
      const place = find(await treeOf(server), "/pubsub");
      return place.restarts === 1 && place.state === "running" && place;
    });
    assert.match(pubsub.last_crash.reason, /crash on request/);
    assert.match(await succeed(server, "tree"), /pubsub .*last crash: .*crash on request/);
    assert.match(await succeed(server, "inspect", "/pubsub"), /^ +stack *\n +__cxa_throw/m);
    await until("the log of the crash", () => /actor\.crash .*"path":"\/pubsub"/.test(server.log));
  });
});

test("a suspended actor handles nothing until it is resumed", async () => {
  await withServer({ env: { POOL_SIZE: "1" } }, async (server) => {
    await succeed(server, "suspend", "/database/readers/reader-1");
    await until("the log of it", () =>
      /operator: POST \/v1\/suspend\?path=.*reader-1 answered 200/.test(server.log));
    const reader = find(await treeOf(server), "/database/readers/reader-1");
    assert.equal(reader.state, "suspended");
    const before = Date.now();
    const posts = server.json("/api/posts");
    const waiting = async () =>
      find(await treeOf(server), "/database/readers/reader-1").mailbox > 0;
    await until("the request to wait", waiting);
    const { waiting_messages: [read] } = await inspected(server, "/database/readers/reader-1");
    assert.match(read.type, /Read/);
    assert.ok(read.waited_ms <= Date.now() - before + 1, `${read.waited_ms}`);
    await until("its age to grow", async () => {
      const { waiting_by_type: types } = await inspected(server, "/database/readers/reader-1");
      return types[read.type].count === 1 && types[read.type].waited_ms > read.waited_ms;
    });
    await succeed(server, "resume", "/database/readers/reader-1");
    assert.equal((await posts).status, 200);
  });
});

test("an actor is stopped, and started again by restart", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "stop", "/pubsub");
    assert.equal(find(await treeOf(server), "/pubsub").state, "stopped");
    assert.equal((await server.json("/api/health")).status, 200);
    await succeed(server, "restart", "/pubsub");
    assert.equal(find(await treeOf(server), "/pubsub").state, "running");
  });
});

test("operators can't lock themselves out", async () => {
  await withServer({}, async (server) => {
    for (const [command, participle] of [["stop", "stopped"], ["suspend", "suspended"]]) {
      for (const path of ["/admin", "admin", "/"]) {
        const { code, stderr } = await server.command(command, path);
        assert.equal(code, 1, `${command} ${path}`);
        assert.match(stderr, new RegExp(`can't be ${participle}: .* come through /admin`));
      }
    }
    await server.command("restart", "/admin");  // ends the connection on which it came
    await until("the tree to be whole", async () => isSettled(await treeOf(server)));
  });
});

test("orders that wait hold up neither looks nor each other's refusal", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "suspend", "/database");
    const waiting = Array.from({ length: 4 }, () => server.command("restart", "/database/writer"));
    await until("the orders to wait", async () => find(await treeOf(server), "/database").mailbox >= 4);
    const refused = await server.command("restart", "/pubsub");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /4 orders .* are under way already/);
    await succeed(server, "inspect", "/pubsub");
    await succeed(server, "suspend", "/pubsub");
    await succeed(server, "resume", "/pubsub");
    await succeed(server, "resume", "/database");
    for (const { code, stderr } of await Promise.all(waiting)) assert.equal(code, 0, stderr);
  });
});

test("a stopped actor is not made to crash", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "stop", "/pubsub");
    const { code, stderr } = await server.command("crash", "/pubsub");
    assert.equal(code, 1);
    assert.match(stderr, /\/pubsub is stopped/);
  });
});

test("a refusal of the server's says why", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "stop", "/pubsub");
    const { code, stderr } = await server.command("suspend", "/pubsub");
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /Service Unavailable/);
  });
});

test("a socket path that no socket can have is named as such", async () => {
  const { code, stderr } = await coppice(["tree", "--socket", `/tmp/${"a".repeat(200)}`]);
  assert.equal(code, 1);
  assert.match(stderr, /longer than 107 bytes/);
});

test("stop without a path ends the server", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "stop");
    assert.deepEqual(await within("the end", server.ended), { code: 0, signal: null });
    assert.ok(!existsSync(server.adminSocket));
  });
});

test("what does not exist is named", async () => {
  await withServer({}, async (server) => {
    for (const command of ["inspect", "restart", "stop", "suspend", "resume", "crash"]) {
      const { code, stderr } = await server.command(command, "/no/such/actor");
      assert.equal(code, 1, command);
      assert.match(stderr, /there is no actor at \/no\/such\/actor/, command);
    }
  });
});

test("actors are not made to crash in production", async () => {
  const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) };
  await withServer({ env }, async (server) => {
    const { code, stderr } = await server.command("crash", "/pubsub");
    assert.equal(code, 1);
    assert.match(stderr, /production/);
    assert.equal(find(await treeOf(server), "/pubsub").incarnation, 1);
  });
});

test("without a server, commands say so and where they looked", async () => {
  await withFolder(async (folder) => {
    const socket = join(folder, "none.sock");
    for (const args of [["tree"], ["inspect", "/x"], ["restart", "/x"], ["stop"]]) {
      const { code, stdout, stderr } = await coppice([...args, "--socket", socket]);
      assert.equal(code, 3, args[0]);
      assert.equal(stdout, "");
      assert.match(stderr, /no server is running: there is no admin socket at .*none\.sock/);
    }
  });
});

// A server that is told where its database is, and nothing of a socket.
const besideItsDatabase = {
  prepare: (server) => {
    delete server.env.ADMIN_SOCKET;
    server.adminSocket = `${server.database}-admin.sock`;
  },
};

test("by the database's path alone, a command finds the server", async () => {
  await withServer(besideItsDatabase, async ({ adminSocket, database, folder }) => {
    assert.ok(lstatSync(adminSocket).isSocket());
    for (const [DATABASE_PATH, cwd] of [[database, tmpdir()], [relative(folder, database), folder]]) {
      const { code, stdout, stderr } = await coppice(["tree", "--json"], { env: { DATABASE_PATH }, cwd });
      assert.equal(code, 0, stderr);
      assert.ok(find(JSON.parse(stdout), "/admin"));
    }
  });
});

test("a command that is told of a database asks the server that has it", async () => {
  await withServer(besideItsDatabase, async (server) => {
    const { database } = server;
    await until("the schema to be up to date", async () =>
      JSON.parse((await operate(server, "/v1/migrations")).body).pending === 0);
    for (const args of [["db", "reindex"], ["user", "add", "ada@example.com", "--generate-password"]]) {
      const { code, stderr } = await coppice([...args, "--database", database]);
      assert.equal(code, 0, stderr);
    }
  });
});

test("a command that looks in the wrong place says where, and what to tell it", async () => {
  await withServer(besideItsDatabase, async ({ database, folder }) => {
    const env = { DATABASE_PATH: relative(folder, database) };
    await withFolder(async (cwd) => {
      const { code, stderr } = await coppice(["tree"], { env, cwd });
      assert.equal(code, 3);
      assert.ok(stderr.includes(`no admin socket at ${join(realpathSync(cwd), env.DATABASE_PATH)}-admin.sock`), stderr);
      assert.match(stderr, /set DATABASE_PATH or ADMIN_SOCKET as the server has them, or give --socket/);
    });
  });
});

test("the socket is the owner's alone", async () => {
  await withServer({}, async ({ adminSocket }) => {
    const status = lstatSync(adminSocket);
    assert.ok(status.isSocket());
    assert.equal(status.mode & 0o777, 0o600);
  });
});

test("the socket speaks HTTP", async () => {
  await withServer({}, async (server) => {
    const { status, body } = await operate(server, "/v1/tree");
    assert.equal(status, 200);
    assert.ok(find(JSON.parse(body), "/admin"));
  });
});

test("the socket answers what can't be done with a status and the reason", async () => {
  await withServer({}, async (server) => {
    for (const [method, path, status, reason] of [
      ["GET", "/v1/actor", 400, /parameter path is missing/],
      ["GET", "/v1/actor?path=/none", 404, /\/none/],
      ["POST", "/v1/restart?path=/none", 404, /\/none/],
      ["POST", "/v1/suspend?path=/none", 404, /\/none/],
      ["GET", "/v1/nothing", 404, /not found/i],
      ["POST", "/v1/tree", 405, /method/i],
      ["GET", "/v1/metrics?format=xml", 400, /format is "xml"/],
      ["GET", "/v1/tree?children=some", 400, /children is "some"; accepted: count, all/],
    ]) {
      const answer = await operate(server, path, method);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.body}`);
      assert.match(JSON.parse(answer.body).errors.detail, reason, `${method} ${path}`);
    }
  });
});

test("no request takes a parameter that it does not know", async () => {
  await withServer({}, async (server) => {
    const { paths } = JSON.parse((await operate(server, "/v1/openapi.json")).body);
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const asked = `${path.replace(/\{\w+\}/g, "1")}?nonsense=1`;
        const { status, body } = await operate(server, asked, method.toUpperCase());
        assert.deepEqual([status, JSON.parse(body)], [400, { errors: { detail: "unknown parameter nonsense" } }],
                         `${method} ${asked}`);
      }
    }
    assert.ok(isSettled(await treeOf(server)));
  });
});

test("a socket that a killed server left behind is replaced", async () => {
  await withServer({}, async (server) => {
    server.signal("SIGKILL");
    await server.ended;
    assert.ok(existsSync(server.adminSocket));
    const { code, stderr } = await server.command("tree");
    assert.equal(code, 3);
    assert.match(stderr, /nobody answers at/);
    await server.start();
    assert.ok(isSettled(await treeOf(server)));
  });
});

test("a socket that somebody listens on is left alone", async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder);
    const other = createServer();
    await new Promise((done) => other.listen(server.adminSocket, done));
    try {
      const { code, stderr } = await coppice(["server"], { env: server.env, cwd: folder });
      assert.equal(code, 1);
      assert.match(stderr, /another server listens on the admin socket/);
      assert.ok(other.listening && existsSync(server.adminSocket));
    } finally {
      await new Promise((done) => other.close(done));
    }
  });
});

test("another file in the socket's place is left alone", async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder);
    await writeFile(server.adminSocket, "precious");
    const { code, stderr } = await coppice(["server"], { env: server.env, cwd: folder });
    assert.equal(code, 1);
    assert.match(stderr, /there is another file of that name/);
    assert.ok(lstatSync(server.adminSocket).isFile());
  });
});
