// Writes that are acknowledged when a second node has them: WRITE_DURABILITY=remote.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { editor } from "./support/changes.mjs";
import { untilRole, withCluster } from "./support/litefs.mjs";
import { until } from "./support/wait.mjs";

function withDurableCluster(use) {
  return withCluster(["a", "b"], use, { WRITE_DURABILITY: "remote" });
}

async function write(server, { token }, slug, key = slug) {
  const response = await server.get("/api/posts", {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
  });
  return { status: response.status, text: await response.text() };
}

async function slugsOf(server) {
  const { body } = await server.json("/api/posts?limit=100");
  return body.data.map(({ slug }) => slug).sort();
}

const UNCONFIRMED = /the write was done, but no other node is known to have it/;

describe("a write on two nodes", { concurrency: true }, () => {
  for (const name of ["a", "b"]) {
    const through = name === "a" ? "the primary" : "a replica";
    test(`is acknowledged by ${through} when both have it`, () =>
      withDurableCluster(async (cluster, servers) => {
        const author = await editor(servers.a);
        for (let i = 0; i < 10; ++i) {
          const { status, text } = await write(servers[name], author, `post-${i}`);
          assert.equal(status, 201, text);
          assert.ok((await slugsOf(servers.b)).includes(`post-${i}`));
        }
      }));

    test(`is not acknowledged by ${through} while only one has it, and is when it is sent again`, () =>
      withDurableCluster(async (cluster, servers) => {
        const author = await editor(servers.a);
        await cluster.order("hold");
        const { status, text } = await write(servers[name], author, "held");
        assert.equal(status, 503, text);
        assert.match(text, UNCONFIRMED);
        assert.ok((await slugsOf(servers.a)).includes("held"));
        const still = await write(servers[name], author, "held");
        assert.equal(still.status, 503, still.text);
        await cluster.order("release");
        const again = await write(servers[name], author, "held");
        assert.equal(again.status, 201, again.text);
        assert.deepEqual(await slugsOf(servers.b), ["held"]);
      }));
  }

  test("survives a primary that dies at the worst moment", () =>
    withDurableCluster(async (cluster, { a, b }) => {
      const author = await editor(a);
      const acknowledged = [];
      const writes = Array.from({ length: 20 }, async (_, i) => {
        if (i === 10) await cluster.order("hold");
        const slug = `post-${i}`;
        const answer = await write(a, author, slug).catch(() => ({ status: 0 }));
        if (answer.status === 201) acknowledged.push(slug);
      });
      await Promise.all(writes);
      await a.destroy();
      await cluster.order("promote", "b");
      await untilRole(b, "primary");
      const there = await slugsOf(b);
      assert.deepEqual(acknowledged.filter((slug) => !there.includes(slug)), []);
      assert.notEqual(acknowledged.length, 20);
    }));

  test("is counted, and a replica says what it has told", () =>
    withDurableCluster(async (cluster, { a, b }) => {
      const author = await editor(a);
      assert.equal((await write(a, author, "counted")).status, 201);
      const { stdout } = await a.command("metrics");
      assert.match(stdout, /coppice_replication_writes_total\{result="confirmed"\} [1-9]/);
      await until("the report", async () => {
        const told = await b.command("inspect", "/confirmer");
        return /has told 127\.0\.0\.1:\d+ of \d+\.\d+/.test(told.stdout);
      });
    }));
});
