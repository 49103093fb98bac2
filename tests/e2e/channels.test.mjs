// Rooms and presence with the official Phoenix client.
import assert from "node:assert/strict";
import test from "node:test";
import WebSocket from "ws";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const LOBBY = "room:lobby";

// Over WebSocket, for what long polls can't do or notice only after many seconds.
function clientTest(name, use, env = {}) {
  test(name, () => withServer({ env }, (server) =>
    withClients(server, (client) => use(client, server))));
}

// Over each transport: a channel doesn't know which one carries it.
function channelTest(name, use, env = {}) {
  for (const [carrier, transport] of Object.entries(TRANSPORTS)) {
    test(`${carrier}: ${name}`, () => withServer({ env }, (server) =>
      withClients(Object.assign(server, { transport }), (client) => use(client, server))));
  }
}

function untilMembers(room, expected) {
  const wanted = JSON.stringify(Object.entries(expected).sort());
  return until(`members ${wanted}, not ${JSON.stringify(room.members())}`, () =>
    JSON.stringify(Object.entries(room.members()).sort()) === wanted);
}

channelTest("a join is answered with the room", async (client) => {
  const { status, response } = await (await client("ann").join(LOBBY)).ask("ping", { n: 1 });
  assert.equal(status, "ok");
  assert.deepEqual(response, { n: 1 });
  const channel = client("bob").socket.channel("room:a:b");
  const joined = new Promise((done) => channel.join().receive("ok", done));
  assert.deepEqual(await within("the join", joined), { room: "a:b" });
});

channelTest("replies carry whatever was asked", async (client) => {
  const room = await client("ann").join(LOBBY);
  const payloads = [{}, { deep: [[1, { a: null }]] }, { text: "\u0000 é 🌳 \" \\ \n" },
                    { big: 9007199254740991, small: -1.5e-7 }];
  for (const payload of payloads) {
    assert.deepEqual((await room.ask("ping", payload)).response, payload);
  }
});

clientTest("binary payloads come back as they went", async (client) => {
  const room = await client("ann").join(LOBBY);
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  const { status, response } = await room.ask("bin", bytes.buffer);
  assert.equal(status, "ok");
  assert.deepEqual(new Uint8Array(response), bytes);
});

channelTest("a shout reaches every member once, a whisper not its sender", async (client) => {
  const rooms = [];
  for (const user of ["ann", "bob", "eve"]) rooms.push(await client(user).join(LOBBY));
  const elsewhere = await client("zoe").join("room:other");
  rooms[0].push("whisper", { text: "psst" });
  rooms[0].push("shout", { text: "hello" });
  for (const room of rooms) {
    assert.deepEqual(await room.receive("shout"), [{ text: "hello" }]);
  }
  // From one sender in order: whoever was to get the whisper has it by now.
  assert.deepEqual(rooms.map((room) => room.of("whisper").length), [0, 1, 1]);
  await elsewhere.ask("ping");
  assert.deepEqual([...elsewhere.of("shout"), ...elsewhere.of("whisper")], []);
});

channelTest("broadcasts of one sender arrive in order", async (client) => {
  const sender = await client("ann").join(LOBBY);
  const receiver = await client("bob").join(LOBBY);
  for (let n = 0; n < 200; ++n) sender.push("shout", { n });
  const received = await receiver.receive("shout", 200);
  assert.deepEqual(received.map(({ n }) => n), Array.from({ length: 200 }, (_, n) => n));
});

channelTest("a push reaches its own client alone", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await client("bob").join(LOBBY);
  ann.push("push_me", { a: 1 });
  assert.deepEqual(await ann.receive("pushed"), [{ a: 1 }]);
  await bob.ask("ping");
  assert.deepEqual(bob.of("pushed"), []);
});

channelTest("who has left hears nothing more", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await client("bob").join(LOBBY);
  await bob.leave();
  ann.push("shout", { text: "hello" });
  await ann.receive("shout");
  const again = await bob.client.join("room:other");
  await again.ask("ping");
  assert.deepEqual(bob.of("shout"), []);
});

channelTest("a refused join says why and the socket goes on", async (client) => {
  const ann = client("ann");
  await assert.rejects(ann.join(LOBBY, { deny: true }), /unauthorized/);
  await assert.rejects(ann.join("nowhere"), /unmatched topic/);
  assert.equal((await (await ann.join("room:other")).ask("ping")).status, "ok");
  assert.deepEqual(ann.closes, []);
});

