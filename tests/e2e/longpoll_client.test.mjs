// What the official client makes of long poll, and when it chooses it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import test, { after, before, describe } from "node:test";
import { LongPoll } from "phoenix";
import WebSocket, { WebSocketServer } from "ws";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { sessionsOf } from "./support/polls.mjs";
import { withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

test("a client whose session is gone comes back and rejoins", () => withServer({}, (server) =>
  withClients({ port: server.port, transport: TRANSPORTS.LongPoll }, async (client) => {
    const room = await client("ann").join("room:lobby");
    for (const order of ["stop", "crash"]) {
      const opens = room.client.opens;
      const { code, stderr } = await server.command(order, (await sessionsOf(server))[0]);
      assert.equal(code, 0, stderr);
      await until("the client to be back", () =>
        room.client.opens > opens && room.channel.state === "joined");
      assert.equal((await room.ask("ping")).status, "ok");
    }
    assert.deepEqual(new Set(room.client.closes), new Set([3410]));
  })));

// -- falling back --------------------------------------------------------------------------------

// A WebSocket to somewhere else.
const elsewhere = (port) => class extends WebSocket {
  constructor() {
    super(`ws://127.0.0.1:${port}/`);
  }
};

// Where a browser's tab remembers.
class Memory {
  kept = new Map();
  getItem = (key) => this.kept.get(key) ?? null;
  setItem = (key, value) => this.kept.set(key, value);
  removeItem = (key) => this.kept.delete(key);
}

function fallbackTest(name, portOf, longPollFallbackMs) {
  test(name, () => withServer({}, (server) => withClients(server, async (client) => {
    const sessionStorage = new Memory();
    const port = await portOf();
    const options = { transport: elsewhere(port), longPollFallbackMs, sessionStorage };
    const room = await client("ann", options).join("room:lobby");
    assert.equal((await room.ask("ping", { n: 1 })).response.n, 1);
    assert.equal(room.client.socket.transport, LongPoll);
    assert.equal(sessionStorage.getItem("phx:fallback:LongPoll"), "true");
    // Who has had to fall back does not try the other again.
    const again = client("bob", { ...options, longPollFallbackMs: 1e9 });
    await until("the client to be connected", () => again.socket.isConnected());
    assert.equal(again.socket.transport, LongPoll);
  })));
}

fallbackTest("a client falls back to it where WebSockets are refused", () => 1, 1e6);

describe("a network that swallows what is sent", () => {
  const sockets = new Set();
  const silent = createServer((socket) => sockets.add(socket.on("error", () => {}).resume()));
  before(() => once(silent.listen(0, "127.0.0.1"), "listening"));
  after(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  fallbackTest("a client falls back to it where WebSockets don't open", () => silent.address().port, 200);
});

describe("a proxy that opens WebSockets and passes nothing on", () => {
  const deaf = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  before(() => deaf.address() ?? once(deaf, "listening"));
  after(() => {
    deaf.close();
    for (const socket of deaf.clients) socket.terminate();
  });
  fallbackTest("a client falls back to it where heartbeats aren't answered", () => deaf.address().port, 200);
});
