// Nodes on hosts of their own whose network falls into parts, and is whole again. They know each other by
// IPv6 addresses, as on Fly.io's private network.
import assert from "node:assert/strict";
import { describe } from "node:test";
import { editor } from "./support/changes.mjs";
import { CLEAN, ended } from "./support/ending.mjs";
import { contradictions } from "./support/history.mjs";
import { untilRole, withCluster } from "./support/litefs.mjs";
import { testOnNetwork, withNetwork } from "./support/network.mjs";
import { nodeEnvironments, nodesOf, untilUp, withNodes } from "./support/nodes.mjs";
import { presentOn } from "./support/sessions.mjs";
import { until } from "./support/wait.mjs";

const NAMES = ["a", "b", "c"];
const SITE = { PORT: "4000", ACCESS_LOG: "errors" };
const BAD = { loss: 0.02, delay_ms: 5 };

const others = (name) => NAMES.filter((other) => other !== name);

// -- broadcasts and presence ---------------------------------------------------------------------

// The clients of a node, on its own host; see people.mjs. One of them says numbers.
class People {
  said = 0;
  #inside;

  constructor(network, host, names) {
    this.names = names;
    this.#inside = network.run(host, "people.mjs");
  }

  call(name, ...args) {
    return this.#inside.call(name, ...args);
  }

  join(server) {
    return this.call("join", `ws://${server.host}:${server.port}/socket`, this.names);
  }

  say() {
    return this.call("shout", this.names[0], { from: this.names[0], n: ++this.said });
  }

  // What `name` has heard `from` say.
  async heard(name, from) {
    const payloads = await this.call("heard", name);
    return payloads.filter((each) => each.from === from.names[0]).map(({ n }) => n);
  }

  opens() {
    return this.call("opens");
  }
}

const membersOf = (groups) => groups.flatMap(({ names }) => names);

// Waits until `groups` see those of `seen`, and nobody else.
function untilTheySee(groups, seen) {
  return Promise.all(groups.map((each) => each.call("untilTogether", membersOf(seen))));
}

const untilTogether = (groups) => untilTheySee(groups, groups);

function listeners(groups) {
  return groups.flatMap((group) => group.names.map((name) => ({ group, name })));
}

// Each says something until everybody hears it, and then more, of which nothing may be lost.
async function talkToEachOther(groups, count = 20) {
  for (const from of groups) {
    const before = from.said;
    for (const { group, name } of listeners(groups)) {
      await until(`${name} to hear ${from.names[0]}`, async () => {
        await from.say();
        return (await group.heard(name, from)).some((n) => n > before);
      });
    }
  }
  const begun = new Map(groups.map((from) => [from, from.said]));
  for (let n = 0; n < count; ++n) await Promise.all(groups.map((from) => from.say()));
  for (const from of groups) {
    const expected = Array.from({ length: count }, (_, n) => begun.get(from) + n + 1);
    for (const { group, name } of listeners(groups)) {
      const heard = await until(`${name} to hear all of ${from.names[0]}`, async () => {
        const numbers = await group.heard(name, from);
        return numbers.at(-1) >= expected.at(-1) && numbers.filter((each) => each >= expected[0]);
      });
      assert.deepEqual(heard, expected, `${from.names[0]} to ${name}`);
    }
  }
}

// Whatever was lost: nobody has heard anything twice, or before what was said earlier.
async function assertOnceAndInOrder(groups) {
  for (const from of groups) {
    for (const { group, name } of listeners(groups)) {
      const heard = await group.heard(name, from);
      assert.ok(heard.every((n, at) => at === 0 || n > heard[at - 1]), `${from.names[0]} to ${name}: ${heard}`);
    }
  }
}

// Runs use(network, servers, groups, start) with a cluster that has `count` people on each node, who
// are all together; groups is {node: People}.
function withPeople(count, use) {
  return withNetwork(NAMES, (network) => withNodes(NAMES, async (servers, start) => {
    const groups = {};
    for (const name of NAMES) {
      groups[name] = new People(network, name, Array.from({ length: count }, (_, n) => `${name}-${n}`));
      await groups[name].join(servers[name]);
    }
    await untilTogether(Object.values(groups));
    await use(network, servers, groups, start);
  }, SITE, network), { ipv6: true });
}

const untilDown = (server, names) => until(`${names} to be down`, async () => {
  const { nodes } = await nodesOf(server);
  return nodes.filter(({ state }) => state === "down").map(({ node }) => node).sort().join() === names.join();
});

// -- one database --------------------------------------------------------------------------------

function write(server, { token }, slug) {
  return server.get("/api/posts", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": slug },
    body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
  });
}

const untilItWrites = (server, author, slug) =>
  until("a write to be done", async () => (await write(server, author, slug)).status === 201);

async function assertRefused(answering) {
  const answer = await answering;
  assert.equal(answer.status, 503, await answer.text());
  assert.ok(answer.headers.get("retry-after"), "it says when to come back");
}

