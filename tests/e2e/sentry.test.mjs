// Crashes and errors are reported to Sentry: envelopes as it takes them, and no more than it wants.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import test from "node:test";
import { ask, operate } from "./support/admin.mjs";
import { OWN_SIGNALS, coppice, isSanitized, withFolder, withServer } from "./support/server.mjs";
import { runSql } from "./support/sql.mjs";
import { until, within } from "./support/wait.mjs";

const KEY = "0123456789abcdef0123456789abcdef";

// Checks what the protocol says and gives the event.
function eventOf({ method, url, headers, body }) {
  assert.equal(method, "POST");
  assert.equal(url, "/base/api/42/envelope/");
  assert.equal(headers["content-type"], "application/x-sentry-envelope");
  assert.match(headers["x-sentry-auth"],
               new RegExp(`^Sentry sentry_version=7, sentry_client=coppice/\\S+, sentry_key=${KEY}$`));
  const end = body.indexOf(10);
  const head = JSON.parse(body.subarray(0, end));
  const itemEnd = body.indexOf(10, end + 1);
  const item = JSON.parse(body.subarray(end + 1, itemEnd));
  const payload = body.subarray(itemEnd + 1, itemEnd + 1 + item.length);
  assert.equal(item.type, "event");
  assert.equal(payload.length, item.length);
  assert.equal(body.subarray(itemEnd + 1 + item.length).toString(), "\n");
  const event = JSON.parse(payload);
  assert.match(event.event_id, /^[0-9a-f]{32}$/);
  assert.equal(head.event_id, event.event_id);
  assert.ok(!Number.isNaN(Date.parse(head.sent_at)) && !Number.isNaN(Date.parse(event.timestamp)));
  return event;
}

// A sink on a free port, which answers as it is told: `answers` is a list of [status, headers], then
// 200 for ever.
async function withSink(answers, use) {
  const requests = [];
  const sink = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks);
      // What a slow machine does is an error as well, but no test is about it.
      const isStall = body.includes('"formatted":"core.stalled');
      if (!isStall) requests.push({ method, url, headers, body, at: Date.now() });
      const [status, more = {}] = (isStall ? undefined : answers.shift()) ?? [200];
      response.writeHead(status, { "content-type": "application/json", ...more });
      response.end('{"id":"x"}');
    });
  });
  await new Promise((done) => sink.listen(0, "127.0.0.1", done));
  try {
    const dsn = `http://${KEY}@127.0.0.1:${sink.address().port}/base/42`;
    await use({ dsn, requests });
  } finally {
    sink.closeAllConnections();
    await new Promise((done) => sink.close(done));
  }
}

async function withReports(answers, env, use) {
  await withSink(answers, async ({ dsn, requests }) => {
    await withServer({ env: { SENTRY_DSN: dsn, ...env } }, async (server) => {
      await use(server, requests);
    });
  });
}

async function crash(server, path) {
  const { code, stderr } = await server.command("crash", path);
  assert.equal(code, 0, stderr);
}

const some = (requests, count) =>
  until(`${count} reports`, () => requests.length >= count);

test("a crash is reported with release, environment, place and what came before", async () => {
  const env = { APP_VERSION: "7.8.9", SENTRY_ENVIRONMENT: "staging" };
  await withReports([], env, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 1);
    await crash(server, "/presence");
    await some(requests, 2);
    const [first, second] = requests.map(eventOf);
    assert.equal(first.release, "7.8.9");
    assert.equal(first.environment, "staging");
    assert.equal(first.transaction, "/pubsub");
    assert.equal(first.level, "error");
    assert.equal(first.tags.path, "/pubsub");
    const [exception] = first.exception.values;
    assert.match(exception.value, /crash on request/);
    if (!isSanitized()) assert.ok(exception.stacktrace.frames.at(-1).function.length > 0);
    assert.equal(second.transaction, "/presence");
    const crumbs = second.breadcrumbs.values;
    assert.ok(crumbs.some(({ category, message }) =>
      category === "sup.restart" && message.includes("/pubsub")), JSON.stringify(crumbs));
    assert.ok(!server.log.includes(KEY));
  });
});

