// WebSockets as bytes and with another client's library: compression, what ends a connection, and
// what does not.
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import WebSocket from "ws";
import { connectionOf } from "./support/connection_actor.mjs";
import { withServer } from "./support/server.mjs";
import { LIMIT_MS, until, within } from "./support/wait.mjs";
import { announce, closePayload, frame, readFrames } from "./support/websocket_frames.mjs";

const COMPRESSION = { WEBSOCKET_COMPRESSION: "true" };
const JOIN = '["1","1","room:lobby","phx_join",{}]';

const LONGEST_FRAME = 10_000_000;
const LONGEST_MESSAGE = 8_000_000;

// One server for the tests that need nothing else.
let shared;
let end;
test.before(() => new Promise((ready, failed) => {
  withServer({}, (server) => {
    shared = server;
    ready();
    return new Promise((done) => (end = done));
  }).catch(failed);
}));
test.after(() => end());

const socketTest = (name, use) => test(name, () => use(shared));

function open(server, options = {}, user = "anon") {
  const url = `ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0&user_id=${user}`;
  const socket = new WebSocket(url, options);
  socket.frames = [];
  socket.on("message", (text) => socket.frames.push(JSON.parse(text)));
  return within("the socket to open",
    new Promise((done, failed) => socket.on("open", () => done(socket)).on("error", failed)));
}

// The first message that is so, whenever it came.
function received(socket, is) {
  return until("a frame", () => socket.frames.find(is));
}

// Joins the lobby.
async function join(socket) {
  socket.send(JOIN);
  await received(socket, ([, ref]) => ref === "1");
}

function closed(socket) {
  return within("the close", new Promise((done) => socket.on("close", (code) => done(code))));
}

// What the server sends from here on until it ends the connection, frame by frame.
async function sentAfter(socket, bytes) {
  const { _socket: tcp } = socket;
  tcp.removeAllListeners("data");
  const pieces = [];
  tcp.on("data", (piece) => pieces.push(piece)).resume();
  tcp.write(bytes);
  await within("the end of the connection", once(tcp, "close"));
  return readFrames(Buffer.concat(pieces));
}

test("compression is not agreed to unless it is on", () => withServer({}, async (server) => {
  const socket = await open(server, { perMessageDeflate: true });
  assert.equal(socket.extensions, "");
  socket.terminate();
}));

test("long messages travel compressed, both ways, and share nothing with the next", () =>
  withServer({ env: COMPRESSION }, async (server) => {
    const offer = { threshold: 0, clientMaxWindowBits: 10, serverMaxWindowBits: 10 };
    const socket = await open(server, { perMessageDeflate: offer });
    assert.equal(socket.extensions, "permessage-deflate");
    await join(socket);
    for (const length of [10, 1000, 60_000]) {
      const text = "ab".repeat(length / 2) + "é🌳";
      socket.send(JSON.stringify(["1", `${length}`, "room:lobby", "ping", { text }]));
      const answer = await received(socket, ([, ref]) => ref === `${length}`);
      assert.equal(answer[4].response.text, text);
    }
    assert.ok(socket._socket.bytesRead < 5000, `${socket._socket.bytesRead} bytes`);
    socket.terminate();
  }));

test("a broadcast reaches those who compress and those who don't", () =>
  withServer({ env: COMPRESSION }, async (server) => {
    const sockets = [await open(server, { perMessageDeflate: true }),
                     await open(server, { perMessageDeflate: false })];
    for (const socket of sockets) await join(socket);
    const text = "y".repeat(5000);
    sockets[0].send(JSON.stringify(["1", "2", "room:lobby", "shout", { text }]));
    for (const socket of sockets) {
      const [, , , , payload] = await received(socket, ([, , , event]) => event === "shout");
      assert.deepEqual(payload, { text });
      socket.terminate();
    }
  }));

test("a small message that would become a huge one is refused with 1009", () =>
  withServer({ env: COMPRESSION }, async (server) => {
    const socket = await open(server, { perMessageDeflate: { threshold: 0 } });
    const end = closed(socket);
    socket.send("x".repeat(8_000_001));
    assert.equal(await end, 1009);
  }));

// -- what ends a connection ----------------------------------------------------------------------

