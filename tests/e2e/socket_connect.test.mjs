// How sockets are opened, over each transport: paths, query strings, versions, tokens, and in which
// order what is wrong with a request is found.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test, { after, before, describe } from "node:test";
import { addUser, command } from "./support/accounts.mjs";
import { CARRIERS } from "./support/carriers.mjs";
import { RawConnection, statusOf } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";

const WEBSOCKET = "/socket/websocket";
const LONGPOLL = "/socket/longpoll";

// What a client asks for an upgrade with.
const UPGRADE = {
  Host: "localhost",
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version": "13",
};

// Asks for a WebSocket and returns the answer's status and headers: those of UPGRADE, but for what
// `headers` has other values for, or undefined.
async function upgrade(server, { query = "vsn=2.0.0", headers = {}, path = WEBSOCKET, method = "GET",
                                 version = "1.1" } = {}) {
  const connection = new RawConnection(server.port);
  try {
    const lines = Object.entries({ ...UPGRADE, ...headers })
      .flatMap(([name, values]) => [values].flat().map((value) => [name, value]))
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\r\n`);
    connection.send(`${method} ${path}?${query} HTTP/${version}\r\n${lines.join("")}\r\n`);
    const answer = await connection.receive(/\r\n\r\n/);
    const fields = answer.split("\r\n\r\n")[0].split("\r\n").slice(1).map((line) => line.split(": "));
    return {
      status: statusOf(answer) ?? Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1]),
      headers: Object.fromEntries(fields.map(([name, value]) => [name.toLowerCase(), value])),
    };
  } finally {
    connection.destroy();
  }
}

const statusOfUpgrade = async (...args) => (await upgrade(...args)).status;

async function poll(server, query, headers = {}, path = LONGPOLL) {
  const response = await server.get(`${path}?${query}`, { headers });
  return response.status === 200 ? (await response.json()).status : `HTTP ${response.status}`;
}

describe("a server", () => {
  let server;
  let end;
  before(() => new Promise((ready, failed) => {
    withServer({ env: { PHX_HOST: "example.com" } }, (started) => {
      server = started;
      ready();
      return new Promise((done) => (end = done));
    }).catch(failed);
  }));
  after(() => end());

  // -- paths -------------------------------------------------------------------------------------

  test("has sockets at two paths, with a slash behind them or without", async () => {
    for (const slash of ["", "/"]) {
      assert.equal(await statusOfUpgrade(server, { path: WEBSOCKET + slash }), 101);
      assert.equal(await poll(server, "vsn=2.0.0", {}, LONGPOLL + slash), 410);
    }
    for (const path of ["/socket", "/socket/", "/socket/other", `${WEBSOCKET}/more`, `${LONGPOLL}/more`,
                        "/websocket", "/socket/Websocket"]) {
      assert.equal(await statusOfUpgrade(server, { path }), 404, path);
      assert.equal((await server.get(`${path}?vsn=2.0.0`)).status, 404, path);
    }
  });

  // -- query strings -----------------------------------------------------------------------------

  // [query, the user_id that channels see]
  const QUERIES = [
    ["user_id=ann", "ann"],
    ["user_id=a+b%20c", "a b c"],
    ["user_id=%C3%A9%F0%9F%8C%B3%26%3D%2B", "é🌳&=+"],
    ["&&user_id=ann&&", "ann"],
    ["user_id=ann&user_id=bob", "bob"],
    ["user_id=ann&other&x=&y[z]=1&y[w][]=2&l[]=3&%5B%5D=4&a[b=5", "ann"],
    ["user_id=", ""],
    ["user_id[]=ann", "anon"],
    ["user_id[name]=ann", "anon"],
    ["", "anon"],
  ];

  for (const [carrier, Raw] of Object.entries(CARRIERS)) {
    test(`${carrier}: tells its channels what is in the query`, async () => {
      for (const [n, [query, user]] of QUERIES.entries()) {
        const client = await Raw.openWith(server, `${query}&vsn=2.0.0`);
        const topic = `room:${carrier}-${n}`;
        await client.join(topic);
        const state = await client.receive("the state", (frame) => frame[3] === "presence_state");
        assert.deepEqual(Object.keys(state[4]), [user], query);
        client.terminate();
      }
    });
  }

  test("refuses a query that is not properly encoded", async () => {
    for (const query of ["user_id=%zz", "user_id=%c", "user_id=%", "user_id=%ff", "%ff=ann",
                         "user_id=%ed%a0%80"]) {
      assert.equal(await statusOfUpgrade(server, { query: `${query}&vsn=2.0.0` }), 400, query);
      assert.equal(await poll(server, `${query}&vsn=2.0.0`), "HTTP 400", query);
    }
  });

  // -- versions ----------------------------------------------------------------------------------

  const ARRAYS = ["vsn=2.0.0", "vsn=2.0.7", "vsn=2.0.1-rc.1", "vsn=2.0.0%2Bbuild", "vsn=1.0.0&vsn=2.0.0"];
  const OBJECTS = ["vsn=1.0.0", "vsn=1.0.9", "", "user_id=ann", "version=2.0.0"];
  const REFUSED = ["vsn=1.1.0", "vsn=2.1.0", "vsn=3.0.0", "vsn=0.9.0", "vsn=2.0", "vsn=2", "vsn=2.0.0.0",
                   "vsn=abc", "vsn=", "vsn", "vsn=2.0.0-rc.1", "vsn=02.0.0", "vsn=v2.0.0", "vsn=2.0.0%20",
                   "vsn[]=2.0.0", "vsn[a]=2.0.0"];

  for (const [carrier, Raw] of Object.entries(CARRIERS)) {
    test(`${carrier}: speaks the version that is asked for, and without one the first`, async () => {
      const beat = ["1", "1", "phoenix", "heartbeat", {}];
      for (const query of ARRAYS) {
        const client = await Raw.openWith(server, query);
        client.sendJson(beat);
        await client.receive(query, (frame) => Array.isArray(frame));
        client.terminate();
      }
      for (const query of OBJECTS) {
        const client = await Raw.openWith(server, query);
        client.sendJson({ topic: "phoenix", event: "heartbeat", payload: {}, ref: "1" });
        await client.receive(query, (frame) => frame.topic === "phoenix");
        client.terminate();
      }
    });
  }

  test("refuses every other version", async () => {
    for (const query of REFUSED) {
      assert.equal(await statusOfUpgrade(server, { query }), 403, query);
      assert.equal(await poll(server, query), 403, query);
    }
  });

  // -- the upgrade -------------------------------------------------------------------------------

  test("agrees to an upgrade with what the standard asks, and to nothing more", async () => {
    const key = randomBytes(16).toString("base64");
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
    const { status, headers } = await upgrade(server, { headers: {
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits, x-other",
    } });
    assert.equal(status, 101);
    assert.equal(headers["sec-websocket-accept"], accept.digest("base64"));
    assert.equal(headers.upgrade.toLowerCase(), "websocket");
    assert.equal(headers.connection.toLowerCase(), "upgrade");
    assert.equal(headers["sec-websocket-protocol"], undefined);
    assert.equal(headers["sec-websocket-extensions"], undefined);
  });

  test("reads the headers of an upgrade as lists, in any case", async () => {
    for (const headers of [{ Connection: "keep-alive, Upgrade" }, { Connection: "UPGRADE" },
                           { Connection: ["keep-alive", "upgrade"] }, { Upgrade: "WebSocket" },
                           { Upgrade: "h2c,websocket" }]) {
      assert.equal(await statusOfUpgrade(server, { headers }), 101, JSON.stringify(headers));
    }
  });

  test("takes nothing for an upgrade that is none", async () => {
    for (const request of [{ headers: { Connection: undefined } }, { headers: { Connection: "close" } },
                           { headers: { Upgrade: undefined } }, { headers: { Upgrade: "websockets" } },
                           { headers: { "Sec-WebSocket-Key": undefined } },
                           { headers: { Host: undefined } }, { version: "1.0" }]) {
      assert.equal(await statusOfUpgrade(server, request), 400, JSON.stringify(request));
    }
    for (const version of ["8", "14", undefined, "13, 8"]) {
      const answer = await upgrade(server, { headers: { "Sec-WebSocket-Version": version } });
      assert.ok([400, 426].includes(answer.status), `${version}: ${answer.status}`);
      if (answer.status === 426) assert.equal(answer.headers["sec-websocket-version"], "13");
    }
  });

  test("finds what is wrong in its order: verb, origin, protocol, version, token, upgrade", async () => {
    const wrong = {
      method: { method: "POST" },
      origin: { headers: { Origin: "https://evil.org" } },
      protocol: { headers: { "Sec-WebSocket-Protocol": "other" } },
      version: { query: "vsn=3.0.0" },
      token: { query: "vsn=2.0.0&token=nonsense" },
      upgrade: { headers: { Upgrade: undefined } },
    };
    const both = (a, b) => ({ ...wrong[a], ...wrong[b],
                              headers: { ...wrong[a].headers, ...wrong[b].headers } });
    assert.equal(await statusOfUpgrade(server, both("method", "origin")), 400);
    for (const first of ["origin", "protocol", "version", "token"]) {
      assert.equal(await statusOfUpgrade(server, wrong[first]), 403, first);
      assert.equal(await statusOfUpgrade(server, both(first, "upgrade")), 403, first);
    }
    assert.equal(await statusOfUpgrade(server, wrong.upgrade), 400);
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]) {
      assert.equal(await statusOfUpgrade(server, { method }), 400, method);
    }
  });

  // -- origins -----------------------------------------------------------------------------------

  test("lets pages of its own host in, from any port and scheme, and programs", async () => {
    for (const [origin, allowed] of [["https://example.com", true], ["http://example.com:8080", true],
                                     ["https://EXAMPLE.com", true], [undefined, true],
                                     ["https://sub.example.com", false], ["https://evil.org", false],
                                     ["https://example.com.evil.org", false], ["null", false],
                                     ["evil", false], ["", false]]) {
      const headers = origin === undefined ? {} : { Origin: origin };
      assert.equal(await statusOfUpgrade(server, { headers }), allowed ? 101 : 403, origin);
      if (origin === "") continue;  // fetch leaves it out
      assert.equal(await poll(server, "vsn=2.0.0", headers), allowed ? 410 : 403, origin);
    }
  });
});

test("an entry of CORS_ORIGINS says of an origin what it wants to", () =>
  withServer({ env: { CORS_ORIGINS: "//other.com:888,http://plain.org,//*.deep.net" } }, async (server) => {
    for (const [origin, allowed] of [["https://other.com:888", true], ["http://other.com:888", true],
                                     ["https://other.com", false], ["https://sub.other.com:888", false],
                                     ["http://plain.org", true], ["http://plain.org:80", true],
                                     ["http://plain.org:8080", false], ["https://plain.org", false],
                                     ["http://deep.net:1", true], ["https://a.b.deep.net", true],
                                     ["https://notdeep.net", false]]) {
      assert.equal(await statusOfUpgrade(server, { headers: { Origin: origin } }), allowed ? 101 : 403,
                   origin);
      assert.equal(await poll(server, "vsn=2.0.0", { origin }), allowed ? 410 : 403, origin);
    }
  }));

// -- tokens --------------------------------------------------------------------------------------

const PREFIX = "base64url.bearer.phx.";

test("a token is taken from the subprotocols, or from a header", () =>
  withServer({}, async (server) => {
    await addUser(server, "ada@example.com");
    const made = await command(server, ["token", "create", "ada@example.com", "--name", "t", "--scope",
                                        "socket"]);
    const secret = made.stdout.trim();
    const base64 = (text) => Buffer.from(text).toString("base64").replaceAll("=", "");
    const ask = (protocols) =>
      upgrade(server, { headers: { "Sec-WebSocket-Protocol": protocols } });

    for (const protocols of [`phoenix, ${PREFIX}${base64(secret)}`, `${PREFIX}${base64(secret)},phoenix`,
                             ["phoenix", `${PREFIX}${base64(secret)}`], "phoenix", "other, phoenix"]) {
      const { status, headers } = await ask(protocols);
      assert.deepEqual([status, headers["sec-websocket-protocol"]], [101, "phoenix"], protocols);
    }
    for (const [why, protocols] of [
      ["no protocol of ours", "other"],
      ["no protocol but the token", `${PREFIX}${base64(secret)}`],
      ["a token that can't be read", `phoenix, ${PREFIX}!`],
      ["a token of nobody", `phoenix, ${PREFIX}${base64("nonsense")}`],
    ]) {
      assert.equal((await ask(protocols)).status, 403, why);
    }
    assert.equal((await ask(undefined)).headers["sec-websocket-protocol"], undefined);

    assert.equal(await poll(server, "vsn=2.0.0", { "x-phoenix-authtoken": secret }), 410);
    assert.equal(await poll(server, "vsn=2.0.0", { "x-phoenix-authtoken": "nonsense" }), 403);
  }));
