// What the official client does by itself and a server must put up with: heartbeats, joins that are
// tried again, messages out of date, connections that are lost.
import assert from "node:assert/strict";
import test from "node:test";
import WebSocket from "ws";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const LOBBY = "room:lobby";

// Over WebSocket.
function socketTest(name, use, env = {}) {
  test(name, () => withServer({ env }, (server) =>
    withClients(server, (client) => use(client, server))));
}

function clientTest(name, use, env = {}) {
  for (const [carrier, transport] of Object.entries(TRANSPORTS)) {
    test(`${carrier}: ${name}`, () => withServer({ env }, (server) =>
      withClients(Object.assign(server, { transport }), (client) => use(client, server))));
  }
}

const joined = (channel) => until("the join", () => channel.state === "joined");

// What became of a push: the statuses that it was told.
function outcomes(push) {
  const all = [];
  for (const status of ["ok", "error", "timeout"]) push.receive(status, () => all.push(status));
  return all;
}

socketTest("heartbeats keep a connection", async (client) => {
  const ann = client("ann", { heartbeatIntervalMs: 50 });
  const beats = [];
  ann.socket.onMessage(({ topic, payload }) => topic === "phoenix" && beats.push(payload));
  await until("some heartbeats", () => beats.length >= 10);
  assert.deepEqual(beats[0], { status: "ok", response: {} });
  assert.deepEqual([ann.opens, ann.closes], [1, []]);
});

clientTest("a client whose version is refused tries again, and harms nobody", async (client) => {
  const ann = client("ann", { vsn: "9.9.9", reconnectAfterMs: () => 20 });
  await until("some tries", () => ann.errors.length >= 3);
  assert.equal(ann.opens, 0);
  assert.equal((await (await client("bob").join(LOBBY)).ask("ping")).status, "ok");
});

clientTest("a ping of the socket is answered", async (client) => {
  const ann = client("ann");
  await until("the connection", () => ann.socket.isConnected());
  const answered = new Promise((done) => ann.socket.ping(done));
  assert.ok(await within("the answer", answered) >= 0);
});

clientTest("what is pushed before the join is answered is sent after it", async (client) => {
  const channel = client("ann").socket.channel(LOBBY);
  channel.join();
  const pings = Array.from({ length: 10 }, (_, n) => outcomes(channel.push("ping", { n })));
  await until("all answers", () => pings.every(([status]) => status === "ok"));
});

clientTest("a second channel of a topic takes the place of the first", async (client) => {
  const ann = client("ann");
  const first = await ann.join(LOBBY);
  const second = await ann.join(LOBBY);
  await until("the end of the first", () => first.channel.state === "closed");
  second.push("shout", { n: 1 });
  await second.receive("shout");
  assert.equal((await second.ask("ping")).status, "ok");
  assert.deepEqual([first.of("shout"), second.of("shout")], [[], [{ n: 1 }]]);
  await until("who is there", () => second.members().ann === 1);
  assert.deepEqual(ann.closes, []);
});

clientTest("channels that replace each other over and over leave the last", async (client) => {
  const ann = client("ann");
  const bob = await client("bob").join(LOBBY);
  const channels = Array.from({ length: 20 }, () => {
    const channel = ann.socket.channel(LOBBY);
    channel.join();
    return channel;
  });
  await joined(channels.at(-1));
  await until("the end of the others", () =>
    channels.slice(0, -1).every(({ state }) => state === "closed"));
  await until("one ann", () => bob.members().ann === 1 && bob.members().bob === 1);
  const heard = [];
  channels.at(-1).on("shout", (payload) => heard.push(payload));
  bob.push("shout", { n: 1 });
  await until("the shout", () => heard.length > 0);
  const status = outcomes(channels.at(-1).push("ping", {}));
  await until("an answer", () => status.length > 0);
  assert.deepEqual([status, heard], [["ok"], [{ n: 1 }]]);
});

clientTest("a join that is refused is tried again, until it is granted", async (client) => {
  const ann = client("ann", { rejoinAfterMs: () => 20 });
  let tries = 0;
  const channel = ann.socket.channel(LOBBY, () => ({ deny: ++tries <= 3 }));
  const status = outcomes(channel.join());
  await joined(channel);
  assert.deepEqual([tries, status], [4, ["error", "error", "error", "ok"]]);
  assert.deepEqual([ann.opens, ann.closes], [1, []]);
});

