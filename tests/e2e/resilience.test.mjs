// Every actor is restarted, then made to crash, under load: what it costs clients, and what is there
// afterwards.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { withClients } from "./support/clients.mjs";
import { connectionFrom } from "./support/connection_actor.mjs";
import { contentFolder, trees } from "./support/content.mjs";
import { RawConnection, exchange, statusOf } from "./support/raw_http.mjs";
import { Server, coppice, withFolder, withServer } from "./support/server.mjs";
import { Traffic } from "./support/traffic.mjs";
import { find, isSettled, placesOf, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const run = promisify(execFile);

const CLIENTS = 100;
const USERS = 90;  // so some have two sockets
const LOBBY = "room:lobby";
const PATHS = ["/api/health", "/api/posts", "/api/posts/tree-1", "/api/search?q=oak"];

// Connections live below these, so with them they end; clients come back by themselves.
const HOLDS_CONNECTIONS = ["/http", "/http/connections"];

// What requests may meet there: their connection is gone, or there is no room for a moment.
const LOST_CONNECTION =
  /connection\): (503 |socket hang up$|(read|write) (ECONNRESET|EPIPE)$|connect ECONN(REFUSED|RESET))/;

const userOf = (n) => `user-${n % USERS}`;

function expectedMembers() {
  const out = {};
  for (let n = 0; n < CLIENTS; ++n) out[userOf(n)] = (out[userOf(n)] ?? 0) + 1;
  return sorted(out);
}

function sorted(members) {
  return JSON.stringify(Object.entries(members).sort());
}

// The tree's actors but its root and the single connections.
async function targetsIn(server) {
  return placesOf(await treeOf(server))
    .map(({ path }) => path)
    .filter((path) => path !== "/" && path !== "" && !path.startsWith("/http/connections/"));
}

class Scene {
  #shouts = 0;

  constructor(server, rooms, traffic) {
    this.server = server;
    this.rooms = rooms;
    this.traffic = traffic;
  }

  get opens() {
    return this.rooms.map(({ client }) => client.opens);
  }

  get closes() {
    return this.rooms.flatMap(({ client }) => client.closes);
  }

  // Does something to an actor and waits until the tree is whole again, with that actor anew.
  async upset(command, path) {
    const before = find(await treeOf(this.server), path);
    const { code, stderr } = await this.server.command(command, path);
    // Admin's own end takes the operator's connection with it.
    if (path !== "/admin") assert.equal(code, 0, `${command} ${path}: ${stderr}`);
    await until(`${path} to run again`, async () => {
      const tree = await treeOf(this.server);
      return isSettled(tree) && find(tree, path).incarnation > before.incarnation;
    });
  }

  // Waits until every client is in the room, after its connection has ended.
  async everybodyBack(opensBefore) {
    for (const [n, { client, channel }] of this.rooms.entries()) {
      await until(`${userOf(n)} to be back`, () =>
        client.opens > opensBefore[n] && channel.state === "joined");
    }
  }

  // Shouts once, and expects exactly that everywhere.
  async everybodyHears(speaker) {
    const text = `shout ${++this.#shouts}`;
    this.rooms[speaker].push("shout", { text });
    for (const room of this.rooms) {
      await until(`${text} everywhere`, () => room.of("shout").some((each) => each.text === text));
    }
  }

  async everybodyIsSeen() {
    const expected = expectedMembers();
    for (const room of this.rooms) {
      await until("everybody to be seen", () => sorted(room.members()) === expected);
    }
  }

  // One step of the drill: the cost never exceeds what the actor's place allows.
  async drill(command, path) {
    const name = `${command} ${path}`;
    const { opens } = this;
    const closesBefore = this.closes.length;
    await this.upset(command, path);
    await this.traffic.progress();
    const failures = this.traffic.takeFailures();
    if (HOLDS_CONNECTIONS.includes(path)) {
      assert.deepEqual(failures.filter((each) => !LOST_CONNECTION.test(each)), [], name);
      await this.everybodyBack(opens);
    } else {
      assert.deepEqual(failures, [], name);
      assert.equal(this.closes.length, closesBefore, `${name} closed sockets`);
    }
    await this.everybodyHears(opens.length - 1);
    await this.everybodyIsSeen();
  }
}

