// Operators: a shard that something holds. Who asks is answered, and told who holds it with what.
import assert from "node:assert/strict";
import test from "node:test";
import { ask, operate } from "./support/admin.mjs";
import { withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { placesOf } from "./support/tree.mjs";
import { until } from "./support/wait.mjs";

async function succeed(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

const stuckOne = async (server) =>
  (await ask(server, "/v1/shards")).shards.find(({ stuck }) => stuck);

// A client that has its shard blocked for some seconds.
async function withBlockedShard(use, shards = 2) {
  await withServer({ env: { COPPICE_SHARDS: String(shards) } }, async (server) => {
    await withClients(server, async (client) => {
      const room = await client("ann").join("room:lobby");
      const [{ id }] = (await ask(server, "/v1/connections?topic=room:lobby")).connections;
      await until("no stuck shard", async () => !(await stuckOne(server)));
      room.push("block", {});
      await use(server, id);
    });
  });
}

test("while a shard is held, shards names who holds it, with what and for how long", async () => {
  await withBlockedShard(async (server, id) => {
    const { shard, stuck, lag_seconds: lag } = await until("the stuck shard", () => stuckOne(server));
    assert.equal(`<${shard}`, id.split(".")[0]);
    assert.equal(stuck.pid, id);
    assert.match(stuck.path, /^\/http\/connections\/./);
    assert.equal(stuck.message, "block of room:lobby");
    assert.ok(stuck.seconds >= 0.1 && stuck.seconds < 10 && lag >= stuck.seconds);
    assert.match(await succeed(server, "shards"),
                 /^\d +\d+% .* \/http\/connections\/\S+ with block of room:lobby for \d+\.\d s$/m);
    await until("the end of it", async () => !(await stuckOne(server)));
  });
});

test("while a shard is held, the admin socket answers, and an actor there says who holds it", async () => {
  await withBlockedShard(async (server, id) => {
    const { stuck } = await until("the stuck shard", () => stuckOne(server));
    const place = placesOf(await ask(server, "/v1/tree")).find(({ path }) => path === stuck.path);
    assert.equal(place.pid, id);
    const inspect = (path) => ask(server, `/v1/actor?path=${encodeURIComponent(path)}`);
    const [actor, other] = await Promise.all([inspect(stuck.path), inspect("/admin")]);
    assert.match(actor.unreachable, /its shard is held by \/http\/connections\/\S+ with block of room:lobby/);
    assert.equal(other.unreachable, undefined);
  });
});

test("while the only shard is held, everything can be looked at", async () => {
  await withBlockedShard(async (server) => {
    await until("the stuck shard", () => stuckOne(server));
    const { body } = await operate(server, "/v1/metrics");
    assert.match(body, /^coppice_shard_lag_seconds/m);
    const paths = ["/v1/tree", "/v1/actor?path=/admin", "/v1/database", "/v1/crashes", "/v1/events", "/v1/logs",
                   "/v1/config", "/v1/requests", "/v1/nodes"];
    await Promise.all(paths.map(async (path) => {
      const { status, body } = await operate(server, path);
      assert.equal(status, 200, `${path}: ${body}`);
    }));
    assert.ok(await stuckOne(server), "all of that took no longer than the shard was held");
  }, 1);
});

test("those who wait for a shard that is held keep nobody from looking", async () => {
  await withBlockedShard(async (server) => {
    const { stuck } = await until("the stuck shard", () => stuckOne(server));
    const answers = [];
    const suspends = Array.from({ length: 8 }, async () => {
      answers.push(await operate(server, `/v1/suspend?path=${encodeURIComponent(stuck.path)}`, "POST"));
    });
    await until("four to be refused", () => answers.length >= 4);
    assert.deepEqual(answers.map(({ status }) => status), [503, 503, 503, 503]);
    assert.match(answers[0].body, /4 requests that wait for an actor's answer are under way/);
    await Promise.all(["/v1/actor?path=/admin", "/v1/database", "/v1/requests", "/v1/shards"]
      .map((path) => ask(server, path)));
    assert.ok(await stuckOne(server), "all of that took no longer than the shard was held");
    await Promise.all(suspends);
    assert.equal(answers.length, 8);
  });
});

test("the watchdog tells of it while it lasts", async () => {
  await withBlockedShard(async (server) => {
    const slow = await until("the event", async () => {
      const lines = (await succeed(server, "events", "--kind", "handler.slow", "--json")).split("\n");
      return lines.filter(Boolean).map((line) => JSON.parse(line))
        .find(({ type }) => type === "block of room:lobby");
    });
    assert.match(slow.path, /^\/http\/connections\/./);
    assert.ok(slow.ms >= 25);
    assert.match(slow.stack, /RoomChannel/, "and where it is");
  });
});
