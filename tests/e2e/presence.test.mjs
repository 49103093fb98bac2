// Presence as Phoenix's clients expect it: what is on the wire, what the client's Presence class makes
// of it, and that members vanish with their connection, however that ends.
import assert from "node:assert/strict";
import test from "node:test";
import { Presence } from "phoenix";
import { CARRIERS, withRaw } from "./support/carriers.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { connectionOf } from "./support/connection_actor.mjs";
import { sessionsOf } from "./support/polls.mjs";
import { RawSocket } from "./support/raw_socket.mjs";
import { withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const LOBBY = "room:lobby";

// How long a departure may take to be seen: far less than any timeout that would show it in the end.
const PROMPTLY_MS = 5000;

// One server for the tests of the wire: each has rooms of its own.
let rooms = 0;

function wireTest(name, use, carriers = Object.keys(CARRIERS)) {
  for (const carrier of carriers) {
    test(`${carrier}: ${name}`, () => {
      const topic = `room:${++rooms}`;
      return withRaw(shared, carrier, (open) => use(async (user) => {
        const client = await open({ user_id: user });
        const [joinRef, , , , { status }] = await client.join(topic);
        assert.equal(status, "ok");
        return Object.assign(client, { topic, joinRef });
      }, topic, carrier));
    });
  }
}

function clientTest(name, use, carriers = Object.keys(TRANSPORTS)) {
  for (const carrier of carriers) {
    test(`${carrier}: ${name}`, () => {
      const topic = `room:${++rooms}`;
      return withClients({ port: shared.port, transport: TRANSPORTS[carrier] }, (client) => use(client, topic));
    });
  }
}

let shared;
let done;
test.before(async () => {
  await new Promise((ready, failed) => {
    withServer({ env: { COPPICE_SHARDS: "2" } }, (server) => {
      shared = server;
      ready();
      return new Promise((end) => (done = end));
    }).catch(failed);
  });
});
test.after(() => done());

const payloads = (socket, event) => socket.of(event).map((frame) => frame[4]);
const diffs = (socket) => payloads(socket, "presence_diff");
const isEmpty = (object) => Object.keys(object).length === 0;

function leave(client) {
  client.send(client.joinRef, client.topic, "phx_leave");
}

function state(socket) {
  return socket.receive("the state", (frame) => frame[3] === "presence_state");
}

// The first diff that does this to the key.
function diffWith(socket, part, key) {
  return socket.receive(`${key} in ${part}`, ([, , , event, payload]) =>
    event === "presence_diff" && Object.hasOwn(payload[part], key));
}

// What Phoenix's Presence class makes of all that a socket was sent for its topic.
const folds = new WeakMap();
function folded(socket) {
  const fold = folds.get(socket) ?? { at: 0, members: {}, synced: false };
  folds.set(socket, fold);
  for (; fold.at < socket.frames.length; ++fold.at) {
    const [, , topic, event, payload] = socket.frames[fold.at];
    if (topic !== socket.topic) continue;
    if (event === "presence_state") {
      fold.members = Presence.syncState(fold.members, structuredClone(payload));
      fold.synced = true;
    } else if (event === "presence_diff" && fold.synced) {
      fold.members = Presence.syncDiff(fold.members, payload);
    }
  }
  return fold.members;
}

function untilFolded(socket, expected) {
  return until(`members ${JSON.stringify(expected)}`, () => {
    const members = folded(socket);
    const counted = Object.getOwnPropertyNames(members).sort().map((key) =>
      [key, members[key].metas.length]);
    return JSON.stringify(counted) === JSON.stringify(expected);
  });
}

wireTest("the state is a push behind the join's reply, a diff a broadcast", async (join, topic) => {
  const ann = await join("ann");
  const [joinRef, ref, stateTopic, , payload] = await state(ann);
  assert.deepEqual([joinRef, ref, stateTopic], [ann.joinRef, null, topic]);
  assert.deepEqual(Object.keys(payload), ["ann"]);
  assert.deepEqual(Object.keys(payload.ann), ["metas"]);
  const events = ann.frames.map((frame) => frame[3]);
  assert.ok(events.indexOf("phx_reply") < events.indexOf("presence_state"));

  await join("bob");
  const [diffJoinRef, diffRef, diffTopic, , diff] = await diffWith(ann, "joins", "bob");
  assert.deepEqual([diffJoinRef, diffRef, diffTopic], [null, null, topic]);
  assert.deepEqual(Object.keys(diff).sort(), ["joins", "leaves"]);
  assert.deepEqual(Object.keys(diff.joins), ["bob"]);
  assert.deepEqual(diff.leaves, {});
});

wireTest("a meta is the application's map and a ref of its own", async (join) => {
  const ann = await join("ann");
  const bob = await join("bob");
  const [, , , , members] = await state(bob);
  const metas = [members.ann.metas[0], members.bob.metas[0]];
  for (const meta of metas) {
    assert.deepEqual(Object.keys(meta).sort(), ["online_at", "phx_ref"]);
    assert.match(meta.phx_ref, /^[\w-]{16}$/);
    assert.match(meta.online_at, /^\d+$/);
  }
  assert.notEqual(metas[0].phx_ref, metas[1].phx_ref);
  assert.deepEqual((await diffWith(ann, "joins", "bob"))[4].joins.bob.metas, [metas[1]]);
});

wireTest("both members of a diff are always there", async (join) => {
  const ann = await join("ann");
  const bob = await join("bob");
  await diffWith(ann, "joins", "bob");
  leave(bob);
  const [, , , , diff] = await diffWith(ann, "leaves", "bob");
  assert.deepEqual(diff.joins, {});
  for (const each of diffs(ann)) assert.deepEqual(Object.keys(each).sort(), ["joins", "leaves"]);
});

wireTest("a diff has only the metas that changed, and a key goes with its last", async (join) => {
  const ann = await join("ann");
  const first = await join("bob");
  const [, , , , { bob: { metas: [before] } }] = await state(first);
  await untilFolded(ann, [["ann", 1], ["bob", 1]]);
  const second = await join("bob");
  await untilFolded(ann, [["ann", 1], ["bob", 2]]);
  const joins = diffs(ann).filter(({ joins }) => "bob" in joins).at(-1).joins.bob.metas;
  assert.equal(joins.length, 1);
  assert.notEqual(joins[0].phx_ref, before.phx_ref);

  leave(first);
  await untilFolded(ann, [["ann", 1], ["bob", 1]]);
  const [, , , , { leaves }] = await diffWith(ann, "leaves", "bob");
  assert.deepEqual(leaves.bob.metas.map(({ phx_ref }) => phx_ref), [before.phx_ref]);
  leave(second);
  await untilFolded(ann, [["ann", 1]]);
});

wireTest("an update is one diff, of that meta alone, with the ref it replaces", async (join) => {
  const ann = await join("ann");
  const phone = await join("bob");
  await state(phone);
  const laptop = await join("bob");
  await untilFolded(ann, [["ann", 1], ["bob", 2]]);
  const known = folded(ann).bob.metas.map(({ phx_ref }) => phx_ref);
  const diffsBefore = diffs(ann).length;
  phone.send(phone.joinRef, phone.topic, "update_meta", { typing: true });
  await until("the update", () => diffs(ann).length > diffsBefore);
  const [{ joins, leaves }] = diffs(ann).slice(diffsBefore);
  assert.deepEqual([Object.keys(joins), Object.keys(leaves)], [["bob"], ["bob"]]);
  assert.deepEqual([joins.bob.metas.length, leaves.bob.metas.length], [1, 1]);
  const [updated] = joins.bob.metas;
  assert.equal(updated.typing, true);
  assert.equal(updated.phx_ref_prev, leaves.bob.metas[0].phx_ref);
  assert.ok(known.includes(updated.phx_ref_prev));
  assert.ok(!known.includes(updated.phx_ref));

  // A later one refers to the version before it, and who comes then sees only the last.
  phone.send(phone.joinRef, phone.topic, "update_meta", { typing: false });
  await until("the second update", () => diffs(ann).length > diffsBefore + 1);
  const again = diffs(ann).at(-1).joins.bob.metas[0];
  assert.equal(again.phx_ref_prev, updated.phx_ref);
  const [, , , , members] = await state(await join("eve"));
  assert.deepEqual(members.bob.metas.find(({ typing }) => typing !== undefined), again);
  assert.equal(members.bob.metas.length, 2);
  laptop.terminate();
});

wireTest("no meta both joins and leaves in one diff, and none twice", async (join) => {
  const watcher = await join("watcher");
  const others = await Promise.all(["a", "b", "c", "d"].map((user) => join(user)));
  for (let n = 0; n < 50; ++n) {
    for (const each of others) each.send(each.joinRef, each.topic, "update_meta", { n });
  }
  for (const each of others) leave(each);
  await untilFolded(watcher, [["watcher", 1]]);
  const refs = (part) => Object.values(part).flatMap(({ metas }) => metas.map((m) => m.phx_ref));
  const joined = new Set();
  for (const diff of diffs(watcher)) {
    const [joins, leaves] = [refs(diff.joins), refs(diff.leaves)];
    assert.deepEqual(joins.filter((ref) => leaves.includes(ref)), []);
    assert.deepEqual(joins.filter((ref) => joined.has(ref)), []);
    for (const ref of joins) joined.add(ref);
    assert.ok(!(isEmpty(diff.joins) && isEmpty(diff.leaves)));
  }
});

wireTest("what precedes a state is in it, and what follows applies on top", async (join) => {
  const joining = [];
  for (let n = 0; n < 30; ++n) joining.push(join(`user-${n}`));
  const sockets = await Promise.all(joining);
  const expected = Array.from({ length: 30 }, (_, n) => [`user-${n}`, 1]).sort();
  for (const socket of sockets) await untilFolded(socket, expected);
  for (const socket of sockets) {
    const at = socket.frames.findIndex((frame) => frame[3] === "presence_state");
    const [, , , , members] = socket.frames[at];
    for (const [, , , event, diff] of socket.frames.slice(0, at)) {
      if (event !== "presence_diff") continue;
      for (const key of Object.keys(diff.joins)) assert.ok(key in members, key);
    }
    assert.equal(socket.of("presence_state").length, 1);
  }
});

wireTest("keys are any strings", async (join) => {
  const keys = ["__proto__", "constructor", "toString", "hasOwnProperty", "a\"b", "back\\slash",
                "nul\u0000nul", "line\nbreak", "🌳", "é", " ", "", "x".repeat(1000)];
  const sockets = [];
  for (const key of keys) sockets.push(await join(key));
  const expected = keys.map((key) => [key, 1]).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const socket of sockets) await untilFolded(socket, expected);
  for (const socket of sockets.slice(1)) leave(socket);
  await untilFolded(sockets[0], [["__proto__", 1]]);
});

