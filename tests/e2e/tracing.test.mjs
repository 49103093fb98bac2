// Traces: what a collector is told of requests.
import assert from "node:assert/strict";
import test from "node:test";
import { Browser, addUser, command, signedIn } from "./support/accounts.mjs";
import { editor } from "./support/changes.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withCollector } from "./support/collector.mjs";
import { withCluster } from "./support/litefs.mjs";
import { Server, coppice, withFolder, withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const traceparent = `00-${TRACE}-${PARENT}-01`;
const ADA = "ada@example.com";
const named = (spans, name) => spans.find((span) => span.name === name);

test("a read is a span for the request, its handler and the reader", async () => {
  await withCollector(async (collector) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url + "/",
                  OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a%2Ckey",
                  OTEL_SERVICE_NAME: "garden", APP_VERSION: "7.1" };
    await withServer({ env }, async (server) => {
      const response = await server.get("/api/posts?limit=3", {
        headers: { traceparent, tracestate: "vendor=1", "x-request-id": "a".repeat(24) } });
      assert.equal(response.status, 200);
      await response.text();
      const spans = await until("three spans", () =>
        collector.spans.length >= 3 && collector.spans);
      assert.deepEqual(spans.map((span) => span.name).sort(),
                       ["GET /api/posts", "handle", "read"]);
      const request = named(spans, "GET /api/posts");
      const handler = named(spans, "handle");
      assert.deepEqual(spans.map((span) => span.traceId), [TRACE, TRACE, TRACE]);
      assert.equal(request.parentSpanId, PARENT);
      assert.equal(handler.parentSpanId, request.spanId);
      assert.equal(named(spans, "read").parentSpanId, handler.spanId);
      assert.equal(request.kind, 2);
      assert.equal(request.traceState, "vendor=1");
      const { attributes } = request;
      assert.equal(attributes["http.request.method"], "GET");
      assert.equal(attributes["http.route"], "/api/posts");
      assert.equal(attributes["http.response.status_code"], 200);
      assert.equal(attributes["url.path"], "/api/posts");
      assert.equal(attributes["client.address"], "127.0.0.1");
      assert.equal(attributes["coppice.request_id"], "a".repeat(24));
      assert.deepEqual(request.resource, {
        "service.name": "garden", "service.version": "7.1",
        "deployment.environment.name": "development", "cloud.region": "local" });
      assert.equal(request.headers.authorization, "Bearer a,key");
    });
  });
});

test("a write is a span for the writer too, with its command and position", async () => {
  await withCollector(async (collector) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    let token;
    const prepare = async (server) => {
      await addUser(server, ADA, { role: "editor" });
      const made = await command(server, ["token", "create", ADA, "--name", "t",
                                          "--scope", "content:write"]);
      token = made.stdout.trim();
    };
    await withServer({ env, prepare }, async (server) => {
      const response = await server.get("/api/tags", {
        method: "POST", body: JSON.stringify({ label: "oak" }),
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json",
                   traceparent } });
      assert.equal(response.status, 201);
      const etag = response.headers.get("etag");
      const spans = await until("its spans", () =>
        named(collector.spans, "POST /api/tags") && collector.spans);
      const write = named(spans, "write");
      assert.equal(write.attributes["coppice.command"], "resource.create");
      assert.equal(`"${write.attributes["coppice.position"]}"`, etag);
      assert.equal(named(spans, "authenticate").parentSpanId,
                   named(spans, "POST /api/tags").spanId);
    });
  });
});

test("what a sign-in waits for is within its handler", async () => {
  await withCollector(async (collector) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const prepare = (server) => addUser(server, ADA);
    await withServer({ env, prepare }, async (server) => {
      const browser = new Browser(server, { traceparent });
      assert.equal((await browser.signIn(ADA)).status, 201);
      const spans = await until("its spans", () =>
        named(collector.spans, "POST /api/session") && collector.spans);
      const request = named(spans, "POST /api/session");
      assert.equal(request.parentSpanId, PARENT);
      const handler = named(spans, "handle");
      assert.equal(handler.parentSpanId, request.spanId);
      assert.equal(named(spans, "read").parentSpanId, handler.spanId);
      const writes = spans.filter((span) => span.name === "write");
      const begins = writes.find((span) =>
        span.attributes["coppice.command"] === "accounts.create_session");
      assert.equal(begins.parentSpanId, handler.spanId);
      assert.match(begins.attributes["coppice.position"], /^\d+\.\d+$/);
      collector.spans.length = 0;
      assert.equal((await browser.request("DELETE", "/api/session")).status, 204);
      const later = await until("those of the end", () =>
        named(collector.spans, "DELETE /api/session") && collector.spans);
      assert.equal(named(later, "write").parentSpanId, named(later, "handle").spanId);
      assert.equal(named(later, "write").attributes["coppice.command"],
                   "accounts.delete_session");
    });
  });
});

// Runs use(cluster, nodes, author, collector) with two nodes of which `a` is the primary, which tell one
// collector their names, once both know the author and the post `first`.
function withTracedNodes(use) {
  return withCollector(async (collector) => {
    const env = (name) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: name });
    await withCluster(["a", "b"], async (cluster, nodes) => {
      const author = await editor(nodes.a);
      await author.create("first");
      await until("the first post", async () =>
        (await nodes.b.json("/api/posts/first")).status === 200);
      await use(cluster, nodes, author, collector);
    }, env);
  });
}

const nodeOf = (span) => span.resource["service.name"];

// The span `name` of a node that `is`, once it has come; of `parent`'s children, if there is one.
function untilSpan(collector, node, name, { parent, is = () => true } = {}) {
  return until(`a span ${name} of ${node}`, () => collector.spans.find((span) =>
    nodeOf(span) === node && span.name === name && is(span) &&
    (parent === undefined ||
      (span.parentSpanId === parent.spanId && span.traceId === parent.traceId))));
}

