// WebSockets as bytes and with another client's library: compression, and what ends a connection.
import assert from "node:assert/strict";
import test from "node:test";
import WebSocket from "ws";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const COMPRESSION = { WEBSOCKET_COMPRESSION: "true" };
const JOIN = '["1","1","room:lobby","phx_join",{}]';

function open(server, options = {}) {
  const url = `ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`;
  const socket = new WebSocket(url, options);
  socket.frames = [];
  socket.on("message", (text) => socket.frames.push(JSON.parse(text)));
  return within("the socket to open",
    new Promise((done, failed) => socket.on("open", () => done(socket)).on("error", failed)));
}

// The first frame that is so, whenever it came.
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

const BROKEN = [
  ["a text that is not UTF-8", 1007, [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xff]],
  ["a reserved bit", 1002, [0xc1, 0x80, 0, 0, 0, 0]],
  ["an unknown opcode", 1002, [0x83, 0x80, 0, 0, 0, 0]],
  ["a frame without a mask", 1002, [0x81, 0x01, 0x61]],
  ["a long ping", 1002, [0x89, 0xfe, 0, 126, 0, 0, 0, 0]],
  ["a fragmented ping", 1002, [0x09, 0x80, 0, 0, 0, 0]],
  ["a continuation of nothing", 1002, [0x80, 0x80, 0, 0, 0, 0]],
  ["an invalid close code", 1002, [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xec]],
  ["a frame beyond the limit", 1009, [0x82, 0xff, 0, 0, 0, 0, 0, 0x98, 0x96, 0x80, 0, 0, 0, 0]],
];

test("what breaks the protocol ends its connection with its code", () =>
  withServer({}, async (server) => {
    for (const [what, code, bytes] of BROKEN) {
      const socket = await open(server);
      const end = closed(socket);
      socket._socket.write(Buffer.from(bytes));
      assert.equal(await end, code, what);
    }
  }));

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
