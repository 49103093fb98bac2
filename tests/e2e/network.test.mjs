// One server behind a bad network: frames that are lost and late, and links that are cut.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { describe } from "node:test";
import { ask } from "./support/admin.mjs";
import { editor } from "./support/changes.mjs";
import { holding, trees } from "./support/content.mjs";
import { stopInTime } from "./support/ending.mjs";
import { contradictions } from "./support/history.mjs";
import { fill } from "./support/load.mjs";
import { testOnNetwork, withNetwork } from "./support/network.mjs";
import { coppice, withServer } from "./support/server.mjs";
import { presentOn } from "./support/sessions.mjs";
import { querySql } from "./support/sql.mjs";
import { LIMIT_MS, until } from "./support/wait.mjs";

const BAD = { loss: 0.07, delay_ms: 10 };
const CROWD = 200;
const STORM = 60; // of whom each hears the others, over a network that loses every fourteenth frame
// Often enough that nobody needs long to notice that his connection is dead.
const QUICK = { heartbeatIntervalMs: 2000 };
const SILENCE_MS = 60_000; // after which a server gives up a socket

// Runs use(network, server) with a server on one host, and other hosts. `prepare` is called before the
// server starts, with the same.
function withHosts(use, { hosts = ["clients"], prepare, env } = {}) {
  return withNetwork(["server", ...hosts], (network) => {
    const placed = (server) => {
      network.place(server, "server");
      return prepare?.(network, server);
    };
    return withServer({ env: { ACCESS_LOG: "errors", ...env }, prepare: placed }, (server) => use(network, server));
  });
}

// Sessions on the host of the clients, that write through the network; see sessions.mjs.
async function beginSessions(network, server, options) {
  const { token } = await editor(server);
  const inside = network.run("clients", "sessions.mjs");
  await inside.call("begin", { server: server.url }, token, options);
  return {
    progress: () => inside.call("progress"),
    // Ends them: everything that was acknowledged must be there, once.
    check: async () => {
      const histories = await inside.call("end");
      assert.deepEqual(contradictions(histories, await presentOn(server, token)), []);
      return histories;
    },
  };
}

async function startAgain(server) {
  server.env.PORT = String(server.port);
  await server.start();
}

const socketUrl = (server) => `ws://${server.host}:${server.port}/socket`;
const crowd = (count) => Array.from({ length: count }, (_, n) => `user-${n}`);

async function socketsOf(server) {
  const { connections } = await ask(server, "/v1/connections?transport=websocket&limit=1000");
  return connections.length;
}

async function presentIn(server, topic) {
  return (await ask(server, `/v1/presence?topic=${topic}`)).members.length;
}

describe("the emulated network", () => {
  // Runs `use` with two hosts, and what sends datagrams from one to the other and returns when.
  const withDatagrams = (use) => withNetwork(["a", "b"], async (network) => {
    const [a, b] = ["a", "b"].map((host) => network.run(host, "datagrams.mjs"));
    await a.call("open", network.address("a"));
    const port = await b.call("open", network.address("b"));
    const send = (...texts) => a.call("send", texts, network.address("b"), port);
    const received = () => b.call("received");
    const untilReceived = (wanted) => until(`${wanted} to arrive`, async () =>
      (await received()).find(({ text }) => text === wanted));
    await use(network, send, received, untilReceived);
  });

  testOnNetwork("frames are late as they are told to be", () => withDatagrams(async (network, send, received, untilReceived) => {
    await network.set(["b"], { delay_ms: 100 });
    const sent = await send("one");
    const { at } = await untilReceived("one");
    assert.ok(at >= sent + 99, `${at - sent} ms`);
  }));

  testOnNetwork("some frames are lost, and not all", () => withDatagrams(async (network, send, received, untilReceived) => {
    await network.set(["a", "b"], { loss: 0.5 });
    await send(...Array.from({ length: 100 }, (_, n) => `${n}`));
    await network.set(["a", "b"], { loss: 0 });
    await send("last");
    await untilReceived("last");
    const { length } = await received();
    assert.ok(length > 1 && length < 101, `${length} of 101`);
  }));

  testOnNetwork("nothing passes where a link is cut, and all where it is whole again", () => withDatagrams(async (network, send, received, untilReceived) => {
    await network.cut("a");
    await send("lost");
    await network.heal("a");
    await send("found");
    await untilReceived("found");
    assert.deepEqual((await received()).map(({ text }) => text), ["found"]);
  }));
});