// The path of the actor behind a client's connection.
const connectionOf = (server, { client }) => connectionFrom(server, client.socket.conn._socket.localPort);

// For withServer(): content to import when the server starts.
function contentIn(posts) {
  return async (server) => {
    server.env.CONTENT_PATH = await contentFolder(server.folder, posts);
  };
}

async function withScene(shards, use) {
  const env = { COPPICE_SHARDS: shards, POOL_SIZE: "2" };
  await withServer({ env, prepare: contentIn(trees(5)) }, async (server) => {
    await until("the import", async () =>
      (await server.json("/api/posts")).body.data.length === 5);
    await withClients(server, async (client) => {
      const joining = Array.from({ length: CLIENTS }, (_, n) => client(userOf(n)).join(LOBBY));
      const rooms = await Promise.all(joining);
      const traffic = new Traffic(server, PATHS);
      try {
        await use(new Scene(server, rooms, traffic), client);
      } finally {
        await traffic.stop();
      }
    });
  });
}

for (const shards of ["1", "2"]) {
  test(`restarts and crashes cost no more than they may, with ${shards} shard(s)`, async () => {
    await withScene(shards, async (scene, client) => {
      await scene.everybodyIsSeen();
      const { pid } = scene.server;
      const paths = await targetsIn(scene.server);
      assert.ok(paths.length >= 13, paths.join());
      for (const path of paths) await scene.drill("restart", path);
      for (const path of paths) await scene.drill("crash", path);

      // Who comes now sees everybody, and is heard by all.
      const late = await client("late").join(LOBBY);
      await until("the late one to see everybody", () => late.members()[userOf(CLIENTS - 1)]);
      late.push("shout", { text: "late" });
      for (const room of scene.rooms) {
        await until("the last shout", () => room.of("shout").some(({ text }) => text === "late"));
      }
      await late.leave();
      await scene.everybodyIsSeen();

      // Nothing was heard twice, nobody was cut off but where that is allowed.
      for (const room of scene.rooms) {
        const texts = room.of("shout").map(({ text }) => text);
        assert.equal(new Set(texts).size, texts.length);
      }
      assert.equal(scene.closes.length, 2 * HOLDS_CONNECTIONS.length * CLIENTS);
      assert.equal(scene.server.pid, pid);
      assert.ok(process.kill(pid, 0));
      // Every actor that was told to end did so in time.
      assert.doesNotMatch(scene.server.log, /sup\.shutdown_error|zombie\.add/);
    });
  });
}

test("a crash of a connection costs its own client", async () => {
  await withScene("2", async (scene) => {
    const victim = 7;
    const { opens } = scene;
    const path = await connectionOf(scene.server, scene.rooms[victim]);
    const { code, stderr } = await scene.server.command("crash", path);
    assert.equal(code, 0, stderr);
    const { client, channel } = scene.rooms[victim];
    await until("the victim to be back", () =>
      client.opens > opens[victim] && channel.state === "joined");
    await scene.traffic.progress();
    assert.deepEqual(scene.traffic.takeFailures(), []);
    const expected = opens.map((count, n) => (n === victim ? count + 1 : count));
    assert.deepEqual(scene.opens, expected);
    assert.equal(scene.closes.length, 1);
    await scene.everybodyHears(victim);
    await scene.everybodyIsSeen();
  });
});

test("a stopped listener leaves its clients to the others", async () => {
  await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
    const asked = async () => {
      const one = await exchange(server.port,
        "GET /api/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      return statusOf(one);
    };
    const ask = async (count) => {
      const answers = await Promise.all(Array.from({ length: count }, asked));
      assert.deepEqual(answers, Array.from({ length: count }, () => 200));
    };
    const order = async (...args) => {
      const { code, stderr } = await server.command(...args);
      assert.equal(code, 0, stderr);
    };
    await order("stop", "/http/listener-0");
    await ask(20);
    await order("stop", "/http/listener-1");
    await until("the port to be closed", async () => (await asked()) !== 200);
    await order("restart", "/http/listener-1");
    await ask(20);
    await order("restart", "/http/listener-0");
    await ask(20);
    assert.equal(find(await treeOf(server), "/http/listener-0").state, "running");
  });
});