channelTest("a join that asks to be denied is, whatever else it says", async (client) => {
  let deep = {};
  for (let depth = 0; depth < 100; ++depth) deep = { deep };
  await assert.rejects(client("ann").join(LOBBY, { deny: true, deep }), /unauthorized/);
});

channelTest("a payload too large for a room costs its sender an error, the others nothing",
  async (client) => {
    const ann = await client("ann").join(LOBBY);
    const bob = await client("bob").join(LOBBY);
    const large = { text: "x".repeat(64 * 1024) };
    for (const event of ["shout", "whisper", "ping", "push_me", "update_meta"]) {
      const { status, response } = await ann.ask(event, large);
      assert.equal(status, "error", event);
      assert.deepEqual(response, { reason: "payload too large", max_bytes: 65536 });
    }
    ann.push("shout", { text: "x".repeat(60_000) });
    assert.equal((await bob.receive("shout"))[0].text.length, 60_000);
    assert.deepEqual([...ann.client.closes, ...bob.client.closes], []);
  });

channelTest("a member's meta does not grow without end", async (client) => {
  const ann = await client("ann").join(LOBBY);
  await untilMembers(ann, { ann: 1 });
  ann.push("update_meta", { first: "x".repeat(3000) });
  const { status, response } = await ann.ask("update_meta", { second: "x".repeat(3000) });
  assert.deepEqual([status, response], ["error", { reason: "payload too large", max_bytes: 4096 }]);
  await until("the update", () => ann.presence.state.ann.metas[0].first);
  assert.equal(ann.presence.state.ann.metas[0].second, undefined);
});

