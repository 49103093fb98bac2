// Binary messages of version 2: their layout in both directions, and what becomes of them. Long poll
// takes them up, and leaves them out on the way down, where no client could read them.
import assert from "node:assert/strict";
import test from "node:test";
import { encodePush } from "./support/binary_frames.mjs";
import { testsOfOneServer } from "./support/carriers.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const BROKEN = 1011;
const BYTES = Array.from({ length: 256 }, (_, n) => n);

const bytesTest = testsOfOneServer();
const socketTest = (name, use) => bytesTest.over("WebSocket", name, use);

async function joined(open, topic, joinRef = "1") {
  const client = await open();
  client.sendJson([joinRef, "1", topic, "phx_join", {}]);
  await client.receive("the reply", ([, ref]) => ref === "1");
  return client;
}

function binary(client, count = 1) {
  return until(`${count} binary messages`, () => client.binary.length >= count && client.binary);
}

const replyTo = (client, ref) => client.receive(`a reply to ${ref}`, (frame) => frame[1] === ref);

// -- their layout --------------------------------------------------------------------------------

socketTest("a reply has join_ref, ref, topic and status", async (open, topic) => {
  const client = await joined(open, topic, "j1");
  client.sendBytes(encodePush({ joinRef: "j1", ref: "r-2", topic, event: "bin", payload: BYTES }));
  assert.deepEqual(await binary(client), [
    { kind: "reply", joinRef: "j1", ref: "r-2", topic, status: "ok", payload: BYTES }]);
});

socketTest("a push has join_ref, topic and event, and no ref", async (open, topic) => {
  const client = await joined(open, topic, "j1");
  client.sendBytes(encodePush({ joinRef: "j1", ref: "2", topic, event: "push_me", payload: BYTES }));
  assert.deepEqual(await binary(client),
                   [{ kind: "push", joinRef: "j1", topic, event: "pushed", payload: BYTES }]);
});

socketTest("a broadcast has topic and event", async (open, topic) => {
  const clients = [await joined(open, topic), await joined(open, topic)];
  const push = { joinRef: "1", ref: "2", topic, payload: BYTES };
  clients[0].sendBytes(encodePush({ ...push, event: "shout" }));
  clients[0].sendBytes(encodePush({ ...push, event: "whisper" }));
  const shout = { kind: "broadcast", topic, event: "shout", payload: BYTES };
  assert.deepEqual(await binary(clients[1], 2), [shout, { ...shout, event: "whisper" }]);
  await clients[0].settle();
  assert.deepEqual(clients[0].binary, [shout]);
});

socketTest("a payload may be empty", async (open, topic) => {
  const client = await joined(open, topic);
  client.sendBytes(encodePush({ joinRef: "1", ref: "2", topic, event: "bin" }));
  const [{ kind, payload }] = await binary(client);
  assert.deepEqual([kind, payload], ["reply", []]);
});

socketTest("sizes count bytes of UTF-8, up to 255", async (open, topic) => {
  const long = (front, size) => front + "é".repeat((size - front.length) >> 1);
  const names = { topic: long(`${topic}:`, 254), joinRef: long("jj", 254), ref: long("r", 255) };
  assert.equal(Buffer.from(names.ref).length, 255);
  const client = await joined(open, names.topic, names.joinRef);
  client.sendBytes(encodePush({ ...names, event: "bin", payload: [1] }));
  assert.deepEqual(await binary(client), [{ kind: "reply", ...names, status: "ok", payload: [1] }]);
});

// -- how they are routed -------------------------------------------------------------------------

socketTest("an answer is binary only where the channel's is", async (open, topic) => {
  const client = await joined(open, topic);
  const send = (frame) => client.sendBytes(encodePush({ joinRef: "1", topic, payload: [7], ...frame }));
  send({ topic: "phoenix", event: "heartbeat", ref: "2" });
  send({ topic: "nowhere", event: "ping", ref: "3" });
  send({ event: "ping", ref: "4" });
  send({ event: "phx_leave", ref: "5" });
  await client.receive("the close", ([, , , event]) => event === "phx_close");
  assert.deepEqual(await replyTo(client, "2"),
                   [null, "2", "phoenix", "phx_reply", { status: "ok", response: {} }]);
  assert.deepEqual(await replyTo(client, "3"), [
    null, "3", "nowhere", "phx_reply", { status: "error", response: { reason: "unmatched topic" } }]);
  assert.deepEqual(client.binary.map(({ ref, payload }) => [ref, payload]), [["4", [7]]]);
  assert.deepEqual(await replyTo(client, "5"),
                   ["1", "5", topic, "phx_reply", { status: "ok", response: {} }]);
});

