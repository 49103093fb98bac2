// Rooms with a history: who comes back gets what was missed.
import assert from "node:assert/strict";
import test from "node:test";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const LOBBY = "room:lobby";

function historyTest(name, use, env = {}, carriers = Object.keys(TRANSPORTS)) {
  for (const carrier of carriers) {
    test(`${carrier}: ${name}`, () => withServer({ env: { ROOM_HISTORY: "20", ...env } }, (server) =>
      withClients(Object.assign(server, { transport: TRANSPORTS[carrier] }), (client) =>
        use(client, server, carrier))));
  }
}

// Joins with a wish for the history: {room, history}.
async function follow(client, history = true) {
  const room = await client.join(LOBBY, { history });
  return { room, history: room.channel.joinPush.receivedResp.response.history };
}

const numbers = (payloads) => payloads.map(({ n }) => n);
const upTo = (count, from = 0) => Array.from({ length: count }, (_, i) => from + i);

historyTest("plain clients see nothing unusual", async (client, _server, carrier) => {
  const ann = await client("ann").join(LOBBY);
  assert.deepEqual(ann.channel.joinPush.receivedResp.response, { room: "lobby" });
  const bob = await client("bob").join(LOBBY);
  ann.push("shout", { text: "hello" });
  ann.push("whisper", { text: "psst" });
  for (const room of [ann, bob]) {
    assert.deepEqual(await room.receive("shout"), [{ text: "hello" }]);
  }
  await bob.receive("whisper");
  const bytes = Uint8Array.from([0, 255]);
  ann.push("shout", bytes.buffer);
  ann.push("shout", { text: "bye" });
  await until("the last shout", () => bob.of("shout").at(-1).text === "bye");
  const heard = bob.of("shout").slice(1, -1).map((each) => new Uint8Array(each));
  assert.deepEqual(heard, carrier === "WebSocket" ? [bytes] : []);
  assert.equal(bob.of("_position").length, 0);
});

historyTest("who comes back gets what was missed, in order, and then what is new", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await follow(client("bob"));
  assert.equal(bob.history.complete, true);
  for (const n of upTo(3)) ann.push("shout", { n });
  const seen = await bob.room.receive("shout", 3);
  assert.deepEqual(numbers(seen), upTo(3));
  await bob.room.client.disconnect();

  for (const n of upTo(5, 3)) ann.push("shout", { n });
  await ann.receive("shout", 8);
  const since = { ...bob.history, position: seen[2]._position };
  const again = await follow(client("bob"), since);
  assert.equal(again.history.complete, true);
  ann.push("shout", { n: 8 });
  const missed = await again.room.receive("shout", 6);
  assert.deepEqual(numbers(missed), upTo(6, 3));
  const positions = missed.map(({ _position }) => _position);
  assert.deepEqual(positions, [...positions].sort((a, b) => a - b));
});

historyTest("coming back while others talk leaves no gap and repeats nothing", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await follow(client("bob"));
  const burst = 60;
  let said = 0;
  const talk = async () => {
    for (const n of upTo(burst, said)) {
      ann.push("shout", { n });
      if (n % 10 === 0) await ann.ask("ping");
    }
    said += burst;
  };
  const seen = [];
  let since = bob.history;
  let { room } = bob;
  for (let visit = 0; visit < 4; ++visit) {
    const talking = talk(); // goes on while bob is away and comes back
    await room.receive("shout", 10);
    await room.client.disconnect();
    seen.push(...room.of("shout"));
    since = { ...since, position: seen.at(-1)._position };
    ({ room } = await follow(client("bob"), since));
    await talking;
  }
  await until("all of it", () => seen.length + room.of("shout").length >= said);
  assert.deepEqual(numbers([...seen, ...room.of("shout")]), upTo(said));
}, { ROOM_HISTORY: "1000" });

historyTest("a history survives a restart of the server", async (client, server) => {
  const ann = client("ann");
  const room = await ann.join(LOBBY);
  for (const n of upTo(3)) room.push("shout", { n });
  await room.receive("shout", 3);
  await ann.disconnect();
  await server.destroy();
  await server.start();
  const { room: again, history } = await follow(client("bob"));
  assert.equal(history.complete, true);
  assert.deepEqual(numbers(await again.receive("shout", 3)), upTo(3));
});

historyTest("what is no longer kept is said to be missing", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await follow(client("bob"));
  await bob.room.client.disconnect();
  for (const n of upTo(6)) ann.push("shout", { n });
  await ann.receive("shout", 6);
  const behind = await follow(client("bob"), bob.history);
  assert.equal(behind.history.complete, false);
  assert.deepEqual(numbers(await behind.room.receive("shout", 4)), upTo(4, 2));
  const elsewhere = { ...behind.history, epoch: behind.history.epoch - 1 };
  assert.equal((await follow(client("eve"), elsewhere)).history.complete, false);
}, { ROOM_HISTORY: "4" });

historyTest("of a history that is too long to be sent at once the newest is sent", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const text = "x".repeat(60_000);
  for (const n of upTo(20)) {
    ann.push("shout", { n, text });
    await ann.receive("shout", n + 1);
  }
  const { room: bob, history } = await follow(client("bob"));
  assert.equal(history.complete, false);
  assert.deepEqual(numbers(await bob.receive("shout", 8)), upTo(8, 12));
  ann.push("shout", { n: 20 });
  assert.equal((await bob.receive("shout", 9)).at(-1).n, 20);
  assert.deepEqual(bob.client.closes, []);
}, { ROOM_HISTORY: "1000", ROOM_HISTORY_KB: "65536" });

historyTest("bytes are followed by their position", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await follow(client("bob"));
  ann.push("shout", Uint8Array.from([1, 2]).buffer);
  const [{ _position }] = await bob.room.receive("_position");
  assert.equal(_position, bob.history.position + 1);
  const eve = await follow(client("eve"));
  assert.deepEqual(await eve.room.receive("_position"), [{ _position }]);
  assert.deepEqual(new Uint8Array(eve.room.of("shout")[0]), Uint8Array.from([1, 2]));
}, {}, ["WebSocket"]);

historyTest("crashes of the writer, the historian and pubsub lose nothing that was seen",
  async (client, server) => {
    const ann = await client("ann").join(LOBBY);
    const bob = await follow(client("bob"));
    let told = 0;
    for (const path of ["/database/writer", "/historian", "/pubsub"]) {
      for (const n of upTo(20)) ann.push("shout", { path, n });
      await server.command("crash", path);
      // An answer is an error, and none that all went well.
      await until(`${path} to be back`, async () => {
        const before = bob.room.of("shout").length;
        ann.push("shout", { path, n: -1 });
        await ann.ask("ping");
        await new Promise((done) => setTimeout(done, 50));
        return bob.room.of("shout").length > before;
      });
      told = bob.room.of("shout").length;
    }
    assert.ok(told > 3);
    const seen = bob.room.of("shout").map(({ _position }) => _position);
    const kept = await follow(client("eve"));
    await until("the history", () => kept.room.of("shout").length >= seen.length);
    const all = kept.room.of("shout").map(({ _position }) => _position);
    for (const position of seen) assert.ok(all.includes(position), `${position} was lost`);
    assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => a - b));
  }, { ROOM_HISTORY: "1000" });

test("without ROOM_HISTORY a wish for it is left unanswered", () =>
  withServer({}, (server) => withClients(server, async (client) => {
    const { room, history } = await follow(client("ann"));
    assert.equal(history, undefined);
    room.push("shout", { n: 1 });
    assert.deepEqual(await room.receive("shout"), [{ n: 1 }]);
  })));