wireTest("a second join is a leave and a join for others, a join for oneself", async (join) => {
  const ann = await join("ann");
  const bob = await join("bob");
  const [, , , , { bob: { metas: [old] } }] = await state(bob);
  await untilFolded(ann, [["ann", 1], ["bob", 1]]);
  const mark = bob.frames.length;
  const [joinRef] = await bob.join(bob.topic);
  await until("the new state", () => bob.of("presence_state").length === 2);
  const [, , , , members] = bob.of("presence_state")[1];
  assert.equal(members.bob.metas.length, 1);
  assert.notEqual(members.bob.metas[0].phx_ref, old.phx_ref);
  const [, , , , { leaves }] = await diffWith(ann, "leaves", "bob");
  assert.deepEqual(leaves.bob.metas.map(({ phx_ref }) => phx_ref), [old.phx_ref]);
  await untilFolded(ann, [["ann", 1], ["bob", 1]]);
  assert.deepEqual(folded(ann).bob.metas[0].phx_ref, members.bob.metas[0].phx_ref);
  const closes = bob.frames.slice(mark).filter((frame) => frame[3] === "phx_close");
  assert.ok(closes.length === 1 && closes[0][0] !== joinRef);
});

wireTest("several channels of a socket are present each for itself", async (join) => {
  const ann = await join("ann");
  await ann.join(`${ann.topic}:annex`);
  await until("both states", () => ann.of("presence_state").length === 2);
  const topics = ann.of("presence_state").map((frame) => frame[2]);
  assert.deepEqual(topics.sort(), [ann.topic, `${ann.topic}:annex`]);
  for (const [, , topic, , diff] of ann.of("presence_diff")) {
    assert.ok(topics.includes(topic));
    assert.deepEqual(Object.keys(diff.joins), ["ann"]);
  }
});