// [what, the code that it is closed with, what is sent]
const BROKEN = [
  ["a text that is not UTF-8", 1007, [frame("text", [0xff, 0xff])]],
  ["a text that ends inside a character", 1007, [frame("text", Buffer.from("é").subarray(0, 1))]],
  ["a text that is UTF-8 in no assembly of its fragments", 1007,
   [frame("text", [0xc3], { final: false }), frame("continuation", "a")]],
  ["a surrogate as UTF-8", 1007, [frame("text", [0xed, 0xa0, 0x80])]],
  ...[0x40, 0x20, 0x10].map((reserved) =>
    [`the reserved bit ${reserved}`, 1002, [frame("text", "", { reserved })]]),
  ...[3, 7, 11, 15].map((opcode) =>
    [`the opcode ${opcode}`, 1002, [Buffer.from([0x80 | opcode, 0x80, 0, 0, 0, 0])]]),
  ["a frame without a mask", 1002, [frame("text", "a", { masked: false })]],
  ["a long ping", 1002, [announce("ping", 126)]],
  ["a long close", 1002, [announce("close", 126)]],
  ["a fragmented ping", 1002, [frame("ping", "", { final: false })]],
  ["a fragmented close", 1002, [frame("close", "", { final: false })]],
  ["a continuation of nothing", 1002, [frame("continuation", "a")]],
  ["a message inside a message", 1002, [frame("text", "[", { final: false }), frame("text", "[]")]],
  ["an empty fragment in the middle", 1008,
   [frame("text", "[", { final: false }), frame("continuation", "", { final: false })]],
  ["a frame beyond the limit", 1009, [announce("binary", LONGEST_FRAME - 13)]],
  ["a frame far beyond it", 1009, [announce("text", 2 ** 40)]],
  ["fragments beyond the limit together", 1009,
   [frame("text", "x".repeat(LONGEST_MESSAGE), { final: false }), announce("continuation", 1)]],
  ...[0, 999, 1004, 1005, 1006, 1012, 1015, 2999].map((code) =>
    [`a close with ${code}`, 1002, [frame("close", closePayload(code))]]),
  ["a close with half a code", 1002, [frame("close", [3])]],
  ["a close with a reason that is not UTF-8", 1007, [frame("close", closePayload(1000, [0xff]))]],
];

for (const [what, code, frames] of BROKEN) {
  socketTest(`${what} ends the connection with ${code}`, async (server) => {
    const socket = await open(server);
    const end = closed(socket);
    for (const bytes of frames) socket._socket.write(bytes);
    assert.equal(await end, code);
  });
}

socketTest("a client's close is answered with its code, or with none", async (server) => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999, 65535]) {
    const socket = await open(server);
    const [answer] = await sentAfter(socket, frame("close", closePayload(code, "bye")));
    assert.equal(answer.kind, "close");
    assert.ok([code, 1000].includes(answer.payload.readUInt16BE()), `${code}`);
  }
  const socket = await open(server);
  const [answer] = await sentAfter(socket, frame("close"));
  assert.equal(answer.kind, "close");
  assert.ok(answer.payload.length === 0 || answer.payload.readUInt16BE() === 1000);
});

socketTest("nothing is handled after a client's close", async (server) => {
  const watcher = await open(server);
  await join(watcher);
  const socket = await open(server, {}, "closer");
  const seen = (part) => received(watcher, ([, , , event, diff]) =>
    event === "presence_diff" && "closer" in diff[part]);
  await join(socket);
  await seen("joins");
  const shout = (n) => frame("text", JSON.stringify(["1", "2", "room:lobby", "shout", { n }]));
  const frames = await sentAfter(socket, Buffer.concat([shout(1), frame("close"), shout(2), frame("ping")]));
  assert.ok(!frames.some(({ kind }) => kind === "pong"));
  await seen("leaves");
  watcher.send(JSON.stringify(["1", "3", "room:lobby", "ping", {}]));
  await received(watcher, ([, ref]) => ref === "3");
  const said = watcher.frames.filter(([, , , event]) => event === "shout");
  assert.deepEqual(said.map(([, , , , { n }]) => n), [1]);
  watcher.terminate();
});

// -- what does not -------------------------------------------------------------------------------

// A heartbeat of so many bytes.
function beat(ref, size) {
  const [front, back] = [`[null,"${ref}","phoenix","heartbeat",{"x":"`, '"}]'];
  return front + "x".repeat(size - front.length - back.length) + back;
}

socketTest("a frame may have ten million bytes, its head included", async (server) => {
  const socket = await open(server);
  const head = 14;  // with a mask
  socket._socket.write(frame("text", beat("large", LONGEST_FRAME - head)));
  await received(socket, ([, ref]) => ref === "large");
  socket.terminate();
});

socketTest("a message of fragments may have eight million", async (server) => {
  const socket = await open(server);
  const text = beat("large", LONGEST_MESSAGE);
  socket._socket.write(frame("text", text.slice(0, 1), { final: false }));
  socket._socket.write(frame("continuation", text.slice(1, 5_000_000), { final: false }));
  socket._socket.write(frame("continuation", text.slice(5_000_000)));
  await received(socket, ([, ref]) => ref === "large");
  socket.terminate();
});

socketTest("a message may come in pieces, between which there are others", async (server) => {
  const socket = await open(server);
  await join(socket);
  const pongs = [];
  socket.on("pong", (bytes) => pongs.push(bytes.toString()));
  const text = Buffer.from('["1","2","room:lobby","ping",{"text":"é🌳"}]');
  for (const [at] of text.entries()) {
    const kind = at === 0 ? "text" : "continuation";
    socket._socket.write(frame(kind, text.subarray(at, at + 1), { final: false }));
    if (at % 20 === 0) socket._socket.write(frame("ping", `${at}`));
  }
  socket._socket.write(frame("continuation", ""));
  const [, , , , { response }] = await received(socket, ([, ref]) => ref === "2");
  assert.deepEqual(response, { text: "é🌳" });
  assert.deepEqual(pongs, ["0", "20", "40"]);
  socket.terminate();
});