test("equal crashes are reported once", async () => {
  await withReports([], {}, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 1);
    await crash(server, "/pubsub");
    await crash(server, "/presence");
    await some(requests, 2);
    assert.deepEqual(requests.map(eventOf).map(({ transaction }) => transaction),
                     ["/pubsub", "/presence"]);
  });
});

test("nothing is sent before Sentry wants it, and nothing is lost meanwhile", async () => {
  const limit = { "x-sentry-rate-limits": "60:transaction:key, 6:error:key" };
  await withReports([[429, limit]], {}, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 1);
    await crash(server, "/presence");
    await some(requests, 3);
    assert.ok(requests[1].at - requests[0].at >= 6000);
    assert.deepEqual(requests.map(eventOf).map(({ transaction }) => transaction),
                     ["/pubsub", "/pubsub", "/presence"]);
  });
});

test("a limit with a good answer holds as well", async () => {
  const limit = { "x-sentry-rate-limits": "3:error:key" };
  await withReports([[200, limit]], {}, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 1);
    await crash(server, "/presence");
    await some(requests, 2);
    assert.ok(requests[1].at - requests[0].at >= 3000);
  });
});

test("trouble of Sentry's is waited out, a refusal is not", async () => {
  await withReports([[503], [400]], {}, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 2);
    await crash(server, "/presence");
    await some(requests, 3);
    assert.deepEqual(requests.map(eventOf).map(({ transaction }) => transaction),
                     ["/pubsub", "/pubsub", "/presence"]);
    await until("both to be counted", async () => {
      const { stdout } = await server.command("metrics");
      return /^coppice_sentry_crashes_total\{result="refused"\} 1$/m.test(stdout) &&
        /^coppice_sentry_crashes_total\{result="sent"\} 1$/m.test(stdout);
    });
    assert.match(server.log, /crashes and errors are not sent to Sentry: 127\.0\.0\.1:\d+ answers 503/);
  });
});

test("what a fatal signal left is reported by the next start", async () => {
  await withReports([], OWN_SIGNALS, async (server, requests) => {
    server.signal("SIGSEGV");
    await within("the end", server.ended);
    await server.start();
    await some(requests, 1);
    const event = eventOf(requests[0]);
    assert.equal(event.level, "fatal");
    assert.equal(event.exception.values[0].type, "SIGSEGV");
    assert.ok(event.exception.values[0].stacktrace.frames.length > 0);
  });
});

// Not as long as this process lives.
const NOT_NOW = [429, { "x-sentry-rate-limits": "3600:error:key" }];

const transactionsOf = (requests) => requests.map(eventOf).map(({ transaction }) => transaction);

async function restart(server) {
  server.signal("SIGTERM");
  await within("the end", server.ended);
  await server.start();
}

// What a start takes up is on its way before what crashes after it is in the ledger.
async function crashIntoLedger(server, path) {
  await crash(server, path);
  await until(`the crash of ${path} to be in the ledger`, async () => {
    const { crashes } = await ask(server, "/v1/crashes");
    return crashes.some((kept) => kept.path === path);
  });
}

const reports = async (server, result) => {
  const { stdout } = await server.command("metrics");
  return Number(new RegExp(`^coppice_sentry_crashes_total\\{result="${result}"\\} (\\d+)$`, "m").exec(stdout)[1]);
};

test("what waits when the server ends is reported by the next start, and once", async () => {
  await withReports([NOT_NOW], {}, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 1);
    await restart(server);
    await some(requests, 2);
    await until("the report to be done", async () => await reports(server, "sent") === 1);
    await restart(server);
    await crashIntoLedger(server, "/presence");
    await crash(server, "/jobs/sweeper");
    await some(requests, 4);
    assert.deepEqual(transactionsOf(requests), ["/pubsub", "/pubsub", "/presence", "/jobs/sweeper"]);
  });
});

test("the crash that ends the server is reported by the next start", async () => {
  await withReports([NOT_NOW], {}, async (server, requests) => {
    await crash(server, "/pubsub");
    await some(requests, 1);
    let ended = false;
    server.ended.then(() => (ended = true));
    while (!ended) await operate(server, "/v1/crash?path=%2Fpubsub", "POST").catch(() => {});
    assert.deepEqual(await within("the end", server.ended), { code: 1, signal: null });
    const before = requests.length;
    await server.start();
    await some(requests, before + 1);
    const { crashes } = await ask(server, "/v1/crashes?path=/pubsub");
    const kept = crashes.reduce((sum, { count }) => sum + count, 0);
    assert.ok(kept > 1);
    await until(`${kept} crashes to be reported`, () =>
      requests.slice(before).map(eventOf).filter(({ transaction }) => transaction === "/pubsub")
        .reduce((sum, { contexts }) => sum + contexts.coppice_actor.crashes, 0) === kept);
  });
});

