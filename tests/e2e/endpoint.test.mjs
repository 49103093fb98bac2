// What every request passes: ids, headers, limits; and that nobody's misbehaviour is another's loss.
import assert from "node:assert/strict";
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import test from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { holding, trees } from "./support/content.mjs";
import { RawConnection, exchange, statusOf } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const HEALTH = "GET /api/health HTTP/1.1\r\nhost: a\r\n";

// One request with a connection of its own: {status, headers, body}. fetch hides too much.
function ask(server, path, { method = "GET", headers = {}, host = "127.0.0.1" } = {}) {
  return within(`the answer to ${path}`, new Promise((done, failed) => {
    const sent = request({ host, port: server.port, path, method, headers, agent: false }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("end", () => done({ status: response.statusCode, headers: response.headers,
                                      body: Buffer.concat(pieces) }));
    });
    sent.on("error", failed);
    sent.end();
  }));
}

test("every answer has an id and security headers, also those without a route", async () => {
  await withServer({}, async (server) => {
    for (const [path, status] of [["/api/health", 200], ["/no/where", 404], ["/%zz", 400]]) {
      const answer = await ask(server, path);
      assert.equal(answer.status, status);
      assert.match(answer.headers["x-request-id"], /^[a-z2-7]{20}$/);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
      assert.match(answer.headers["content-security-policy"], /frame-ancestors 'none'/);
      assert.equal(answer.headers["access-control-allow-origin"], "*");
    }
    const id = "a-request-id-of-mine-1";
    const answer = await ask(server, "/api/health", { headers: { "x-request-id": id } });
    assert.equal(answer.headers["x-request-id"], id);
    const malformed = await exchange(server.port, `${HEALTH}a : b\r\n\r\n`);
    assert.match(malformed, /^x-request-id: [a-z2-7]{20}\r$/m);
  });
});

test("pages of listed origins may use the API with cookies, others may not", async () => {
  await withServer({ env: { CORS_ORIGINS: "https://a.example,//*.b.example" } }, async (server) => {
    const preflight = (origin) => ask(server, "/api/posts", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST",
                 "access-control-request-headers": "content-type" },
    });
    const allowed = await preflight("https://x.b.example");
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers["access-control-allow-origin"], "https://x.b.example");
    assert.equal(allowed.headers["access-control-allow-credentials"], "true");
    assert.equal(allowed.headers["access-control-allow-headers"], "content-type");
    const refused = await preflight("https://evil.example");
    assert.equal(refused.headers["access-control-allow-origin"], undefined);
    assert.match(refused.headers.vary, /origin/);
  });
});

test("text is compressed for who takes it", async () => {
  await withServer({ prepare: holding(trees(28)) }, async (server) => {
    const path = "/api/posts?limit=28";
    const plain = await ask(server, path);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.match(plain.headers.vary, /accept-encoding/);
    for (const [accepted, coding, unpack] of [["gzip", "gzip", gunzipSync],
                                              ["gzip, br", "br", brotliDecompressSync]]) {
      const packed = await ask(server, path, { headers: { "accept-encoding": accepted } });
      assert.equal(packed.headers["content-encoding"], coding);
      assert.ok(packed.body.length < plain.body.length / 2);
      assert.deepEqual(JSON.parse(unpack(packed.body)), JSON.parse(plain.body));
    }
  });
});

test("IPv6 and IPv4 clients are served by default", async () => {
  await withServer({}, async (server) => {
    assert.equal((await ask(server, "/api/health")).status, 200);
    assert.equal((await ask(server, "/api/health", { host: "::1" })).status, 200);
  });
});

test("clients behind a trusted proxy are told apart, and strangers are not believed", async () => {
  const env = { RATE_LIMIT: "1", RATE_LIMIT_BURST: "2", TRUSTED_PROXIES: "127.0.0.1" };
  await withServer({ env }, async (server) => {
    const from = (address, host) => ask(server, "/api/health",
                                        { headers: { "x-forwarded-for": address }, host });
    const statuses = async (times, address, host) => {
      const all = [];
      for (let i = 0; i < times; ++i) all.push((await from(address, host)).status);
      return all;
    };
    assert.ok((await statuses(20, "192.0.2.1")).includes(429));
    assert.deepEqual(await statuses(2, "192.0.2.2"), [200, 200]);
    assert.ok((await statuses(20, "192.0.2.9", "::1")).includes(429));
    assert.ok((await statuses(2, "192.0.2.8", "::1")).includes(429));  // ::1 is no proxy of ours
    const refused = await until("a refusal", async () => {
      const answer = await from("192.0.2.1");
      return answer.status === 429 && answer;
    });
    assert.match(refused.headers["retry-after"], /^[1-9]/);
    assert.match(refused.headers["x-request-id"], /^[a-z2-7]{20}$/);
  });
});