clientTest("the Presence class hears of first joins, further ones and last leaves",
  async (client, topic) => {
    const ann = await client("ann").join(topic);
    await until("ann", () => ann.members().ann === 1);
    const heard = [];
    ann.presence.onJoin((key, before, { metas }) =>
      heard.push(`+${key} ${before?.metas.length ?? 0}+${metas.length}`));
    ann.presence.onLeave((key, left, { metas }) =>
      heard.push(`-${key} ${left.metas.length}-${metas.length}`));
    const hears = (...expected) =>
      until(`${expected}, not ${heard}`, () => heard.join() === expected.join());
    const first = await client("bob").join(topic);
    await hears("+bob 0+1");
    const second = await client("bob").join(topic);
    await hears("+bob 0+1", "+bob 1+1");
    heard.length = 0;
    second.push("update_meta", { a: 1 });
    await hears("+bob 2+1", "-bob 2-1");
    heard.length = 0;
    await first.leave();
    await hears("-bob 1-1");
    await second.leave();
    await hears("-bob 1-1", "-bob 0-1");
  });

clientTest("a client that reconnects finds everybody again", async (client, topic) => {
  const ann = await client("ann").join(topic);
  const bob = await client("bob").join(topic);
  for (const room of [ann, bob]) {
    await until("both", () => JSON.stringify(room.members()) === '{"ann":1,"bob":1}');
  }
  bob.client.socket.conn._socket.resetAndDestroy();
  await until("bob to be back", () =>
    bob.client.opens === 2 && bob.channel.state === "joined" && bob.members().ann === 1);
  for (const room of [ann, bob]) {
    await until("both", () => JSON.stringify(room.members()) === '{"ann":1,"bob":1}');
  }
}, ["WebSocket"]);