bytesTest("a topic may be joined, used and left with them", async (open, topic) => {
  const client = await open();
  const send = (frame) => client.sendBytes(encodePush({ joinRef: "j", topic, payload: [7], ...frame }));
  send({ event: "phx_join", ref: "1" });
  send({ event: "phx_leave", ref: "2" });
  await client.receive("the close", ([, , , event]) => event === "phx_close");
  const room = topic.slice("room:".length);
  assert.deepEqual(await replyTo(client, "1"),
                   ["j", "1", topic, "phx_reply", { status: "ok", response: { room } }]);
  assert.deepEqual(await replyTo(client, "2"),
                   ["j", "2", topic, "phx_reply", { status: "ok", response: {} }]);
  assert.deepEqual(client.of("phx_close").map(([joinRef, ref]) => [joinRef, ref]), [["j", "j"]]);
});

bytesTest("one for an earlier join, or without a join_ref, is dropped", async (open, topic) => {
  const client = await joined(open, topic);
  for (const joinRef of ["", "0"]) {
    client.sendBytes(encodePush({ joinRef, ref: `crash ${joinRef}`, topic, event: "crash" }));
  }
  client.sendJson(["1", "2", topic, "ping", {}]);
  await replyTo(client, "2");
  assert.deepEqual([client.of("phx_error"), client.binary], [[], []]);
});

socketTest("an empty join_ref is one where the join's was empty", async (open, topic) => {
  const client = await joined(open, topic, "");
  client.sendBytes(encodePush({ joinRef: "", ref: "2", topic, event: "bin", payload: [1] }));
  const [{ joinRef, ref }] = await binary(client);
  assert.deepEqual([joinRef, ref], ["", "2"]);
});

bytesTest("an event that the room doesn't know crashes the channel", async (open, topic) => {
  const client = await joined(open, topic);
  client.sendBytes(encodePush({ joinRef: "1", ref: "2", topic, event: "nonsense", payload: BYTES }));
  await client.receive("the crash", ([, , , event]) => event === "phx_error");
  assert.deepEqual(client.frames.filter(([, ref]) => ref === "2"), []);
});

// -- what is none --------------------------------------------------------------------------------

const NO_PUSHES = {
  "a reply": encodePush({ kind: 1, ref: "2", topic: "t", event: "e" }),
  "a broadcast": encodePush({ kind: 2, ref: "2", topic: "t", event: "e" }),
  "an unknown kind": encodePush({ kind: 255, ref: "2", topic: "t", event: "e" }),
  "a kind alone": Buffer.from([0]),
  "half a head": Buffer.from([0, 1, 1]),
  "a field that runs past the end": Buffer.from([0, 1, 1, 9, 1, 0x31, 0x32, 0x74, 0x65]),
  "a topic that is not UTF-8": Buffer.from([0, 1, 1, 1, 1, 0x31, 0x32, 0xff, 0x65]),
};

for (const [what, bytes] of Object.entries(NO_PUSHES)) {
  bytesTest(`${what} ends the connection`, async (open, topic) => {
    const client = await joined(open, topic);
    client.sendBytes(bytes);
    assert.equal(await within("the end", client.closed), BROKEN);
  });
}

socketTest("an empty message ends the connection", async (open) => {
  const client = await open();
  client.sendBytes(Buffer.alloc(0));
  assert.equal(await within("the end", client.closed), BROKEN);
});

// -- over long poll, and with the official client --------------------------------------------------

bytesTest.over("LongPoll", "what no client could read is left out, and the rest goes on",
  async (open, topic) => {
    const client = await joined(open, topic);
    for (const event of ["bin", "push_me", "shout"]) {
      client.sendBytes(encodePush({ joinRef: "1", ref: event, topic, event, payload: BYTES }));
    }
    client.sendJson(["1", "2", topic, "shout", { n: 1 }]);
    client.sendJson(["1", "3", topic, "ping", {}]);
    await replyTo(client, "3");
    assert.deepEqual(client.of("shout").map((frame) => frame[4]), [{ n: 1 }]);
    const refs = client.frames.map(([, ref]) => ref);
    assert.ok(!refs.includes("bin") && !client.of("pushed").length, `${refs}`);
  });

test("official clients push, shout and whisper bytes, over either transport up", () =>
  withServer({}, (server) => withClients(server, (client) =>
    withClients({ port: server.port, transport: TRANSPORTS.LongPoll }, async (poller) => {
      const ann = await client("ann").join("room:lobby");
      const bob = await client("bob").join("room:lobby");
      const eve = await poller("eve").join("room:lobby");
      const buffer = Uint8Array.from(BYTES).buffer;
      const bytesOf = (room, event) => room.of(event).map((each) => [...new Uint8Array(each)]);
      ann.push("push_me", buffer);
      ann.push("whisper", buffer);
      eve.push("shout", buffer);
      for (const room of [ann, bob]) {
        await room.receive("shout");
        assert.deepEqual(bytesOf(room, "shout"), [BYTES]);
      }
      await bob.receive("whisper");
      const { status, response } = await ann.ask("bin", buffer);
      assert.deepEqual([status, [...new Uint8Array(response)]], ["ok", BYTES]);
      assert.deepEqual([bytesOf(ann, "pushed"), bytesOf(ann, "whisper"), bytesOf(bob, "whisper")],
                       [[BYTES], [], [BYTES]]);
      assert.equal((await eve.ask("ping")).status, "ok");
      assert.deepEqual(eve.client.closes, []);
    }))));