test("HTTPS is asked of who came by HTTP, and never in a circle", async () => {
  await withServer({ env: { FORCE_SSL: "true", TRUSTED_PROXIES: "private" } }, async (server) => {
    const by = (scheme, path = "/api/posts") => ask(server, path, {
      headers: { host: "a.example", ...(scheme && { "x-forwarded-proto": scheme }) } });
    const sent = await by("http");
    assert.equal(sent.status, 301);
    assert.equal(sent.headers.location, "https://a.example/api/posts");
    assert.equal((await by("https")).headers["strict-transport-security"], "max-age=31536000");
    assert.equal((await by(null)).status, 200);
    assert.equal((await by("http", "/health")).status, 200);
  });
});

test("requests are logged without their secrets, and with the id that the client got", async () => {
  await withServer({}, async (server) => {
    const answer = await ask(server, "/api/health?page=1&reset_token=hush");
    const logged = await until("the request's line", () => server.log.split("\n")
      .find((text) => text.includes(answer.headers["x-request-id"])));
    assert.ok(logged.includes(
      ` info GET /api/health?page=1&reset_token=[FILTERED] 200 ${answer.body.length} B `), logged);
    assert.ok(!server.log.includes("hush"));
  });
});

test("limits are configured, each with its own status", async () => {
  const env = { MAX_REQUEST_LINE_BYTES: "100", MAX_HEADER_BYTES: "400", MAX_HEADERS: "5",
                MAX_BODY_BYTES: "10", HEADER_TIMEOUT: "1", BODY_TIMEOUT: "1" };
  await withServer({ env }, async (server) => {
    const refusals = [
      [414, `GET /${"a".repeat(100)} HTTP/1.1\r\nhost: a\r\n\r\n`],
      [431, `${HEALTH}x: ${"y".repeat(400)}\r\n\r\n`],
      [431, `${HEALTH}${"x: y\r\n".repeat(5)}\r\n`],
      [413, `${HEALTH}content-length: 11\r\n\r\n`],
      [408, "GET /api/hea"],
      [408, `${HEALTH}content-length: 10\r\n\r\nhalf`],
      [408, `${HEALTH}transfer-encoding: chunked\r\n\r\n5\r\nhe`],
    ];
    for (const [status, bytes] of refusals) {
      assert.equal(statusOf(await exchange(server.port, bytes)), status, JSON.stringify(bytes));
    }
  });
});

test("a client that trickles its request loses nobody else's, and then its own", async () => {
  await withServer({ env: { HEADER_TIMEOUT: "2" } }, async (server) => {
    const slow = Array.from({ length: 200 }, () => new RawConnection(server.port));
    const trickle = setInterval(() => slow.forEach((each) => each.send("x")), 200);
    try {
      for (const each of slow) each.send("GET /api/health HTTP/1.1\r\nhost: a\r\nx: ");
      for (let i = 0; i < 50; ++i) assert.equal((await ask(server, "/api/health")).status, 200);
      const ends = await within("all of them to be refused",
                                Promise.all(slow.map((each) => each.closed)));
      assert.ok(ends.every((text) => statusOf(text) === 408));
    } finally {
      clearInterval(trickle);
      for (const each of slow) each.destroy();
    }
  });
});