// How a channel may end, whatever carries it, or the actor behind it.
const CHANNEL_ENDS = {
  "a leave": ({ client }) => leave(client),
  "a malformed message": ({ client }) => client.sendText("nonsense"),
  "a crash of the channel": ({ client }) => client.send(client.joinRef, client.topic, "crash"),
  "a stop of the channel": ({ client }) => client.send(client.joinRef, client.topic, "stop"),
  "a second join that is refused": ({ client }) => client.join(client.topic, { deny: true }),
  "a crash of its connection's actor": async ({ server, path }) => {
    assert.equal((await server.command("crash", path)).code, 0);
  },
  "a stop of its connection's actor": async ({ server, path }) => {
    assert.equal((await server.command("stop", path)).code, 0);
  },
};

// How a WebSocket may end.
const SOCKET_ENDS = {
  "a close frame": ({ client }) => client.ws.close(1000),
  "a close frame without a code": ({ client }) => client.ws.close(),
  "a reset": ({ client }) => client.tcp.resetAndDestroy(),
  "an end of the stream without a close frame": ({ client }) => client.tcp.end(),
  "a broken frame": ({ client }) => client.tcp.write(Buffer.from([0xff, 0x80, 0, 0, 0, 0])),
  "a frame beyond the limit": ({ client }) =>
    client.tcp.write(Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0])),
  "text that is not UTF-8": ({ client }) => client.ws.send(Buffer.from([0xff]), { binary: false }),
};

// The path of the actor behind a client that `connect` brings: {client, path}.
async function withItsActor(carrier, connect) {
  const before = await sessionsOf(shared);
  const client = await connect();
  if (carrier === "WebSocket") return { client, path: await connectionOf(shared, client) };
  const [path] = (await sessionsOf(shared)).filter((each) => !before.includes(each));
  return { client, path };
}

function vanishTest(how, end, carriers) {
  wireTest(`members vanish with ${how}`, async (join, topic, carrier) => {
    const watcher = await join("watcher");
    const { client, path } = await withItsActor(carrier, () => join("victim"));
    await client.join("viewers:site");
    await untilFolded(watcher, [["victim", 1], ["watcher", 1]]);
    const began = performance.now();
    await end({ client, server: shared, path });
    await untilFolded(watcher, [["watcher", 1]]);
    const took = performance.now() - began;
    assert.ok(took < PROMPTLY_MS, `${Math.round(took)} ms`);
    assert.deepEqual(Object.keys((await diffWith(watcher, "leaves", "victim"))[4].leaves), ["victim"]);
  }, carriers);
}

