// What Prometheus is given: over HTTP with a token, over the admin socket and by the command line.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import { withClients } from "./support/clients.mjs";
import { coppice, Server, withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const TOKEN = "sixteen characters, or more";

// {series: value} of the text format, each line of which must be understood.
function parse(text) {
  const series = new Map();
  for (const line of text.trimEnd().split("\n")) {
    if (/^# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))$/.test(line)) continue;
    const [, name, value] = line.match(/^([a-z_]+(?:\{.*\})?) (\S+)$/) ?? assert.fail(line);
    assert.ok(Number.isFinite(Number(value)), line);
    assert.ok(!series.has(name), `twice: ${name}`);
    series.set(name, Number(value));
  }
  return series;
}

describe("metrics", () => {
  let folder;
  let server;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "coppice-e2e-"));
    server = new Server(folder, { METRICS_TOKEN: TOKEN });
    await server.start();
  });
  after(async () => {
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const get = (path, headers = {}) => server.get(path, { headers });
  const scrape = async () =>
    parse(await (await get("/metrics", { authorization: `Bearer ${TOKEN}` })).text());
  const requests = (route, status) =>
    `coppice_http_requests_total{method="GET",route="${route}",status="${status}"}`;

  test("come in Prometheus's format to whoever has the token", async () => {
    const answer = await get("/metrics", { authorization: `Bearer ${TOKEN}` });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const series = parse(await answer.text());
    assert.ok(series.get("process_resident_memory_bytes") > 1e6);
  });

  for (const [who, headers] of [
    ["nobody in particular", {}],
    ["another token", { authorization: "Bearer sixteen characters, or less" }],
    ["another scheme", { authorization: `Basic ${TOKEN}` }],
  ]) {
    test(`are refused to ${who}`, async () => {
      const answer = await get("/metrics", headers);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    });
  }

  test("count a request by the route's pattern and its status", async () => {
    const earlier = (await scrape()).get(requests("/api/posts/:slug", 404)) ?? 0;
    await get("/api/posts/no-such-post");
    await get("/api/posts/nor-this-one");
    const series = await scrape();
    assert.equal(series.get(requests("/api/posts/:slug", 404)), earlier + 2);
  });

  test("have buckets that end in the number of requests", async () => {
    await get("/api/health");
    const series = await scrape();
    const labels = 'method="GET",route="/api/health"';
    const name = "coppice_http_request_duration_seconds";
    const count = series.get(`${name}_count{${labels}}`);
    assert.ok(count > 0);
    assert.equal(series.get(`${name}_bucket{${labels},le="+Inf"}`), count);
    assert.equal(series.get(requests("/api/health", 200)), count);
  });

  test("count a handshake once, by its method", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/socket/websocket?vsn=2.0.0`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("no socket"));
    });
    assert.equal((await scrape()).get(requests("/socket/websocket", 101)), 1);
    socket.close();
  });

  test("put paths that nobody knows under one name", async () => {
    await get("/api/what/ever/1");
    await get("/api/what/ever/2");
    const unmatched = [...(await scrape()).keys()].filter((name) =>
      name.startsWith("coppice_http_requests_total") && name.includes('status="404"') &&
      name.includes("unmatched"));
    assert.equal(unmatched.length, 1);
  });

  test("count sockets, channels and messages", async () => {
    await withClients(server, async (client) => {
      const room = await (await client("ann")).join("room:counted");
      await room.ask("ping", {});
      const series = await scrape();
      assert.equal(series.get('coppice_sockets{transport="websocket"}'), 1);
      assert.ok(series.get("coppice_channels") >= 1);
      assert.ok(series.get("coppice_socket_messages_received_total") >= 2);
      assert.ok(series.get("coppice_socket_messages_sent_total") >= 2);
      assert.equal(series.get("coppice_presence_members"), 1);
    });
    await until("the end of the socket to be counted", async () => {
      const series = await scrape();
      return series.get('coppice_sockets{transport="websocket"}') === 0 &&
        series.get('coppice_sockets_closed_total{transport="websocket",cause="peer"}') >= 1;
    });
  });

  test("tell of each place in the tree, and of crashes", async () => {
    const path = 'coppice_actor_restarts_total{path="/presence"}';
    const crashes = 'coppice_runtime_events_total{kind="actor.crash"}';
    const before = await scrape();
    assert.equal(before.get('coppice_actor_up{path="/database/writer"}'), 1);
    await server.command("crash", "/presence");
    await until("the restart to be counted", async () => {
      const series = await scrape();
      return series.get(path) === before.get(path) + 1 &&
        series.get(crashes) > before.get(crashes) &&
        series.get('coppice_actor_up{path="/presence"}') === 1;
    });
    assert.ok(![...before.keys()].some((name) => name.includes("/http/connections/")));
  });

  test("tell of crashes that the ledger has", async () => {
    const written = 'coppice_ledger_crashes_total{result="written"}';
    const before = (await scrape()).get(written);
    await server.command("crash", "/presence");
    await until("the crash to be in the ledger", async () =>
      (await scrape()).get(written) > before);
    assert.equal((await scrape()).get('coppice_ledger_crashes_total{result="dropped"}'), 0);
  });

  test("tell of the database", async () => {
    const series = await scrape();
    assert.equal(series.get("coppice_database_ready"), 1);
    assert.equal(series.get("coppice_database_writable"), 1);
    assert.ok(series.get("coppice_database_size_bytes") > 0);
    assert.ok(series.get("coppice_database_commit_duration_seconds_count") >= 0);
    assert.ok(series.get('coppice_database_commands_total{result="committed"}') >= 0);
  });

  test("are there for all that the dashboard and the alerts ask for", async () => {
    const names = new Set();
    for (const name of (await scrape()).keys()) {
      names.add(name.replace(/\{.*/, ""));
    }
    // Once there is a backup, and what needs a proxy's or a disk's help.
    for (const name of ["coppice_backup_last_success_timestamp_seconds",
                        "coppice_backup_last_duration_seconds",
                        "coppice_backup_last_size_bytes",
                        // Where LiteFS replicates the database.
                        "coppice_replication_transaction",
                        "coppice_replication_lag_seconds",
                        "coppice_replication_last_event_age_seconds",
                        "coppice_replication_pauses_total",
                        "coppice_replication_lost_commits_total",
                        "coppice_replication_forwarded_writes_total",
                        "coppice_replication_writes_total",
                        // Where there are other nodes.
                        "coppice_cluster_nodes",
                        "coppice_cluster_connected",
                        "coppice_cluster_messages_total",
                        "coppice_cluster_sent_bytes_total",
                        "coppice_cluster_letters_total",
                        // With a SENTRY_DSN, and with a collector of traces.
                        "coppice_sentry_crashes_total",
                        "coppice_sentry_crashes_waiting",
                        "coppice_sentry_errors_total",
                        "coppice_sentry_errors_waiting",
                        "coppice_trace_spans_total",
                        "coppice_trace_spans_waiting"]) names.add(name);
    const asked = new Set();
    for (const file of ["grafana/coppice.json", "prometheus/alerts.yml"]) {
      const text = await readFile(new URL(`../../docs/${file}`, import.meta.url), "utf8");
      for (const [name] of text.matchAll(/\b(coppice|process)_[a-z_]+\b/g)) asked.add(name);
    }
    assert.ok(asked.size > 30, `only ${asked.size}`);
    const unknown = [...asked].filter((name) => !names.has(name));
    assert.deepEqual(unknown, []);
  });

  test("are each explained in docs/metrics.md", async () => {
    const docs = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
    const families = (await (await get("/metrics", { authorization: `Bearer ${TOKEN}` })).text())
      .matchAll(/^# TYPE (\S+)/gm);
    const missing = [...families].map(([, name]) => name).filter((name) => !docs.includes(`\`${name}\``));
    assert.deepEqual(missing, []);
  });

  test("are printed by the command line", async () => {
    const { code, stdout } = await server.command("metrics");
    assert.equal(code, 0);
    assert.ok(parse(stdout).get("process_open_fds") > 0);
    const { families } = JSON.parse((await server.command("metrics", "--json")).stdout);
    const find = (wanted) => families.find(({ name }) => name === wanted);
    assert.ok(find("process_open_fds").metrics[0].value > 0);
    assert.equal(find("coppice_shard_lag_distribution_seconds").type, "histogram");
    assert.equal(families.length, [...stdout.matchAll(/^# TYPE /gm)].length);
  });
});

test("metrics are there while a shard is stuck, and say so", async () => {
  await withServer({ env: { COPPICE_SHARDS: "1" } }, async (server) => {
    await withClients(server, async (client) => {
      const room = await (await client("ann")).join("room:stuck");
      room.push("block");
      await until("the lag to show", async () => {
        const { stdout } = await server.command("metrics");
        return parse(stdout).get('coppice_shard_lag_seconds{shard="0"}') > 0.5;
      });
      await until("the lag to be over", async () => {
        const series = parse((await server.command("metrics")).stdout);
        return series.get('coppice_shard_lag_seconds{shard="0"}') < 0.5 &&
          series.get('coppice_runtime_events_total{kind="handler.slow"}') > 0;
      });
    });
  });
});

test("without a token there are no metrics over HTTP", async () => {
  await withServer({}, async (server) => {
    for (const authorization of ["", "Bearer ", "Bearer x"]) {
      assert.equal((await server.get("/metrics", { headers: { authorization } })).status, 404);
    }
    // As for any path that is a permalink at most.
    assert.equal((await server.get("/metrics", { method: "POST" })).status,
      (await server.get("/no-such-permalink", { method: "POST" })).status);
  });
});

test("a token that can be guessed is refused, and not printed", async () => {
  const { code, stderr } = await coppice(["server"], { env: { METRICS_TOKEN: "too-short" } });
  assert.equal(code, 2);
  assert.match(stderr, /METRICS_TOKEN/);
  assert.doesNotMatch(stderr, /too-short/);
});
