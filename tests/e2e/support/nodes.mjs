// Several servers that know each other, each with a database and a NATS server of its own.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LOOPBACK, bare } from "./loopback.mjs";
import { freePort } from "./ports.mjs";
import { Server, withFolder } from "./server.mjs";
import { until } from "./wait.mjs";

// What makes `names` nodes of one cluster: {name: environment}. On a `network` each is a host of its
// name.
export async function nodeEnvironments(names, extra = {}, network = LOOPBACK) {
  const ports = {};
  for (const name of names) ports[name] = await freePort();
  const all = names.map((name) => `${network.address(name)}:${ports[name]}`).join(",");
  return Object.fromEntries(names.map((name) => [name, {
    CLUSTER_NODES: all,
    CLUSTER_PORT: String(ports[name]),
    CLUSTER_LISTEN_ADDRESS: bare(network.address(name)),
    CLUSTER_NODE_TIMEOUT: "2",
    NODE_NAME: name,
    FLY_REGION: `region-${name}`,
    SECRET_KEY_BASE: "s".repeat(64),
    ...extra,
  }]));
}

// What `coppice nodes --json` says.
export async function nodesOf(server) {
  const { code, stdout, stderr } = await server.command("nodes", "--json");
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

// Waits until `server` says that exactly these other nodes are up.
export function untilUp(server, names) {
  const wanted = [...names].sort().join();
  return until(`the nodes ${wanted || "none"} to be up`, async () => {
    const { nodes } = await nodesOf(server);
    const up = nodes.filter(({ here, state }) => !here && state === "up");
    return up.map(({ node }) => node).sort().join() === wanted;
  });
}

// Runs use({a, b, …}, restart), with all nodes up and known to each other. restart(name) starts one
// that has ended anew.
export function withNodes(names, use, extra = {}, network = LOOPBACK) {
  return withFolder(async (folder) => {
    const servers = {};
    const ended = [];
    try {
      const environments = await nodeEnvironments(names, extra, network);
      const start = async (name) => {
        if (servers[name]) ended.push(servers[name]);
        const home = join(folder, name);
        await mkdir(home, { recursive: true });
        servers[name] = network.place(new Server(home, environments[name]), name);
        await servers[name].start();
      };
      for (const name of names) await start(name);
      for (const name of names) await untilUp(servers[name], names.filter((n) => n !== name));
      await use(servers, start);
    } catch (error) {
      for (const [name, server] of Object.entries(servers)) {
        error.stack += `\n${name}'s log:\n${server.log}`;
      }
      throw error;
    } finally {
      for (const server of [...ended, ...Object.values(servers)]) await server.destroy();
    }
  });
}
