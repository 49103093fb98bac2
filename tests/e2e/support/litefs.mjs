// A cluster of servers on stand-ins for LiteFS; see fake_litefs.py.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LineProgram } from "./line_program.mjs";
import { LOOPBACK, bare } from "./loopback.mjs";
import { freePort } from "./ports.mjs";
import { Server, withFolder } from "./server.mjs";
import { until } from "./wait.mjs";

const PROGRAM = fileURLToPath(new URL("fake_litefs.py", import.meta.url));
const DATABASE = "app.db";

// The stand-ins themselves, without servers. On a `network` each node is a host of its name.
export class Cluster {
  #program = new LineProgram();

  constructor(folder, names, network = LOOPBACK) {
    this.folder = folder;
    this.names = names;
    this.network = network;
  }

  async start() {
    for (const name of this.names) await mkdir(join(this.folder, name));
    this.ports = {};
    this.hostnames = {};
    for (const name of this.names) {
      this.ports[name] = String(await freePort());
      this.hostnames[name] = `${this.network.address(name)}:${this.ports[name]}`;
    }
    const places = this.names.map((name) =>
      [`${name}=${this.hostnames[name]}`, this.network.namespace(name)].filter(Boolean).join("@"));
    this.nodes = await this.#program.start("python3", [PROGRAM, join(this.folder, "litefs"), DATABASE, ...places]);
    return this;
  }

  // For instance order("promote", "b").
  order(what, node) {
    return this.#program.order({ do: what, node });
  }

  // A server on one of the nodes; not started.
  server(name, env = {}) {
    const { url, mount } = this.nodes[name];
    const server = new Server(join(this.folder, name), {
      DATABASE_PATH: join(mount, DATABASE),
      LITEFS_URL: url,
      LITEFS_MOUNT: mount,
      NODE_LISTEN_ADDRESS: bare(this.network.address(name)),
      NODE_PORT: this.ports[name],
      SECRET_KEY_BASE: "s".repeat(64),
      ...env,
    });
    server.database = server.env.DATABASE_PATH;
    return this.network.place(server, name);
  }

  end() {
    return this.#program.end();
  }
}

// Runs use(cluster, {a, b, …}) with a server on each node; the first node is the primary. `env` may
// be a function of the node's name.
export function withCluster(names, use, env = {}, network = LOOPBACK) {
  return withFolder(async (folder) => {
    const cluster = new Cluster(folder, names, network);
    const servers = {};
    try {
      await cluster.start();
      for (const name of names) {
        servers[name] = await started(cluster.server(name, typeof env === "function" ? env(name) : env));
      }
      await use(cluster, servers);
    } catch (error) {
      for (const [name, server] of Object.entries(servers)) {
        error.stack += `\n${name}'s log:\n${server.log}`;
      }
      throw error;
    } finally {
      for (const server of Object.values(servers)) await server.destroy();
      await cluster.end();
    }
  });
}

async function started(server) {
  await server.start();
  await until("the server to be ready", async () => (await server.get("/health")).status === 200);
  return server;
}

// What `/health` says of the node's role.
export async function replicationOf(server) {
  const { body } = await server.json("/health");
  const { role, primary, why } = body.replication;
  return { role, primary, why };
}

export function untilRole(server, role) {
  return until(`the role ${role}`, async () => (await replicationOf(server)).role === role);
}