describe("a bad network", { concurrency: 2 }, () => {
  testOnNetwork("who vanishes without a word is forgotten after a minute", () =>
    withHosts(async (network, server) => {
      await server.get("/api/health");
      const idle = await server.descriptors();
      const people = network.run("clients", "people.mjs");
      await people.call("join", socketUrl(server), crowd(20));
      await network.cut("clients");
      await people.kill();
      assert.equal(await presentIn(server, "room:lobby"), 20);
      const nobody = async () => (await presentIn(server, "room:lobby")) === 0;
      await until("nobody to be present", nobody, SILENCE_MS + LIMIT_MS);
      await until("nothing of them to be left", async () => (await server.descriptors()) <= idle);
      assert.equal(await socketsOf(server), 0);
    }));

  testOnNetwork("what was acknowledged while a server ends is there, once, however bad the network", () =>
    withHosts(async (network, server) => {
      await network.set(["clients"], BAD);
      // Who loses a frame or two has gone by the time that the answer comes, and asks again.
      const sessions = await beginSessions(network, server, { patienceMs: 150 });
      await sessions.progress();
      await stopInTime(server);
      await startAgain(server);
      await sessions.progress();
      await sessions.check();
    }));

  testOnNetwork("a server ends in time when its clients are cut off meanwhile, and nothing is lost", () =>
    withHosts(async (network, server) => {
      const sessions = await beginSessions(network, server, { patienceMs: 2000 });
      const people = network.run("clients", "people.mjs");
      await people.call("join", socketUrl(server), crowd(50), QUICK);
      await sessions.progress();
      const stopping = stopInTime(server);
      await network.cut("clients");
      await stopping;
      await network.heal("clients");
      await startAgain(server);
      await sessions.progress();
      await sessions.check();
      await people.call("untilTogether", crowd(50));
    }));

  testOnNetwork("a crowd that is cut off is back together when the network is, and nothing else is left", () =>
    withHosts(async (network, server) => {
      await network.set(["clients"], { delay_ms: 5 });
      await server.get("/api/health");
      const idle = await server.descriptors();
      const people = network.run("clients", "people.mjs");
      await people.call("join", socketUrl(server), crowd(CROWD), QUICK);
      await people.call("untilTogether", crowd(CROWD));
      const before = await server.descriptors();

      await network.cut("clients");
      await people.call("untilCut");
      await network.heal("clients");
      await people.call("untilTogether", crowd(CROWD));

      assert.ok((await people.call("opens")).every((count) => count > 1));
      await until("no connection but theirs to be left", async () => (await socketsOf(server)) === CROWD);
      await until("no more descriptors than before", async () => (await server.descriptors()) <= before);
      await until("a shout to arrive", async () => {
        await people.call("shout", "user-0", {});
        return (await people.call("heard", `user-${CROWD - 1}`)).length > 0;
      });
      await people.call("disconnect", crowd(CROWD));
      await until("nothing of them to be left", async () => (await server.descriptors()) <= idle);
    }));

  // What somebody has heard is on the disk, and so in the history of the room.
  testOnNetwork("a storm of those who come back over a bad network loses no write and no shout that was heard", () =>
    withHosts(async (network, server) => {
      await network.set(["clients"], BAD);
      const sessions = await beginSessions(network, server, { patienceMs: 2000 });
      const people = network.run("clients", "people.mjs");
      await people.call("join", socketUrl(server), crowd(STORM), QUICK);
      await people.call("beginShouting", crowd(3), 250);
      await sessions.progress();
      await people.call("untilMoreIsHeard", 5);

      await network.cut("clients");
      await people.call("untilCut");
      await network.heal("clients");
      await people.call("untilTogether", crowd(STORM));
      assert.ok((await people.call("opens")).every((count) => count > 1));
      await sessions.progress();
      await people.call("untilMoreIsHeard", 5);

      await people.call("endShouting");
      await network.set(["clients"], { loss: 0 });
      assert.deepEqual(await people.call("heardTwice"), []);
      await people.call("untilKept", socketUrl(server));
      await sessions.check();
    }, { env: { ROOM_HISTORY: "10000", ROOM_HISTORY_KB: "65536" } }));

  testOnNetwork("a backup over a bad network is whole, and writing goes on", () => {
    let env; // of the store
    const prepare = async (network, server) => {
      for (const host of ["clients", "store"]) await network.set([host], BAD);
      env = await network.run("store", "store.mjs").call("open", server.folder, network.address("store"));
      Object.assign(server.env, env, { BACKUP_PATH: join(server.folder, "backups"), BACKUP_SCHEDULE: "off" });
      await holding(trees(1))(server);
      await fill(server.database, 1_000_000);
    };
    return withHosts(async (network, server) => {
      const sessions = await beginSessions(network, server);
      await sessions.progress();
      await network.cut("store");
      const making = ask(server, "/v1/backups", "POST");
      await sessions.progress();
      await network.heal("store");
      const { file } = await making;
      await sessions.progress();
      const histories = await sessions.check();

      // On a machine that has nothing of its own.
      const copy = join(server.folder, "copy.db");
      const elsewhere = (...args) => coppice(args, {
        env: { ...env, DATABASE_PATH: copy, BACKUP_PATH: join(server.folder, "elsewhere") },
        cwd: server.folder,
        launcher: server.launcher,
      });
      for (const what of ["verify", "restore"]) {
        const { code, stderr } = await elsewhere("backup", what, basename(file));
        assert.equal(code, 0, stderr);
      }
      assertOneMoment(histories, new Set((await querySql(copy, "SELECT slug FROM posts")).flat()));
    }, { hosts: ["clients", "store"], prepare });
  });
});

// Each session writes one after the other: what is there of it is all up to some point.
function assertOneMoment(histories, kept) {
  let count = 0;
  for (const history of histories) {
    const there = history.filter(({ op }) => op === "write").map(({ slug }) => kept.has(slug));
    assert.deepEqual(there, there.toSorted((a, b) => b - a));
    count += there.filter(Boolean).length;
  }
  assert.ok(count > 0, "what was written before is there");
}