test("a client that reads nothing is given up, and nobody waits for it", async () => {
  const env = { WRITE_TIMEOUT: "1", ACCESS_LOG: "errors" };
  await withServer({ env, prepare: holding(trees(28)) }, async (server) => {
    const deaf = new RawConnection(server.port);
    try {
      deaf.pause();
      deaf.send("GET /api/posts?limit=28 HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2000));
      for (let i = 0; i < 50; ++i) assert.equal((await ask(server, "/api/health")).status, 200);
      await until("it to be given up", async () => {
        const tree = JSON.parse((await server.command("tree", "--json")).stdout);
        return !JSON.stringify(tree).includes('"/http/connections/');
      });
    } finally {
      deaf.destroy();
    }
  });
});

test("more connections than there is room for are told so, and those that are there go on", async () => {
  const env = { MAX_CONNECTIONS: "20", COPPICE_SHARDS: "1", MIN_BODY_RATE: "0" };
  await withServer({ env }, async (server) => {
    const held = Array.from({ length: 20 }, () => new RawConnection(server.port));
    try {
      for (const each of held) {
        each.send(`${HEALTH}\r\n${HEALTH}content-length: 1\r\n\r\n`);  // the second one lacks its body
        await each.receive(/"status":"ok"/);
      }
      const flood = await Promise.all(
        Array.from({ length: 100 }, () => exchange(server.port, `${HEALTH}\r\n`)));
      assert.ok(flood.every((text) => text === "" || statusOf(text) === 503));
      assert.ok(flood.some((text) => /retry-after: \d/.test(text)));
      const logged = await until("the log to say so", () =>
        server.log.match(/turned 127\.0\.0\.1 away with 503: .*see MAX_CONNECTIONS \(request \w{20}\)/g));
      assert.ok(logged.length < 20, `${logged.length} lines for 100 clients`);
      const { stdout } = await server.command("inspect", "/http/listener");
      assert.match(stdout, /, 100 turned away$/m);
      for (const each of held) {
        each.received = "";
        each.send("x");
        await each.receive(/"status":"ok"/);
      }
    } finally {
      for (const each of held) each.destroy();
    }
    await until("room again", async () => (await ask(server, "/api/health")).status === 200);
  });
});

test("where all connections are taken, who comes gets the place of the one that is idle for longest", async () => {
  const env = { MAX_CONNECTIONS: "3", COPPICE_SHARDS: "1" };
  await withServer({ env }, async (server) => {
    const held = Array.from({ length: 3 }, () => new RawConnection(server.port));
    const askAgain = async (each) => {
      each.received = "";
      each.send(`${HEALTH}\r\n`);
      await each.receive(/"status":"ok"/);
    };
    try {
      for (const each of held) await askAgain(each);
      assert.equal((await ask(server, "/api/health")).status, 200);
      assert.match(await within("the first to be closed", held[0].closed), /"status":"ok"/);
      for (const each of held.slice(1)) await askAgain(each);
      await until("the log to say so", () => server.log.includes(
        "idle connections make room for others: all are taken; see MAX_CONNECTIONS"));
    } finally {
      for (const each of held) each.destroy();
    }
  });
});

// One of this machine's that is not loopback, which speaks for many.
const ADDRESS = Object.values(networkInterfaces()).flat()
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
const skip = ADDRESS ? false : "this machine has no address but loopback";

test("one address may not take all connections", { skip }, async () => {
  const env = { MAX_CONNECTIONS_PER_ADDRESS: "3" };
  await withServer({ env }, async (server) => {
    const host = ADDRESS;
    const held = Array.from({ length: 3 }, () => new RawConnection(server.port, { host }));
    try {
      for (const each of held) {
        each.send(`${HEALTH}\r\n`);
        await each.receive(/"status":"ok"/);
      }
      const refused = await exchange(server.port, `${HEALTH}\r\n`, { host });
      assert.equal(statusOf(refused), 429);
      assert.match(refused, /^retry-after: \d+\r$/m);
      const [, id] = refused.match(/^x-request-id: (\w{20})\r$/m);
      await until("the log to say so", () => server.log.includes(
        `turned ${host} away with 429: it has all that it may have; see ` +
        `MAX_CONNECTIONS_PER_ADDRESS (request ${id})`));
      assert.equal((await ask(server, "/api/health", { host: "::1" })).status, 200);
    } finally {
      for (const each of held) each.destroy();
    }
    await until("room again", async () => (await ask(server, "/api/health", { host })).status === 200);
  });
});

test("proxies that are trusted, and this machine, may have any number of connections", async () => {
  const env = { MAX_CONNECTIONS_PER_ADDRESS: "1", TRUSTED_PROXIES: ADDRESS ?? "" };
  await withServer({ env }, async (server) => {
    for (const host of ["127.0.0.1", ...(ADDRESS ? [ADDRESS] : [])]) {
      const held = Array.from({ length: 3 }, () => new RawConnection(server.port, { host }));
      try {
        for (const each of held) {
          each.send(`${HEALTH}\r\n`);
          await each.receive(/"status":"ok"/);
        }
      } finally {
        for (const each of held) each.destroy();
      }
    }
  });
});

test("OPTIONS names the methods of a path, and an expectation is met or refused", async () => {
  await withServer({}, async (server) => {
    const options = await ask(server, "/api/health", { method: "OPTIONS" });
    assert.equal(options.status, 204);
    assert.equal(options.headers.allow, "GET, HEAD, OPTIONS");
    const connection = new RawConnection(server.port);
    try {
      connection.send(`${HEALTH}content-length: 2\r\nexpect: 100-continue\r\n\r\n`);
      await connection.receive(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
      connection.send("hi");
      await connection.receive(/"status":"ok"/);
    } finally {
      connection.destroy();
    }
    const early = await exchange(
      server.port, "POST /no/where HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n");
    assert.equal(statusOf(early), 404);
  });
});

test("a client that has closed its half gets its answers", async () => {
  await withServer({}, async (server) => {
    const connection = new RawConnection(server.port, { allowHalfOpen: true });
    try {
      connection.send(`${HEALTH}\r\n`.repeat(3));
      connection.end();
      const all = await within("the end", connection.closed);
      assert.equal(all.match(/HTTP\/1\.1 200 OK/g).length, 3);
    } finally {
      connection.destroy();
    }
  });
});