// Nothing else runs while a room blocks, so that what is sent meanwhile comes too late for the client.
const ONE_SHARD = { COPPICE_SHARDS: "1" };

socketTest("a client that misses a heartbeat comes back, and is there once", async (client) => {
  const ann = await client("ann", { heartbeatIntervalMs: 500 }).join(LOBBY);
  ann.push("block");
  await until("the client to be back", () => ann.client.opens === 2 && ann.channel.state === "joined");
  assert.equal((await ann.ask("ping")).status, "ok");
  const bob = await client("bob").join(LOBBY);
  await until("who is there", () => bob.members().ann === 1 && bob.members().bob === 1);
}, ONE_SHARD);

socketTest("a join that the client gave up is left, and another one takes its place", async (client) => {
  const ann = client("ann", { rejoinAfterMs: () => 20 });
  const busy = await ann.join("room:busy");
  busy.push("block");
  const channel = ann.socket.channel(LOBBY);
  const closes = [];
  channel.onClose(() => closes.push(channel.joinRef()));
  const status = outcomes(channel.join(100));
  await until("the client to give up", () => status.includes("timeout"));
  channel.joinPush.timeout = channel.timeout = 30_000;
  await joined(channel);
  const ping = outcomes(channel.push("ping", {}));
  await until("an answer", () => ping.length > 0);
  assert.deepEqual([ping, closes, ann.opens], [["ok"], [], 1]);
  const bob = await client("bob").join(LOBBY);
  await until("who is there", () => bob.members().ann === 1 && bob.members().bob === 1);
}, ONE_SHARD);

socketTest("an answer that comes too late is nobody's", async (client) => {
  const ann = await client("ann").join(LOBBY);
  ann.push("block");
  const late = outcomes(ann.channel.push("ping", { n: 1 }, 100));
  await until("the client to give up", () => late.length > 0);
  assert.deepEqual((await ann.ask("ping", { n: 2 })).response, { n: 2 });
  assert.deepEqual(late, ["timeout"]);
}, ONE_SHARD);

socketTest("a lost connection comes back with all its channels, and what was pushed meanwhile",
  async (client) => {
    const ann = client("ann");
    const rooms = [];
    for (let n = 0; n < 5; ++n) rooms.push(await ann.join(`room:${n}`));
    for (const cut of ["terminate", "malformed"]) {
      const { opens, closes: { length: closes } } = ann;
      if (cut === "malformed") ann.socket.conn.send("nonsense");
      else ann.socket.conn.terminate();
      await until("the loss", () => ann.closes.length > closes);
      const pushed = rooms.map(({ channel }) => outcomes(channel.push("ping", {})));
      for (const { channel } of rooms) await joined(channel);
      await until("the answers", () => pushed.every(([status]) => status === "ok"));
      assert.equal(ann.opens, opens + 1);
    }
    assert.deepEqual(ann.closes, [1006, 1011]);
  });

clientTest("a channel that was left or closed stays away when others come back", async (client) => {
  const ann = client("ann");
  const left = await ann.join("room:left");
  const stopped = await ann.join("room:stopped");
  const stays = await ann.join("room:stays");
  await left.leave();
  stopped.push("stop");
  await stopped.receive("phx_close");
  stays.push("crash");
  await stays.receive("phx_error");
  await joined(stays.channel);
  assert.equal((await stays.ask("ping")).status, "ok");
  assert.deepEqual([left.channel.state, stopped.channel.state], ["closed", "closed"]);
});

test("a client that disconnects leaves all its channels at once", () =>
  withServer({}, (server) => withClients(server, async (client) => {
    const watched = ["room:a", "room:b", "room:c"];
    const bob = client("bob");
    const rooms = [];
    for (const topic of watched) rooms.push(await bob.join(topic));
    const ann = client("ann");
    for (const topic of watched) await ann.join(topic);
    for (const room of rooms) await until("ann", () => room.members().ann === 1);
    const sent = [];
    const { send } = WebSocket.prototype;
    ann.socket.conn.send = (...args) => {
      sent.push(args[0]);
      return send.apply(ann.socket.conn, args);
    };
    await ann.disconnect();
    for (const room of rooms) await until("ann to be gone", () => room.members().ann === undefined);
    assert.deepEqual(sent, []);
  })));