// Runs use(network, cluster, servers, author, progress) with a database on all nodes, of which a is the
// primary, and sessions on a host of their own that go on all the time; progress() waits for writes of theirs.
// What they saw must make sense in the end, and `written` be there.
function withSessions(written, use) {
  return withNetwork([...NAMES, "clients"], async (network) => {
    const environments = await nodeEnvironments(NAMES, SITE, network);
    await withCluster(NAMES, async (cluster, servers) => {
      for (const name of NAMES) await untilUp(servers[name], others(name));
      const author = await editor(servers.a);
      await Promise.all(NAMES.map((name) => untilItWrites(servers[name], author, `first-${name}`)));
      for (const host of [...NAMES, "clients"]) await network.set([host], BAD);
      const clients = network.run("clients", "sessions.mjs");
      const urls = Object.fromEntries(NAMES.map((name) => [name, servers[name].url]));
      await clients.call("begin", urls, author.token, { patienceMs: 2000 });
      await use(network, cluster, servers, author, () => clients.call("progress"));
      await assertConsistent(servers, author, await clients.call("end"), written);
    }, (name) => environments[name], network);
  }, { ipv6: true });
}

async function assertConsistent(servers, { token }, histories, written) {
  const present = new Map();
  for (const name of NAMES) {
    present.set(name, await until(`${name} to have everything`, async () => {
      const there = await presentOn(servers[name], token);
      const acknowledged = histories.flat().filter((each) => each.acknowledged);
      return acknowledged.every(({ slug }) => there.has(slug)) && there;
    }));
    assert.deepEqual(contradictions(histories, present.get(name)), []);
    for (const slug of written) assert.equal(present.get(name).get(slug), 1, slug);
  }
  const reads = histories.flat().filter(({ op }) => op === "read");
  assert.ok(reads.filter(({ excused }) => !excused).length > reads.length / 4, "most reads are checked");
}

describe("a network in parts", { concurrency: 2 }, () => {
  testOnNetwork("both parts go on, each with its own members, and are one when they meet again", () =>
    withPeople(2, async (network, servers, { a, b, c }) => {
      await talkToEachOther([a, b, c]);

      await network.cut("a");
      await Promise.all([untilTogether([a]), untilTogether([b, c])]);
      await untilDown(servers.a, ["b", "c"]);
      await untilDown(servers.b, ["a"]);
      await Promise.all([talkToEachOther([a]), talkToEachOther([b, c])]);
      for (const name of NAMES) await (await editor(servers[name])).create("in-a-part");
      const late = new People(network, "a", ["late"]);
      await late.join(servers.a);

      await network.heal("a");
      const all = [a, b, c, late];
      await untilTogether(all);
      await talkToEachOther(all);
      await assertOnceAndInOrder(all);
      for (const name of NAMES) await untilUp(servers[name], others(name));
      const opens = (await Promise.all(all.map((each) => each.opens()))).flat();
      assert.deepEqual(opens, opens.map(() => 1), "nobody has lost a connection");
    }));

  testOnNetwork("two nodes that reach a third one, and not each other, have it in common until they do", () =>
    withPeople(2, async (network, servers, { a, b, c }) => {
      await network.cut("a", "b");
      await Promise.all([untilTheySee([a], [a, c]), untilTheySee([b], [b, c]), untilTheySee([c], [a, b, c])]);
      for (const pair of [[a, c], [b, c]]) await talkToEachOther(pair);
      await network.heal("a", "b");
      await untilTogether([a, b, c]);
      await talkToEachOther([a, b, c]);
      await assertOnceAndInOrder([a, b, c]);
    }));

  testOnNetwork("nodes that are restarted one after another have all their clients back", () =>
    withPeople(10, async (network, servers, groups, start) => {
      for (const name of NAMES) await network.set([name], BAD);
      const all = Object.values(groups);
      for (const name of NAMES) {
        servers[name].signal("SIGTERM");
        assert.deepEqual(await ended(servers[name]), CLEAN);
        await start(name);
        await untilTogether(all);
        await talkToEachOther(all, 5);
      }
      await assertOnceAndInOrder(all);
      const opens = (await Promise.all(all.map((each) => each.opens()))).flat();
      assert.deepEqual(opens, opens.map(() => 2), "each has come back once");
    }));

  testOnNetwork("a replica that can't reach the primary refuses writes, and loses and doubles none", () =>
    withSessions(["through-b"], async (network, cluster, servers, author, progress) => {
      await progress();
      await network.cut("a", "b");
      await cluster.order("hold", "b");
      await Promise.all([assertRefused(write(servers.b, author, "through-b")), progress()]);
      assert.equal((await servers.b.get("/api/posts?limit=1")).status, 200);
      await progress();
      await network.heal("a", "b");
      await cluster.order("release", "b");
      await untilItWrites(servers.b, author, "through-b");
      await progress();
    }));

  testOnNetwork("a primary that is cut off has a successor, and loses and doubles nothing", () =>
    withSessions(["through-a", "past-a"], async (network, cluster, servers, author, progress) => {
      await progress();
      await network.cut("a", "b");
      await network.cut("a", "c");
      await cluster.order("promote", "c");
      await untilRole(servers.c, "primary");
      await untilItWrites(servers.b, author, "past-a");
      await Promise.all([assertRefused(write(servers.a, author, "through-a")), progress()]);
      await network.heal("a", "b");
      await network.heal("a", "c");
      await untilItWrites(servers.a, author, "through-a");
      await progress();
    }));
});