socketTest("a ping is answered with what it carries", async (server) => {
  const socket = await open(server);
  const pongs = [];
  socket.on("pong", (bytes) => pongs.push(bytes.toString()));
  for (const payload of ["", "a", "x".repeat(125)]) socket.ping(payload);
  await until("the pongs", () => pongs.length === 3);
  assert.deepEqual(pongs, ["", "a", "x".repeat(125)]);
  socket.pong("unasked");
  await join(socket);
  socket.terminate();
});

// -- who says nothing ----------------------------------------------------------------------------

// Only what comes in counts, whatever it is. All wait together for the server's own time.
test("who sends nothing for long is closed with 1002, who sends anything is not", () =>
  withServer({}, async (server) => {
    const talker = await open(server, {}, "talker");
    await join(talker);
    const silent = await open(server, {}, "silent");
    const listener = await open(server, {}, "listener");
    await join(listener);
    const ways = {
      heartbeat: (socket) => socket.send('[null,"0","phoenix","heartbeat",{}]'),
      ping: (socket) => socket.ping(),
      pong: (socket) => socket.pong(),
      "part of a frame": (socket) => socket._socket.write(Buffer.from("x")),
    };
    const lively = await Promise.all(Object.keys(ways).map(() => open(server)));
    lively[3]._socket.write(announce("binary", 1000));
    const timer = setInterval(() => {
      talker.send(JSON.stringify(["1", "2", "room:lobby", "shout", {}]));
      for (const [n, way] of Object.values(ways).entries()) way(lively[n]);
    }, 5000);
    try {
      const codes = Promise.all([silent, listener].map((socket) => once(socket, "close")));
      assert.deepEqual((await within("the closes", codes, 2 * LIMIT_MS)).map(([code]) => code), [1002, 1002]);
      await received(talker, ([, , , event, { leaves }]) =>
        event === "presence_diff" && "listener" in leaves);
      for (const [n, way] of Object.keys(ways).entries()) {
        assert.equal(lively[n].readyState, WebSocket.OPEN, way);
      }
      assert.ok(listener.frames.some(([, , , event]) => event === "shout"));
    } finally {
      clearInterval(timer);
      for (const socket of [talker, ...lively]) socket.terminate();
    }
  }));

socketTest("a crash of what serves a connection closes it with 1011", async (server) => {
  const socket = await open(server, {}, "victim");
  await join(socket);
  const path = await connectionOf(server, { tcp: socket._socket });
  const end = closed(socket);
  const { code, stderr } = await server.command("crash", path);
  assert.equal(code, 0, stderr);
  assert.equal(await end, 1011);
});

// -- where pages may come from -------------------------------------------------------------------

// [origin, whether its pages may connect]
const ORIGINS = [
  ["https://example.com", true],
  ["https://example.com:443", true],
  ["https://example.com:444", false],
  ["http://example.com", false],
  ["http://other.com:99", true],
  ["https://deep.sub.other.com", true],
  ["https://another.com", false],
  ["null", false],
  ["evil", false],
];

test("pages connect from where CORS_ORIGINS lets them, over either transport", () =>
  withServer({ env: { CORS_ORIGINS: "https://example.com,//*.other.com" } }, async (server) => {
    for (const [origin, allowed] of ORIGINS) {
      const upgraded = await open(server, { origin }).then((socket) => {
        socket.terminate();
        return true;
      }, (error) => /403/.test(error.message) ? false : error);
      assert.equal(upgraded, allowed, origin);
      const poll = await server.get("/socket/longpoll?vsn=2.0.0", { headers: { origin } });
      assert.equal((await poll.json()).status, allowed ? 410 : 403, origin);
    }
    (await open(server)).terminate(); // programs say nothing
  }));

// A burst is handed out when it is over, but not to who it comes from.
socketTest("what a client says in one breath comes back to it before later answers", async (server) => {
  const [speaker, listener] = [await open(server, {}, "ann"), await open(server, {}, "bob")];
  for (const socket of [speaker, listener]) {
    socket.send(JOIN);
    await until("the join", () => socket.frames.some(([, ref]) => ref === "1"));
  }
  speaker._socket.cork();
  for (const [ref, event] of [["2", "shout"], ["3", "ping"], ["4", "shout"], ["5", "ping"]]) {
    speaker.send(JSON.stringify(["1", ref, "room:lobby", event, { says: ref }]));
  }
  speaker._socket.uncork();
  const heard = (socket) => socket.frames.filter(([, ref, , event]) =>
    event === "shout" || ref > "1").map(([, ref, , , payload]) => ref ?? payload.says + "!");
  await until("all of it", () => heard(speaker).length === 4 && heard(listener).length === 2);
  assert.deepEqual(heard(speaker), ["2!", "3", "4!", "5"]);
  assert.deepEqual(heard(listener), ["2!", "4!"]);
});