test("crashes from before there was an address are not reported", async () => {
  await withSink([], async ({ dsn, requests }) => {
    await withServer({}, async (server) => {
      await crashIntoLedger(server, "/pubsub");
      server.env.SENTRY_DSN = dsn;
      await restart(server);
      await crashIntoLedger(server, "/presence");
      await crash(server, "/jobs/sweeper");
      await some(requests, 2);
      assert.deepEqual(transactionsOf(requests), ["/presence", "/jobs/sweeper"]);
    });
  });
});

// Has requests for tags fail.
const loseTags = (server) => runSql(server.database, "ALTER TABLE tags RENAME TO no_tags");

async function failingTags(server, id) {
  const response = await server.get("/api/tags", { headers: { "x-request-id": id } });
  assert.equal(response.status, 500);
  await response.text();
}

test("an error that is logged is reported with folder, place and request", async () => {
  const env = { APP_VERSION: "7.8.9", SENTRY_ENVIRONMENT: "staging" };
  await withReports([], env, async (server, requests) => {
    await loseTags(server);
    await failingTags(server, "request-number-one-of-tags");
    await some(requests, 1);
    const event = eventOf(requests[0]);
    assert.equal(event.release, "7.8.9");
    assert.equal(event.environment, "staging");
    assert.equal(event.level, "error");
    assert.match(event.logentry.formatted, /^GET \/api\/tags failed: .*no such table/);
    assert.equal(event.tags.folder, "app/http");
    assert.equal(event.tags.request_id, "request-number-one-of-tags");
    assert.match(event.tags.path, /^\/http\/connections\/connection#\d+$/);
    assert.equal(event.transaction, event.tags.path);
    assert.ok(Array.isArray(event.breadcrumbs.values));
    assert.equal(event.exception, undefined);
    assert.ok(!server.log.includes(KEY));
  });
});

test("equal errors are reported once, and a crash is no error besides", async () => {
  await withReports([], {}, async (server, requests) => {
    await loseTags(server);
    await failingTags(server, "request-number-one-of-tags");
    await some(requests, 1);
    await failingTags(server, "request-number-two-of-tags");
    await crash(server, "/pubsub");
    await until("the crash in the log", () => /actor\.crash.*"\/pubsub"/.test(server.log));
    await crash(server, "/presence");
    await some(requests, 3);
    const [error, ...crashes] = requests.map(eventOf);
    assert.ok(error.logentry);
    assert.deepEqual(crashes.map(({ transaction }) => transaction), ["/pubsub", "/presence"]);
    await until("all to be counted", async () => {
      const { stdout } = await server.command("metrics");
      return /^coppice_sentry_errors_total\{result="sent"\} 1$/m.test(stdout) &&
        /^coppice_sentry_crashes_total\{result="sent"\} 2$/m.test(stdout);
    });
  });
});

test("what goes wrong with reports makes no others", async () => {
  await withReports([[503], [503]], {}, async (server, requests) => {
    await loseTags(server);
    await failingTags(server, "request-number-one-of-tags");
    await some(requests, 3);
    await crash(server, "/pubsub");
    await some(requests, 4);
    const events = requests.map(eventOf);
    assert.equal(new Set(events.slice(0, 3).map(({ logentry }) => logentry.formatted)).size, 1);
    assert.equal(events[3].transaction, "/pubsub");
  });
});

test("without an address nobody reports", async () => {
  await withServer({}, async (server) => {
    const { stdout } = await server.command("tree");
    assert.doesNotMatch(stdout, /sentry/);
  });
});

test("an address that is none is named, without its key", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await coppice(["server"], {
      env: { SENTRY_DSN: `https://${KEY}@host` }, cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /SENTRY_DSN.*no project at its end/);
    assert.ok(!stderr.includes(KEY));
  });
});