clientTest("one client's crashes do not fill the log", async (client, server) => {
  const room = await client("ann").join(LOBBY);
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`);
  await within("the socket to open", new Promise((done) => socket.on("open", done)));
  const crashes = 200;
  let errors = 0;
  const all = new Promise((done) => socket.on("message", (text) => {
    if (JSON.parse(text)[3] === "phx_error" && ++errors === crashes) done();
  }));
  for (let n = 0; n < crashes; ++n) {
    socket.send(JSON.stringify([`${n}`, `${n}`, LOBBY, "phx_join", {}]));
    socket.send(JSON.stringify([`${n}`, `${n}`, LOBBY, "shout", []]));
  }
  await within("the crashes", all);
  socket.terminate();
  assert.equal((await room.ask("ping")).status, "ok");
  // The log is written in order, so that whatever was logged before this is there with it.
  await server.command("crash", "/pubsub");
  await until("the log", () => /actor\.crash .*"path":"\/pubsub"/.test(server.log));
  const logged = server.log.match(/actor\.crash .*"path":"room:lobby"/g).length;
  assert.ok(logged <= 60, `${logged} lines`);
  const { stdout } = await server.command("inspect", "/channels", "--json");
  assert.match(JSON.parse(stdout).describes_itself, /^200 crashes;/);
});

channelTest("a crash of a channel is its own, and the client rejoins", async (client) => {
  const ann = client("ann");
  const lobby = await ann.join(LOBBY);
  const other = await ann.join("room:other");
  lobby.push("crash");
  assert.deepEqual(await lobby.receive("phx_error"), [{ reason: "channel_crash" }]);
  assert.equal((await other.ask("ping")).status, "ok");
  // A push is held back until the client has rejoined by itself.
  await until("the rejoin", () => lobby.channel.state === "joined");
  assert.equal((await lobby.ask("ping")).status, "ok");
  assert.deepEqual(ann.closes, []);
  assert.deepEqual(other.of("phx_error"), []);
});

channelTest("an unknown event crashes the channel outside production", async (client) => {
  const room = await client("ann").join(LOBBY);
  room.push("nonsense");
  await room.receive("phx_error");
});

channelTest("an unknown event is an error reply in production, and so are drills", async (client) => {
  const room = await client("ann").join(LOBBY);
  for (const event of ["nonsense", "crash", "stop"]) {
    const { status, response } = await room.ask(event);
    assert.deepEqual([event, status, response], [event, "error", { reason: "unknown event" }]);
  }
}, { COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) });

channelTest("a channel that stops is closed for good", async (client) => {
  const room = await client("ann").join(LOBBY);
  room.push("stop");
  assert.deepEqual(await room.receive("phx_close"), [{}]);
  assert.equal(room.channel.state, "closed");
});

channelTest("members see each other join and leave", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await client("bob").join(LOBBY);
  for (const room of [ann, bob]) await untilMembers(room, { ann: 1, bob: 1 });
  await bob.leave();
  await untilMembers(ann, { ann: 1 });
});

test("members see each other over either transport", () => withServer({}, (server) =>
  withClients(server, (client) => withClients({ port: server.port, transport: TRANSPORTS.LongPoll },
    async (poller) => {
      const ann = await client("ann").join(LOBBY);
      const bob = await poller("bob").join(LOBBY);
      for (const room of [ann, bob]) await untilMembers(room, { ann: 1, bob: 1 });
      ann.push("shout", { n: 1 });
      bob.push("shout", { n: 2 });
      for (const room of [ann, bob]) {
        const heard = await room.receive("shout", 2);
        assert.deepEqual(heard.map(({ n }) => n).sort(), [1, 2]);
      }
    }))));

clientTest("members see each other come and go", async (client) => {
  const ann = await client("ann").join(LOBBY);
  await untilMembers(ann, { ann: 1 });
  const bob = await client("bob").join(LOBBY);
  const eve = await client("eve").join(LOBBY);
  for (const room of [ann, bob, eve]) await untilMembers(room, { ann: 1, bob: 1, eve: 1 });
  await bob.leave();
  for (const room of [ann, eve]) await untilMembers(room, { ann: 1, eve: 1 });
  await eve.client.disconnect();
  await untilMembers(ann, { ann: 1 });
});

clientTest("a user with two sockets leaves with the last", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const first = await client("bob").join(LOBBY);
  const second = await client("bob").join(LOBBY);
  for (const room of [ann, first, second]) await untilMembers(room, { ann: 1, bob: 2 });
  await first.client.disconnect();
  for (const room of [ann, second]) await untilMembers(room, { ann: 1, bob: 1 });
  await second.client.disconnect();
  await untilMembers(ann, { ann: 1 });
});

channelTest("without a user_id one is anon", async (client) => {
  const room = await client().join(LOBBY);
  await untilMembers(room, { anon: 1 });
});

channelTest("users may have any name", async (client) => {
  const names = ["__proto__x", "a\"b", "🌳", "a/b c&d=e"];
  const rooms = [];
  for (const name of names) rooms.push(await client(name).join(LOBBY));
  const expected = Object.fromEntries(names.map((name) => [name, 1]));
  for (const room of rooms) await untilMembers(room, expected);
});

channelTest("an update replaces the meta in one diff", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await client("bob").join(LOBBY);
  for (const room of [ann, bob]) await untilMembers(room, { ann: 1, bob: 1 });
  const [before] = bob.presence.state.ann.metas;
  const flickers = [];
  bob.presence.onSync(() => flickers.push("ann" in bob.presence.state));
  ann.push("update_meta", { typing: true });
  await until("the update", () => bob.presence.state.ann.metas[0].typing);
  const { metas } = bob.presence.state.ann;
  assert.equal(metas.length, 1);
  assert.equal(metas[0].phx_ref_prev, before.phx_ref);
  assert.notEqual(metas[0].phx_ref, before.phx_ref);
  assert.equal(metas[0].online_at, before.online_at);
  assert.ok(flickers.every((present) => present));
  const diffs = bob.of("presence_diff").filter(({ leaves }) => "ann" in leaves);
  assert.equal(diffs.length, 1);
  assert.ok("ann" in diffs[0].joins);
});

channelTest("a member whose channel crashed is away until it rejoins", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await client("bob").join(LOBBY);
  await untilMembers(ann, { ann: 1, bob: 1 });
  bob.push("crash");
  await until("bob's leave", () => ann.of("presence_diff").some(({ leaves }) => "bob" in leaves));
  await untilMembers(ann, { ann: 1, bob: 1 });
});

clientTest("a frame that is none ends its own connection with 1011", async (client, server) => {
  const ann = await client("ann").join(LOBBY);
  const url = `ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`;
  for (const frame of ["", "nonsense", "[]", "{}", '["1","1","room:lobby","phx_join"]']) {
    const socket = new WebSocket(url);
    const closed = new Promise((done) => socket.on("close", done));
    socket.on("open", () => socket.send(frame));
    assert.equal(await within("the close", closed), 1011, frame);
  }
  assert.equal((await ann.ask("ping")).status, "ok");
});

clientTest("a version that is not spoken is refused with 403", async (client, server) => {
  for (const vsn of ["3.0.0", "2.0", "abc"]) {
    const socket = new WebSocket(
      `ws://127.0.0.1:${server.port}/socket/websocket?vsn=${vsn}`);
    const status = new Promise((done) => {
      socket.on("unexpected-response", (request, response) => {
        done(response.statusCode);
        request.destroy();
      });
      socket.on("error", () => {});
    });
    assert.equal(await within("the refusal", status), 403, vsn);
  }
});
