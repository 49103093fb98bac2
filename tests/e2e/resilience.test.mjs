// Every actor is restarted, then made to crash, under load: what it costs clients, and what is there
// afterwards.
import assert from "node:assert/strict";
import test from "node:test";
import { withClients } from "./support/clients.mjs";
import { contentFolder, trees } from "./support/content.mjs";
import { withServer } from "./support/server.mjs";
import { Traffic } from "./support/traffic.mjs";
import { find, isSettled, placesOf, treeOf } from "./support/tree.mjs";
import { until } from "./support/wait.mjs";

const CLIENTS = 100;
const USERS = 90;  // so some have two sockets
const LOBBY = "room:lobby";
const PATHS = ["/api/health", "/api/posts", "/api/posts/tree-1", "/api/search?q=oak"];

// Connections live below these, so with them they end; clients come back by themselves.
const HOLDS_CONNECTIONS = ["/http", "/http/connections"];

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
      await this.everybodyBack(opens);
    } else {
      assert.deepEqual(failures, [], name);
      assert.equal(this.closes.length, closesBefore, `${name} closed sockets`);
    }
    await this.everybodyHears(opens.length - 1);
    await this.everybodyIsSeen();
  }
}

async function withScene(shards, use) {
  let content;
  const prepare = async (server) => {
    content = await contentFolder(server.folder, trees(5));
    server.env.CONTENT_PATH = content;
  };
  await withServer({ env: { COPPICE_SHARDS: shards, POOL_SIZE: "2" }, prepare }, async (server) => {
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
