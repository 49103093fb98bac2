// Very many clients who lose their connections in one moment and all come back. `./dev bench realtime
// storm` does it with ten thousand.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import WebSocket from "ws";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const CLIENTS = 1000;
const STORMS = 3; // the first sets the level of memory
const TOPIC = "viewers:site"; // which counts its members
const RECONNECT_AFTER_MS = [10, 50, 100, 150, 200, 250, 500, 1000, 2000];

// A client that comes back until it is let in, and then joins.
class Faithful {
  refusals = [];

  constructor(server, number) {
    // From several addresses, so that no port is used again too soon.
    this.options = { perMessageDeflate: false, localAddress: `127.0.0.${2 + (number % 8)}` };
    this.url = `ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`;
  }

  async come() {
    for (let tries = 0; ; tries = Math.min(tries + 1, RECONNECT_AFTER_MS.length - 1)) {
      if (await this.#connect()) return this.#join();
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_AFTER_MS[tries]));
    }
  }

  #connect() {
    this.socket = new WebSocket(this.url, this.options);
    return new Promise((settled) => {
      this.socket.on("open", () => settled(true));
      this.socket.on("error", (error) => {
        this.refusals.push(error.message);
        settled(false);
      });
    });
  }

  #join() {
    const joined = new Promise((settled) => this.socket.once("message", settled));
    this.socket.send(JSON.stringify(["1", "1", TOPIC, "phx_join", {}]));
    return joined.then((text) => assert.deepEqual(
      JSON.parse(text), ["1", "1", TOPIC, "phx_reply", { status: "ok", response: {} }]));
  }

  cut() {
    this.socket.terminate();
  }
}

async function ownMemory(server) {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8");
  return 1024 * Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)[1]);
}

// As many connections as there are clients: who comes back before his old one is gone is refused.
test("a crowd that is cut off comes back, joins, and leaves nothing behind", () =>
  withServer({ env: { MAX_CONNECTIONS: String(CLIENTS) } }, async (server) => {
    await server.get("/api/health");
    const idle = await server.descriptors();
    const clients = Array.from({ length: CLIENTS }, (_, number) => new Faithful(server, number));
    const all = () => within("everybody to join", Promise.all(clients.map((each) => each.come())));
    const cutAll = () => clients.forEach((each) => each.cut());

    await all();
    const levels = [];
    for (let storm = 0; storm < STORMS; ++storm) {
      cutAll();
      await all();
      levels.push(await ownMemory(server));
    }
    assert.ok(levels.at(-1) < 1.25 * levels[0] + 4 * 1024 * 1024, `memory grows: ${levels}`);
    const refusals = new Set(clients.flatMap((each) => each.refusals));
    refusals.delete("Unexpected server response: 503");
    assert.deepEqual([...refusals], []);

    cutAll();
    await until("all connections to be gone", async () => (await server.descriptors()) <= idle);
    assert.equal((await server.get("/api/health")).status, 200);
  }));