for (const [how, end] of Object.entries(CHANNEL_ENDS)) vanishTest(how, end);
for (const [how, end] of Object.entries(SOCKET_ENDS)) vanishTest(how, end, ["WebSocket"]);

wireTest("none of those is still counted among the viewers", async (join) => {
  const watcher = await join("watcher");
  await watcher.join("viewers:site");
  await until("a count of one", () => payloads(watcher, "presence_count").at(-1)?.count === 1);
});

test("members vanish from those who stay while a server drains, and with it", async () => {
  await withServer({}, async (server) => {
    const sockets = [];
    for (let n = 0; n < 30; ++n) {
      const socket = await RawSocket.open(server, { user_id: `user-${n}` });
      socket.topic = LOBBY;
      await socket.join(LOBBY);
      sockets.push(socket);
    }
    await until("everybody", () => Object.keys(folded(sockets[0])).length === 30);
    server.signal("SIGTERM");
    const codes = await within("the closes", Promise.all(sockets.map(({ closed }) => closed)));
    assert.deepEqual(new Set(codes), new Set([1012]));
    // The sockets close one after the other, and who is last sees others go.
    const leaves = sockets.map((socket) =>
      diffs(socket).reduce((sum, diff) => sum + Object.keys(diff.leaves).length, 0));
    assert.ok(Math.max(...leaves) > 0, `${leaves}`);
    assert.deepEqual(await within("the end", server.ended), { code: 0, signal: null });
  });
});

// 200 clients come and go in every way while presence crashes again and again.
test("after crashes of presence under load everybody sees everybody, and no ghost", async () => {
  const CLIENTS = 200;
  const CRASHES = 7;  // fewer than the tree would give up for
  await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
    const people = Array.from({ length: CLIENTS }, (_, n) => ({ user: `user-${n % 150}` }));
    let over = false;
    const come = async (person) => {
      person.socket = await RawSocket.open(server, { user_id: person.user });
      person.socket.topic = LOBBY;
      [person.socket.joinRef] = await person.socket.join(LOBBY);
    };
    const change = async (person) => {
      if (!person.socket?.isOpen) return come(person);
      const { socket } = person;
      const choice = Math.floor(Math.random() * 4);
      if (choice === 0) return void socket.send(socket.joinRef, LOBBY, "update_meta", { n: 1 });
      if (choice === 1) return void ([socket.joinRef] = await socket.join(LOBBY));  // a second join
      person.socket = undefined;
      if (choice === 2) socket.ws.close(1000);
      else socket.tcp.resetAndDestroy();
    };
    const live = async (person) => {
      while (!over) {
        await change(person);
        await new Promise((done) => setTimeout(done, 400 + Math.random() * 1200));
      }
    };
    try {
      await Promise.all(people.map(come));
      const lives = people.map(live);
      for (let n = 0; n < CRASHES; ++n) {
        const { code, stderr } = await server.command("crash", "/presence");
        assert.equal(code, 0, stderr);
        await new Promise((done) => setTimeout(done, 400));
      }
      over = true;
      await Promise.all(lives);

      const expected = {};
      const here = people.filter(({ socket }) => socket?.isOpen);
      for (const { user } of here) expected[user] = (expected[user] ?? 0) + 1;
      const wanted = Object.entries(expected).sort();
      assert.ok(here.length > 20 && here.length < CLIENTS, `${here.length} are left`);
      const late = await RawSocket.open(server, { user_id: "zoe" });
      late.topic = LOBBY;
      await late.join(LOBBY);
      wanted.push(["zoe", 1]);
      for (const { socket } of [...here, { socket: late }]) await untilFolded(socket, wanted);
      const { incarnation } = find(await treeOf(server), "/presence");
      assert.equal(incarnation, CRASHES + 1);
      late.terminate();
    } finally {
      over = true;
      for (const { socket } of people) socket?.terminate();
    }
  });
});
