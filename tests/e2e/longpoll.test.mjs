// The long-poll transport, request by request.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { encodePush } from "./support/binary_frames.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { hasPolled, pollsOf, sessionsOf } from "./support/polls.mjs";
import { exchange, statusOf } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const PATH = "/socket/longpoll";
const JOIN = '["1","1","room:lobby","phx_join",{}]';
const LINES = "application/x-ndjson";

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

  async post(body, headers = { "content-type": LINES }) {
    const response = await this.server.get(this.path, { method: "POST", headers, body });
    return response.status === 200 ? (await response.json()).status : `HTTP ${response.status}`;
  }
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

pollTest("a poll that waits gets all that one post causes, however much", async (poller, server) => {
  await poller.poll();
  await poller.post(JOIN);
  const events = [];
  while (!events.includes("presence_state") || !events.includes("presence_diff")) {
    const { messages } = await poller.poll();
    events.push(...messages.map((text) => JSON.parse(text)[3]));
  }
  const polls = await pollsOf(server);
  const waiting = poller.poll();
  await until("the poll to wait", () => hasPolled(server, polls + 1));
  const refs = Array.from({ length: 30 }, (_, n) => `${n}`);
  const large = { text: "x".repeat(60_000) };
  const frames = refs.map((ref) => JSON.stringify(["1", ref, "room:lobby", "ping", large]));
  assert.equal(await poller.post(frames.join("\n")), 200);
  const { status, messages } = await waiting;
  assert.equal(status, 200);
  assert.deepEqual(messages.map((text) => JSON.parse(text)[1]), refs);
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

pollTest("answers of every kind are for pages of any site", async (poller, server) => {
  await poller.poll();
  await poller.post(JOIN);
  const asked = [  // [what, method, path, body]
    ["a poll", "GET", poller.path],
    ["a post", "POST", poller.path, '["1","2","room:lobby","silent",{}]'],
    ["a post to nobody", "POST", PATH, JOIN],
    ["a refusal", "GET", `${PATH}?vsn=9.9.9`],
    ["a body that can't be read", "POST", poller.path, "~"],
    ["another method", "DELETE", PATH],
    ["a preflight", "OPTIONS", PATH],
  ];
  for (const [what, method, path, body] of asked) {
    const { status, headers } = await server.get(path, { method, body, headers: { "content-type": LINES } });
    assert.equal(headers.get("access-control-allow-origin"), "*", what);
    if (status !== 200 || method === "OPTIONS") continue;
    assert.equal(headers.get("content-type"), "application/json; charset=utf-8", what);
    assert.equal(headers.get("cache-control"), "no-store", what);
  }
});

pollTest("other methods are refused", async (poller, server) => {
  for (const method of ["PUT", "PATCH", "DELETE", "HEAD"]) {
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

// As that of another server's, which was there before this one.
for (const dead of ["short", "SFMyNTY.g2gDaAJhAnQAAAABdwFhYQE.x_-", "7".repeat(43)]) {
  pollTest(`the dead token ${dead.slice(0, 9)} opens a session that can be used`, async (poller) => {
    poller.token = dead;
    assert.equal(await poller.post(JOIN), 410);
    assert.equal((await poller.poll()).status, 410);
    assert.notEqual(poller.token, dead);
    assert.equal(await poller.post(JOIN), 200);
    const { status, messages } = await poller.poll();
    assert.equal(status, 200);
    assert.equal(JSON.parse(messages[0])[4].status, "ok");
  });
}

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
  const bytes = Buffer.from('[null,"1","phoenix","heartbeat","\xff"]', "latin1");  // no UTF-8
  assert.equal(await poller.post(bytes), "HTTP 400");
  assert.equal(await poller.post(bytes, { "content-type": "text/plain" }), "HTTP 400");
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

pollTest("what waits is handed out together, oldest first, once", async (poller) => {
  await poller.poll();
  const refs = Array.from({ length: 60 }, (_, n) => `${n}`);
  const beats = refs.map((ref) => `[null,"${ref}","phoenix","heartbeat",{}]`);
  for (let at = 0; at < beats.length; at += 20) await poller.post(beats.slice(at, at + 20).join("\n"));
  const { messages } = await poller.poll();
  assert.deepEqual(messages.map((text) => JSON.parse(text)[1]), refs);
  await poller.post('[null,"last","phoenix","heartbeat",{}]');
  assert.deepEqual((await poller.poll()).messages.map((text) => JSON.parse(text)[1]), ["last"]);
});

pollTest("lines end as they like, and empty ones don't count", async (poller) => {
  await poller.poll();
  const beat = (ref) => `[null,"${ref}","phoenix","heartbeat",{}]`;
  assert.equal(await poller.post(`\n${beat(1)}\r\n\r\n\n${beat(2)}\n${beat(3)}\r\n`), 200);
  const { messages } = await poller.poll();
  assert.deepEqual(messages.map((text) => JSON.parse(text)[1]), ["1", "2", "3"]);
});

// Only of exactly this type has a body lines.
for (const type of ["application/json", "text/plain", `${LINES}; charset=utf-8`, undefined]) {
  pollTest(`a body of ${type} is one frame`, async (poller) => {
    await poller.poll();
    const headers = type ? { "content-type": type } : {};
    const body = Buffer.from('[null,"1",\n"phoenix",\r\n"heartbeat",{}]\n');  // fetch gives bytes no type
    assert.equal(await poller.post(body, headers), 200);
    const { messages } = await poller.poll();
    assert.deepEqual(messages.map((text) => JSON.parse(text)[1]), ["1"]);
    assert.equal(await poller.post(Buffer.from(`${JOIN}\n${JOIN}`), headers), 400);
  });
}

pollTest("bytes go up as base64, in order with text", async (poller) => {
  await poller.poll();
  const topic = "room:lobby";
  const leave = encodePush({ joinRef: "1", ref: "2", topic, event: "phx_leave" }).toString("base64");
  assert.match(leave, /=$/);
  const beat = '[null,"3","phoenix","heartbeat",{}]';
  assert.equal(await poller.post([JOIN, leave, beat].join("\n")), 200);
  const frames = [];
  while (!frames.some(([, ref]) => ref === "3")) {
    frames.push(...(await poller.poll()).messages.map((text) => JSON.parse(text)));
  }
  const events = frames.filter(([, , , event]) => !/^presence/.test(event)).map(([, ref]) => ref);
  assert.deepEqual(events, ["1", "2", "1", "3"]);  // the join, the leave and its close, the heartbeat
});

pollTest("a post is answered once its frames are taken in, whoever is still busy with them",
  async (poller, server) => {
    const reader = "/database/readers/reader-1";
    await poller.poll();
    await server.command("suspend", reader);
    const frames = ['["1","1","room:lobby","phx_join",{"history":true}]',
                    '["1","2","room:lobby","ping",{}]', '[null,"3","phoenix","heartbeat",{}]'];
    assert.equal(await poller.post(frames.join("\n")), 200);
    assert.equal(await poller.post('[null,"4","phoenix","heartbeat",{}]'), 200);
    const refs = [];
    const pollUntil = async (ref) => {
      while (!refs.includes(ref)) {
        const { messages } = await poller.poll();
        const replies = messages.map((text) => JSON.parse(text)).filter((frame) => frame[3] === "phx_reply");
        refs.push(...replies.map((frame) => frame[1]));
      }
    };
    await pollUntil("4");
    assert.ok(!refs.includes("1"), `${refs}`);
    await server.command("resume", reader);
    await pollUntil("2");
    assert.ok(refs.indexOf("1") < refs.indexOf("2"), `${refs}`);
  }, { ROOM_HISTORY: "10", POOL_SIZE: "1" });

pollTest("frames behind one that is none are not handled", async (poller, server) => {
  await withClients(server, async (client) => {
    const room = await client("ann").join("room:lobby");
    const seen = (part) => until(`${part} of anon`, () =>
      room.of("presence_diff").some((diff) => "anon" in diff[part]));
    await poller.poll();
    await poller.post(JOIN);
    await seen("joins");
    const shout = (n) => JSON.stringify(["1", "2", "room:lobby", "shout", { n }]);
    assert.equal(await poller.post([shout(1), "[]", shout(2)].join("\n")), 400);
    await seen("leaves");
    assert.deepEqual(room.of("shout"), [{ n: 1 }]);
  });
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

  pollTest("a session that doesn't answer counts as gone", async (poller, server) => {
    await poller.poll();
    const [session] = await sessionsOf(server);
    assert.equal((await server.command("suspend", session)).code, 0);
    const posted = poller.post(JOIN);
    const polled = poller.poll();
    assert.equal(await posted, 408);
    assert.equal((await polled).status, 410);
  });

  pollTest("who polls no more is gone, whatever it posts", async (poller, server) => {
    await withClients(server, async (client) => {
      const room = await client("ann").join("room:lobby");
      const gone = new Poller(server, "user_id=bob&vsn=2.0.0");
      await gone.poll();
      await gone.post(JOIN);
      await room.receive("presence_diff");
      let left = false;
      room.presence.onLeave((user) => (left ||= user === "bob"));
      await until("bob's leave", async () => {
        await gone.post('[null,"1","phoenix","heartbeat",{}]');
        return left;
      });
      assert.equal(await gone.post(JOIN), 410);
    });
  });

  pollTest("who polls stays, however little there is", async (poller, server) => {
    await withClients(server, async (client) => {
      const room = await client("ann").join("room:lobby");
      await poller.poll();
      await poller.post(JOIN);
      for (let windows = 0; windows < 4;) {
        const { status } = await poller.poll();
        assert.ok(status === 200 || status === 204, `${status}`);
        windows += status === 204;
      }
      assert.deepEqual(room.members(), { ann: 1, anon: 1 });
    });
  });

  pollTest("the official client outlives windows without a message", async (poller, server) => {
    await withClients({ port: server.port, transport: TRANSPORTS.LongPoll }, async (client) => {
      const room = await client("ann").join("room:lobby");
      await until("some windows", () => hasPolled(server, 5));
      assert.equal((await room.ask("ping")).status, "ok");
      assert.deepEqual([room.client.closes, room.client.errors], [[], []]);
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
