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
import { until, within } from "./support/wait.mjs";

const NAMES = ["a", "b", "c"];
const SESSIONS = 6;

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

// One client: writes and reads through any node, and hands on its position.
class Session {
  history = [];
  #position;

  constructor(number, servers, token) {
    Object.assign(this, { number, servers, token });
  }

  async #ask(path, options = {}) {
    const node = NAMES[Math.floor(Math.random() * NAMES.length)];
    const headers = { authorization: `Bearer ${this.token}`, ...options.headers };
    if (this.#position) headers["coppice-position"] = this.#position;
    const response = await fetch(this.servers[node].url + path, { ...options, headers, signal: AbortSignal.timeout(20_000) });
    const body = await response.json();
    return { node, status: response.status, headers: response.headers, body };
  }

  #note({ headers }) {
    this.#position = headers.get("coppice-position") ?? this.#position;
  }

  // Asks again, wherever, as clients do that have an idempotency key.
  async write(slug, goesOn) {
    const entry = { op: "write", slug, acknowledged: false };
    this.history.push(entry);
    const options = {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": slug },
      body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
    };
    while (goesOn()) {
      const answer = await this.#ask("/api/posts", options).catch(() => undefined);
      if (answer?.status === 201) {
        entry.acknowledged = true;
        this.#note(answer);
        return;
      }
      if (answer && answer.status < 500) throw new Error(`${slug}: ${answer.status} ${JSON.stringify(answer.body)}`);
      await new Promise((again) => setTimeout(again, 20));
    }
  }

  async read(slug) {
    const answer = await this.#ask(`/api/posts/${slug}`).catch(() => undefined);
    if (answer?.status !== 200 && answer?.status !== 404) return;
    this.#note(answer);
    const says = answer.headers.get("coppice-read");
    this.history.push({ op: "read", node: answer.node, slug, found: answer.status === 200,
                        excused: says === "behind" || says === "superseded" });
  }
}

// What the sessions do until they are told to stop: each writes, and reads what anybody has written.
async function live(sessions, goesOn) {
  const slugs = [];
  await Promise.all(sessions.map(async (session) => {
    for (let n = 0; goesOn(); ++n) {
      const slug = `s${session.number}-${n}`;
      slugs.push(slug);
      await session.write(slug, goesOn);
      for (let reads = 0; reads < 3; ++reads) {
        const own = reads === 0 ? slug : slugs[Math.floor(Math.random() * slugs.length)];
        await session.read(own);
      }
    }
  }));
  return slugs;
}

async function presentOn(server, token) {
  const present = new Map();
  let cursor = "";
  do {
    const response = await server.get(`/api/posts?limit=100${cursor}`, { headers: { authorization: `Bearer ${token}` } });
    const { data, page } = await response.json();
    for (const { slug } of data) present.set(slug, (present.get(slug) ?? 0) + 1);
    cursor = page.next ? `&cursor=${page.next}` : "";
  } while (cursor);
  return present;
}

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

    const sessions = Array.from({ length: SESSIONS }, (_, n) => new Session(n, servers, token));
    let goesOn = true;
    const lives = live(sessions, () => goesOn);
    lives.catch(() => {});
    const progress = async () => {
      const count = () => sessions.flatMap(({ history }) => history).filter(({ acknowledged }) => acknowledged).length;
      const before = count();
      await until("more writes", () => count() > before + SESSIONS);
    };
    const restart = async (name) => {
      servers[name].signal("SIGKILL");
      await within(`${name}'s end`, servers[name].ended);
      servers[name] = cluster.server(name, environments[name]);
      await servers[name].start();
      await until(`${name} to be ready`, async () => (await servers[name].get("/health")).status === 200);
    };

    for (const [role, killed] of [["b", "a"], ["c", "c"], ["a", "b"]]) {
      await progress();
      await cluster.order("promote", role);
      await untilRole(servers[role], "primary");
      await progress();
      await restart(killed);
    }
    await progress();
    goesOn = false;
    await within("the sessions", lives);

    const written = sessions.flatMap(({ history }) => history).filter(({ acknowledged }) => acknowledged);
    const present = await presentOn(servers.a, token);
    assert.deepEqual(contradictions(sessions.map(({ history }) => history), present), []);
    const reads = sessions.flatMap(({ history }) => history).filter(({ op }) => op === "read");
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
