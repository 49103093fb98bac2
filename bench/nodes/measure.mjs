// Two nodes on this machine: what goes from one to the other, beside the same on one node. In turns, one
// after the other, so that nothing waits for anything else.
import { performance } from "node:perf_hooks";
import { editor } from "../../tests/e2e/support/changes.mjs";
import { Client } from "../../tests/e2e/support/clients.mjs";
import { withCluster } from "../../tests/e2e/support/litefs.mjs";
import { nodeEnvironments, untilUp } from "../../tests/e2e/support/nodes.mjs";
import { until } from "../../tests/e2e/support/wait.mjs";

const ROUNDS = Number(process.argv[2]);
const WARM_UP = 20;
const NAMES = ["a", "b"];

// The milliseconds of each of ROUNDS calls of every one, in turns.
async function measure(kinds) {
  const samples = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  for (let n = -WARM_UP; n < ROUNDS; ++n) {
    for (const [name, work] of Object.entries(kinds)) {
      const began = performance.now();
      await work(n + WARM_UP);
      if (n >= 0) samples[name].push(performance.now() - began);
    }
  }
  return samples;
}

function quantile(samples, share) {
  return samples.toSorted((a, b) => a - b)[Math.min(samples.length - 1, Math.floor(samples.length * share))];
}

function print(samples, base = quantile(Object.values(samples)[0], 0.5)) {
  for (const [name, each] of Object.entries(samples)) {
    const [p50, p99] = [quantile(each, 0.5), quantile(each, 0.99)];
    const ratio = `${(p50 / base).toFixed(2)}x`;
    console.log(`| ${name} | ${p50.toFixed(2)} | ${p99.toFixed(2)} | ${ratio} |`);
  }
}

// Resolves with the next message of that number.
function heard(room, number) {
  return new Promise((done) => {
    const ref = room.channel.on("shout", ({ n }) => {
      if (n !== number) return;
      room.channel.off("shout", ref);
      done();
    });
  });
}

async function broadcasts({ a, b }) {
  const clients = [[a, "ann"], [a, "amy"], [b, "bob"]].map(([server, user]) => new Client(server, user));
  const [ann, amy, bob] = await Promise.all(clients.map((client) => client.join("room:bench")));
  let number = 0;
  const shout = (to) => async () => {
    const arrives = heard(to, ++number);
    ann.push("shout", { n: number });
    await arrives;
  };
  const samples = await measure({
    "a broadcast to a client of the same node": shout(amy),
    "a broadcast to a client of another node": shout(bob),
  });
  for (const client of clients) await client.disconnect();
  return samples;
}

// Gives write(server, slug, expected).
async function writer({ a, b }) {
  const { token } = await editor(a);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  await until("the token to arrive", async () => (await b.get("/api/me", { headers })).status === 200);
  return async (server, slug, expected = 201) => {
    const answer = await server.get("/api/posts", {
      method: "POST", headers, body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
    });
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${answer.status} ${text}`);
  };
}

async function writes({ a, b }) {
  const write = await writer({ a, b });
  await write(a, "taken");
  return {
    refused: await measure({
      "a write that the primary refuses, sent to it": () => write(a, "taken", 422),
      "the same, sent to a replica": () => write(b, "taken", 422),
    }),
    done: await measure({
      "a write, sent to the primary": (n) => write(a, `a-${n}`),
      "a write, sent to a replica": (n) => write(b, `b-${n}`),
    }),
  };
}

async function durableWrites({ a, b }) {
  const write = await writer({ a, b });
  return measure({
    "a write on two nodes, sent to the primary": (n) => write(a, `a-${n}`),
    "a write on two nodes, sent to a replica": (n) => write(b, `b-${n}`),
  });
}

const environments = await nodeEnvironments(NAMES);
let plain;
await withCluster(NAMES, async (cluster, servers) => {
  await untilUp(servers.a, ["b"]);
  await untilUp(servers.b, ["a"]);
  console.log("| | median, ms | p99, ms | to the first |\n|---|---|---|---|");
  print(await broadcasts(servers));
  const { refused, done } = await writes(servers);
  print(refused);
  print(done);
  plain = quantile(Object.values(done)[0], 0.5);
}, (name) => environments[name]);
await withCluster(NAMES, async (cluster, servers) => print(await durableWrites(servers), plain),
                  { WRITE_DURABILITY: "remote" });