test("a write to a replica is one trace on both nodes", () =>
  withTracedNodes(async (cluster, { b }, author, collector) => {
    const response = await b.get("/api/tags", {
      method: "POST", body: JSON.stringify({ label: "oak" }),
      headers: { authorization: `Bearer ${author.token}`, "content-type": "application/json",
                 traceparent } });
    assert.equal(response.status, 201, await response.text());
    const write = await untilSpan(collector, "b", "write", { is: (span) => span.traceId === TRACE });
    const commit = await untilSpan(collector, "a", "commit", { parent: write });
    assert.equal(commit.kind, 2);
    assert.equal(commit.attributes["coppice.command"], "resource.create");
    assert.equal(commit.attributes["coppice.position"], write.attributes["coppice.position"]);
  }));

test("so is a sign-in there, whose trace begins on the replica", () =>
  withTracedNodes(async (cluster, { b }, author, collector) => {
    await signedIn(b, "ed@example.com");
    const begins = (span) => span.attributes["coppice.command"] === "accounts.create_session";
    const write = await untilSpan(collector, "b", "write", { is: begins });
    await untilSpan(collector, "a", "commit", { parent: write, is: begins });
    const request = await untilSpan(collector, "b", "POST /api/session");
    assert.equal(request.traceId, write.traceId);
    assert.equal(request.parentSpanId, undefined);
  }));

test("and a read that the primary answers for a replica", () =>
  withTracedNodes(async (cluster, { a, b }, author, collector) => {
    await cluster.order("hold");
    const written = await a.get("/api/posts", {
      method: "POST", body: JSON.stringify({ title: "late", slug: "late", raw_body: "x" }),
      headers: { authorization: `Bearer ${author.token}`, "content-type": "application/json" } });
    const position = written.headers.get("coppice-position");
    const response = await b.get("/api/posts/late", { headers: { "coppice-position": position } });
    assert.equal(response.status, 200, await response.text());
    assert.equal(response.headers.get("coppice-read"), "forwarded");
    const asks = await untilSpan(collector, "b", "ask the primary");
    const asked = await untilSpan(collector, "a", "GET /api/posts/:slug", { parent: asks });
    const handler = await untilSpan(collector, "a", "handle", { parent: asked });
    await untilSpan(collector, "a", "read", { parent: handler });
    const request = await untilSpan(collector, "b", "GET /api/posts/:slug",
                                    { is: (span) => span.spanId === asks.parentSpanId });
    assert.equal(request.parentSpanId, undefined, "the trace begins on the replica");
    assert.equal(request.traceId, asks.traceId);
  }));

test("a message that a room keeps begins a trace", async () => {
  await withCollector(async (collector) => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ROOM_HISTORY: "20" };
    await withServer({ env }, (server) =>
      withClients(Object.assign(server, { transport: TRANSPORTS.WebSocket }), async (client) => {
        const ann = await client("ann").join("room:lobby");
        ann.push("shout", { text: "hello" });
        await ann.receive("shout");
        const root = await untilSpan(collector, "coppice", "keep a message");
        assert.equal(root.parentSpanId, undefined);
        assert.equal(root.kind, 2);
        assert.equal(root.attributes["coppice.channel_event"], "shout");
        const write = await untilSpan(collector, "coppice", "write", { parent: root });
        assert.equal(write.attributes["coppice.command"], "rooms.keep_messages");
      }));
  });
});

test("what waits is sent when the server ends", async () => {
  await withCollector(async (collector) => {
    await withFolder(async (folder) => {
      const server = new Server(folder, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
      try {
        await server.start();
        await (await server.get("/api/health", { headers: { traceparent } })).text();
        server.signal("SIGTERM");
        assert.deepEqual(await server.ended, { code: 0, signal: null });
        assert.ok(named(collector.spans, "GET /api/health"));
      } finally {
        await server.destroy();
      }
    });
  });
});

test("a collector that is away costs the server nothing but a line in the log", async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_TRACES_SAMPLER_ARG: "1" };
  await withServer({ env }, async (server) => {
    assert.equal((await server.json("/api/posts")).status, 200);
    await until("a warning", () => server.log.includes("/v1/traces does not take them"));
    assert.equal((await server.json("/api/posts")).status, 200);
    const { stdout } = await server.command("inspect", "/jobs/traces");
    assert.match(stdout, /to http:\/\/127\.0\.0\.1:9\/v1\/traces; 0 spans sent/);
    const metrics = (await server.command("metrics")).stdout;
    assert.match(metrics, /^coppice_trace_spans_total\{result="sent"\} 0$/m);
    assert.match(metrics, /^coppice_trace_spans_waiting \d+$/m);
  });
});

test("without a collector there are no traces, and wrong settings stop the start", async () => {
  await withServer({}, async (server) => {
    assert.equal((await server.get("/api/posts", { headers: { traceparent } })).status, 200);
    assert.equal((await server.command("inspect", "/jobs/traces")).code, 1);
  });
  for (const [env, message] of [
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" }, /OTEL_EXPORTER_OTLP_ENDPOINT.*https?:\/\//],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "x" }, /OTEL_EXPORTER_OTLP_HEADERS.*name=value/],
    [{ OTEL_EXPORTER_OTLP_HEADERS: "key=a%0Ab" }, /OTEL_EXPORTER_OTLP_HEADERS.*not shown/],
    [{ OTEL_TRACES_SAMPLER_ARG: "2" }, /OTEL_TRACES_SAMPLER_ARG.*from 0 to 1/],
  ]) {
    const { code, stderr } = await coppice(["server"], { env });
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