test("a restart of a listener keeps the clients that wait for it", async () => {
  await withServer({ env: { COPPICE_SHARDS: "1" } }, async (server) => {
    const agent = () => exchange(server.port,
      "GET /api/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    for (let n = 0; n < 5; ++n) {
      const answers = Promise.all(Array.from({ length: 20 }, agent));
      await server.command(n % 2 === 0 ? "crash" : "restart", "/http/listener");
      for (const answer of await answers) assert.equal(statusOf(answer), 200);
    }
  });
});

test("without descriptors clients are told so, and the log says why", async () => {
  await withServer({ env: { COPPICE_SHARDS: "1" } }, async (server) => {
    const descriptors = (await readdir(`/proc/${server.pid}/fd`)).map(Number);
    const limitTo = (soft) =>
      run("prlimit", ["--pid", String(server.pid), `--nofile=${soft}:`]);
    const connections = [];
    const answerToAnother = async () => {
      const connection = new RawConnection(server.port);
      connections.push(connection);
      connection.send("GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n");
      await connection.receive(/\r\n\r\n/).catch(() => {});  // or it was just closed
      return statusOf(connection.received);
    };
    try {
      assert.equal(await answerToAnother(), 200);
      await limitTo(Math.max(...descriptors) + 3);
      await until("the last descriptor to be taken", async () =>
        (await answerToAnother()) !== 200);
      await until("a warning", () => /can't accept clients: Too many open files/.test(server.log));
      for (let n = 0; n < 20; ++n) assert.notEqual(await answerToAnother(), 200);
      assert.ok(server.log.match(/can't accept clients/g).length < 5, "said too often");
      await limitTo(1024);
      await until("room again", async () => (await answerToAnother()) === 200);
    } finally {
      for (const connection of connections) connection.destroy();
    }
  });
});

test("an import needs none of the readers", async () => {
  await withServer({ env: { POOL_SIZE: "1" }, prepare: contentIn(trees(3)) }, async (server) => {
    await until("the first import", () => /imported .*3 created/.test(server.log));
    await server.command("suspend", "/database/readers/reader-1");
    await server.command("restart", "/jobs/importer");
    await until("the second import", () => /imported .*3 unchanged/.test(server.log));
  });
});

test("a content folder that is not there yet is no crash, and is imported once it is", async () => {
  const prepare = async (server) => {
    server.env.CONTENT_PATH = join(server.folder, "content");
    await mkdir(server.env.CONTENT_PATH);
  };
  await withServer({ prepare }, async (server) => {
    await until("a warning", () => /CONTENT_PATH=.* can't be imported/.test(server.log));
    await contentFolder(server.folder, trees(2));
    await until("the import", () => /imported .*2 created/.test(server.log));
    assert.doesNotMatch(server.log, /actor\.crash/);
    assert.equal(server.log.match(/CONTENT_PATH/g).length, 1);
  });
});

test("a start that fails says in one line which actor failed, and why", async () => {
  await withServer({}, async (first) => {
    await withFolder(async (folder) => {
      const env = { ...new Server(folder).env, PORT: String(first.port), COPPICE_SHARDS: "2" };
      const { code, stderr } = await coppice(["server"], { env, cwd: folder });
      assert.equal(code, 1);
      const [last] = stderr.trim().split("\n").slice(-1);
      const address = `\\[::\\]:${first.port}`;
      const reason = `cannot listen on ${address}: port ${first.port} is already in use; .*PORT$`;
      assert.match(last, new RegExp(`error can't start /http/listener-0: ${reason}`));
    });
  });
});

// Makes an actor crash, without the time that a command takes; false once there is no server.
function crash(server, path) {
  return new Promise((done) => {
    const target = `/v1/crash?path=${encodeURIComponent(path)}`;
    request({ socketPath: server.adminSocket, path: target, method: "POST" }, (response) => {
      response.resume().once("close", () => done(true));
    }).once("error", () => done(false)).end();
  });
}

test("a tree that crashes too often ends the process with 1", async () => {
  await withServer({}, async (server) => {
    await until("the end of the crashes", async () => !(await crash(server, "/pubsub")));
    assert.deepEqual(await within("the end", server.ended), { code: 1, signal: null });
    assert.match(server.log, /the tree has ended: too many crashes/);
  });
});
