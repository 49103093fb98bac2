// Three nodes with one database, and clients that go from node to node, while the role moves and
// servers are killed: their histories are checked. The checker is checked first.
import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { editor } from "./support/changes.mjs";
import { Client } from "./support/clients.mjs";
import { contradictions } from "./support/history.mjs";
import { untilRole, withCluster } from "./support/litefs.mjs";
import { nodeEnvironments, untilUp } from "./support/nodes.mjs";
import { freePort } from "./support/ports.mjs";
import { Sessions, presentOn } from "./support/sessions.mjs";
import { until, within } from "./support/wait.mjs";

const NAMES = ["a", "b", "c"];

describe("the checker finds", () => {
  const wrote = (slug, acknowledged = true) => ({ op: "write", slug, acknowledged });
  const read = (slug, found, excused = false, node = "a") => ({ op: "read", node, slug, found, excused });
  const cases = [
    ["nothing in a history that can be", [[wrote("x"), read("x", true), read("y", false)]], { x: 1 }, 0],
    ["an acknowledged write that is lost", [[wrote("x")]], {}, 1],
    ["a write that is there twice", [[wrote("x")]], { x: 2 }, 1],
    ["no fault in a write that nobody acknowledged", [[wrote("x", false)], [wrote("y", false)]], { y: 1 }, 0],
    ["a read that does not see the session's own write", [[wrote("x"), read("x", false)]], { x: 1 }, 1],
    ["a read that goes back in time", [[], [read("x", true), read("x", false)]], { x: 1 }, 1],
    ["no fault in what one node has and another doesn't yet", [[], [read("x", true), read("x", false, false, "b")]], { x: 1 }, 0],
    ["no fault in what one session sees and another doesn't yet", [[wrote("x")], [read("x", false)]], { x: 1 }, 0],
    ["no fault in an old read that says so", [[wrote("x"), read("x", false, true)]], { x: 1 }, 0],
  ];
  for (const [what, sessions, present, count] of cases) {
    test(what, () => assert.equal(contradictions(sessions, new Map(Object.entries(present))).length, count));
  }
});

test("three nodes under faults: nothing acknowledged is lost or doubled, and nobody sees time go back", async () => {
  const environments = await nodeEnvironments(NAMES);
  // Clients find a server that is started anew where it was.
  for (const name of NAMES) environments[name].PORT = String(await freePort());
  await withCluster(NAMES, async (cluster, servers) => {
    for (const name of NAMES) await untilUp(servers[name], NAMES.filter((other) => other !== name));
    const { token } = await editor(servers.a);
    await until("the token to arrive", async () => {
      const ask = (name) => servers[name].get("/api/me", { headers: { authorization: `Bearer ${token}` } });
      const answers = await Promise.all(NAMES.map(ask));
      return answers.every(({ status }) => status === 200);
    });
    const clients = NAMES.map((name) => new Client(servers[name], `user-${name}`));
    const rooms = await Promise.all(clients.map((client) => client.join("room:lobby")));

    const urls = Object.fromEntries(NAMES.map((name) => [name, servers[name].url]));
    const sessions = new Sessions(urls, token);
    const restart = async (name) => {
      servers[name].signal("SIGKILL");
      await within(`${name}'s end`, servers[name].ended);
      servers[name] = cluster.server(name, environments[name]);
      await servers[name].start();
      await until(`${name} to be ready`, async () => (await servers[name].get("/health")).status === 200);
    };

    for (const [role, killed] of [["b", "a"], ["c", "c"], ["a", "b"]]) {
      await sessions.progress();
      await cluster.order("promote", role);
      await untilRole(servers[role], "primary");
      await sessions.progress();
      await restart(killed);
    }
    await sessions.progress();
    const histories = await sessions.end();

    const written = histories.flat().filter(({ acknowledged }) => acknowledged);
    const present = await presentOn(servers.a, token);
    assert.deepEqual(contradictions(histories, present), []);
    const reads = histories.flat().filter(({ op }) => op === "read");
    assert.ok(reads.filter(({ excused }) => !excused).length > reads.length / 4, "most reads are checked");
    for (const name of ["b", "c"]) {
      await until(`${name} to have everything`, async () => {
        const there = await presentOn(servers[name], token);
        return written.every(({ slug }) => there.get(slug) === 1);
      });
    }
    // Their own reconnects were enough for everybody.
    for (const [n, room] of rooms.entries()) {
      await until("all to be present", () => room.presence.list((user) => user).length === NAMES.length);
      await until("a broadcast to arrive", async () => {
        rooms[(n + 1) % NAMES.length].push("shout", { to: n });
        return room.of("shout").some(({ to }) => to === n);
      });
    }
    for (const client of clients) await client.disconnect();
  }, (name) => environments[name]);
});
