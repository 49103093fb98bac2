// The long-poll transport: what the official client makes of it, and what raw requests are answered.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { LongPoll } from "phoenix";
import WebSocket from "ws";
import { withClients } from "./support/clients.mjs";
import { exchange, statusOf } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";
import { placesOf, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const PATH = "/socket/longpoll";
const JOIN = '["1","1","room:lobby","phx_join",{}]';

// One long-poll client that keeps nothing but its token.
class Poller {
  constructor(server, query = "vsn=2.0.0") {
    this.server = server;
    this.query = query;
  }

  get path() {
    return `${PATH}?${this.query}${this.token ? `&token=${this.token}` : ""}`;
  }

  async poll(options = {}) {
    const response = await this.server.get(this.path, options);
    assert.equal(response.status, 200);
    const answer = await response.json();
    if (answer.token) this.token = answer.token;
    return answer;
  }

  async post(body, headers = { "content-type": "application/x-ndjson" }) {
    const response = await this.server.get(this.path, { method: "POST", headers, body });
    return response.status === 200 ? (await response.json()).status : `HTTP ${response.status}`;
  }
}

// Whether the server's only session has had so many polls that had to wait.
async function hasPolled(server, times) {
  const session = placesOf(await treeOf(server)).find(({ path }) => /\/polls\/session/.test(path));
  const { stdout } = await server.command("inspect", session.path, "--json");
  return JSON.parse(stdout).describes_itself.includes(` ${times} polls`);
}

function pollTest(name, use, env = {}) {
  test(name, () => withServer({ env }, async (server) => {
    const poller = new Poller(server);
    await use(poller, server);
  }));
}

pollTest("a session opens, takes frames, and hands out what they cause", async (poller) => {
  const opened = await poller.poll();
  assert.deepEqual(opened, { status: 410, token: poller.token, messages: [] });
  assert.match(poller.token, /^[\w-]{43}$/);
  assert.equal(await poller.post(JOIN), 200);
  const { status, token, messages } = await poller.poll();
  assert.deepEqual([status, token], [200, poller.token]);
  assert.deepEqual(JSON.parse(messages[0]),
    ["1", "1", "room:lobby", "phx_reply", { status: "ok", response: { room: "lobby" } }]);
});

pollTest("a post ends the wait of a poll", async (poller) => {
  await poller.poll();
  const waiting = poller.poll();
  assert.equal(await poller.post(JOIN), 200);
  assert.equal((await within("the poll", waiting)).status, 200);
});

pollTest("each answer has its headers, for pages of any site", async (poller, server) => {
  const response = await server.get(poller.path, { headers: { origin: "https://example.com" } });
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(response.headers.get("content-type"), "application/json; charset=utf-8");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const preflight = await server.get(PATH, {
    method: "OPTIONS",
    headers: {
      origin: "https://example.com",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-phoenix-authtoken",
    },
  });
  assert.equal(preflight.status, 200);
  assert.equal(await preflight.text(), "");
  assert.equal(preflight.headers.get("access-control-allow-headers"),
    "content-type,x-phoenix-authtoken");
  assert.equal(preflight.headers.get("access-control-allow-methods"), "get, post, options");
  assert.equal(preflight.headers.get("access-control-max-age"), "3600");
});

pollTest("other methods are refused", async (poller, server) => {
  for (const method of ["PUT", "PATCH", "DELETE"]) {
    const response = await server.get(PATH, { method });
    assert.deepEqual([response.status, await response.text()], [400, ""], method);
  }
});

pollTest("a version that is not spoken is refused in the envelope", async (poller, server) => {
  for (const vsn of ["3.0.0", "2.0", "abc", ""]) {
    assert.deepEqual(await new Poller(server, `vsn=${vsn}`).poll(), { status: 403 }, vsn);
  }
});

test("a page of another site is refused in the envelope", () =>
  withServer({ env: { PHX_HOST: "example.com" } }, async (server) => {
    const poller = new Poller(server);
    const from = (origin) => poller.poll({ headers: { origin } });
    for (const origin of ["https://evil.org", "null", "https://sub.example.com"]) {
      assert.deepEqual(await from(origin), { status: 403 }, origin);
    }
    assert.equal((await from("http://example.com:8080")).status, 410);
    const posted = await server.get(poller.path,
      { method: "POST", body: JOIN, headers: { origin: "https://evil.org" } });
    assert.deepEqual(await posted.json(), { status: 403 });
  }));

pollTest("a token that is not ours has no session", async (poller) => {
  await poller.poll();
  const mine = poller.token;
  poller.token = mine.slice(0, -1) + (mine.endsWith("A") ? "B" : "A");
  assert.equal(await poller.post(JOIN), 410);
  const answer = await poller.poll();
  assert.equal(answer.status, 410);
  assert.notEqual(answer.token, mine);
});

pollTest("the token may come as a header", async (poller, server) => {
  await poller.poll();
  const response = await server.get(`${PATH}?vsn=2.0.0&token=other`,
    { headers: { "x-phoenix-longpoll-token": poller.token }, method: "POST", body: JOIN });
  assert.deepEqual(await response.json(), { status: 200 });
  assert.equal((await poller.poll()).status, 200);
});

pollTest("a malformed frame ends its session at once", async (poller) => {
  await poller.poll();
  assert.equal(await poller.post("[]"), 400);
  assert.equal(await poller.post(JOIN), 410);
});

pollTest("a body that can't be read costs its request alone", async (poller) => {
  await poller.poll();
  assert.equal(await poller.post("neither JSON nor base64!"), "HTTP 400");
  assert.equal(await poller.post(JOIN), 200);
});

pollTest("a body may have eight million bytes", async (poller, server) => {
  await poller.poll();
  assert.equal(await poller.post("x".repeat(8_000_001)), "HTTP 400");
  const frame = `["1","1","room:lobby","phx_join",{"x":"${"x".repeat(7_900_000)}"}]`;
  assert.equal(await poller.post(frame), 200);
  const head = `POST ${poller.path} HTTP/1.1\r\nHost: a\r\nContent-Length: 8000001\r\n\r\n`;
  assert.equal(statusOf(await exchange(server.port, head)), 400);
});

pollTest("a hundred lines of one body are taken, the rest is dropped", async (poller) => {
  await poller.poll();
  const beats = Array.from({ length: 101 }, (_, n) => `[null,"${n}","phoenix","heartbeat",{}]`);
  assert.equal(await poller.post(beats.join("\r\n")), 200);
  const { messages } = await poller.poll();
  assert.deepEqual(messages.map((text) => JSON.parse(text)[1]),
    Array.from({ length: 100 }, (_, n) => `${n}`));
});

pollTest("bytes go up as base64", async (poller) => {
  await poller.poll();
  const topic = "room:lobby";
  const head = Buffer.from([0, 1, 1, topic.length, "shout".length]);
  const frame = Buffer.concat([head, Buffer.from(`12${topic}shout`)]);
  assert.equal(await poller.post(`${JOIN}\n${frame.toString("base64")}`), 200);
  assert.equal((await poller.poll()).status, 200);
  assert.equal(await poller.post('["1","3","room:lobby","ping",{}]'), 200);
});

test("version one speaks with plain bodies", () => withServer({}, async (server) => {
  const poller = new Poller(server, "vsn=1.0.0");
  await poller.poll();
  const join = { topic: "room:lobby", event: "phx_join", payload: {}, ref: "1" };
  assert.equal(await poller.post(JSON.stringify(join), { "content-type": "application/json" }), 200);
  const { messages } = await poller.poll();
  assert.deepEqual(JSON.parse(messages[0]), { topic: "room:lobby", event: "phx_reply", ref: "1",
    payload: { status: "ok", response: { room: "lobby" } } });
}));

// These wait for the transport's own times, so they do so together.
describe("in time", { concurrency: true }, () => {
  pollTest("a poll without messages is answered at the end of its window", async (poller) => {
    await poller.poll();
    const asked = Date.now();
    assert.deepEqual(await poller.poll(), { status: 204, token: poller.token, messages: [] });
    assert.ok(Date.now() - asked >= 9_900);
  });

  pollTest("a later poll takes over from one that waits", async (poller, server) => {
    await poller.poll();
    const first = poller.poll();
    await until("the first poll to wait", () => hasPolled(server, 1));
    const second = poller.poll();
    await until("the second poll to wait", () => hasPolled(server, 2));
    await poller.post(JOIN);
    assert.equal((await second).status, 200);
    assert.equal((await first).status, 204); // at the end of its window
  });

  pollTest("who polls no more is gone", async (poller, server) => {
    await withClients(server, async (client) => {
      const room = await client("ann").join("room:lobby");
      const gone = new Poller(server, "user_id=bob&vsn=2.0.0");
      await gone.poll();
      await gone.post(JOIN);
      await room.receive("presence_diff");
      await within("bob's leave", new Promise((done) =>
        room.presence.onLeave((user) => user === "bob" && done())));
      assert.equal(await gone.post(JOIN), 410);
    });
  });
});

pollTest("a stopping server ends the wait of its polls", async (poller, server) => {
  await poller.poll();
  const last = poller.poll();
  await until("the poll to wait", () => hasPolled(server, 1));
  server.signal("SIGTERM");
  assert.equal((await within("the poll", last)).status, 410);
  assert.equal((await server.ended).code, 0);
});

test("a client falls back to it where WebSockets don't open", () => withServer({}, (server) => {
  class Blocked extends WebSocket {
    constructor() {
      super("ws://127.0.0.1:1/");
    }
  }
  const memory = new Map();
  const sessionStorage = {
    getItem: (key) => memory.get(key) ?? null,
    setItem: (key, value) => memory.set(key, value),
    removeItem: (key) => memory.delete(key),
  };
  return withClients(server, async (client) => {
    const options = { transport: Blocked, longPollFallbackMs: 2500, sessionStorage };
    const room = await client("ann", options).join("room:lobby");
    assert.equal((await room.ask("ping", { n: 1 })).response.n, 1);
    assert.equal(room.client.socket.transport, LongPoll);
    assert.equal(memory.get("phx:fallback:LongPoll"), "true");
  });
}));
