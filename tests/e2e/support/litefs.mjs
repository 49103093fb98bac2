// A cluster of servers on stand-ins for LiteFS; see fake_litefs.py.
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "./ports.mjs";
import { Server, withFolder } from "./server.mjs";
import { until, within } from "./wait.mjs";

const PROGRAM = fileURLToPath(new URL("fake_litefs.py", import.meta.url));
const DATABASE = "app.db";

// The stand-ins themselves, without servers.
export class Cluster {
  #child;
  #lines;

  constructor(folder, names) {
    this.folder = folder;
    this.names = names;
  }

  async start() {
    for (const name of this.names) await mkdir(join(this.folder, name));
    this.hostnames = {};
    for (const name of this.names) this.hostnames[name] = `127.0.0.1:${await freePort()}`;
    const named = this.names.map((name) => `${name}=${this.hostnames[name]}`);
    const args = [PROGRAM, join(this.folder, "litefs"), DATABASE, ...named];
    this.#child = spawn("python3", args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.nodes = await this.#answer("the stand-ins to start");
    return this;
  }

  async #answer(what) {
    const { value, done } = await within(what, this.#lines.next());
    if (done) throw new Error(`the stand-ins have ended, waiting for ${what}`);
    return JSON.parse(value);
  }

  // For instance order("promote", "b").
  async order(what, node) {
    this.#child.stdin.write(`${JSON.stringify({ do: what, node })}\n`);
    await this.#answer(what);
  }

  // A server on one of the nodes; not started.
  server(name, env = {}) {
    const { url, mount } = this.nodes[name];
    const server = new Server(join(this.folder, name), {
      DATABASE_PATH: join(mount, DATABASE),
      LITEFS_URL: url,
      LITEFS_MOUNT: mount,
      NODE_LISTEN_ADDRESS: "127.0.0.1",
      NODE_PORT: this.hostnames[name].split(":")[1],
      SECRET_KEY_BASE: "s".repeat(64),
      ...env,
    });
    server.database = server.env.DATABASE_PATH;
    return server;
  }

  end() {
    this.#child?.kill("SIGKILL");
  }
}

// Runs use(cluster, {a, b, …}) with a server on each node; the first node is the primary. `env` may
// be a function of the node's name.
export function withCluster(names, use, env = {}) {
  return withFolder(async (folder) => {
    const cluster = new Cluster(folder, names);
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
      cluster.end();
    }
  });
}

async function started(server) {
  await server.start();
  await until("the server to be ready", async () => (await server.get("/health")).status === 200);
  return server;
}

// What `/health` says of replication.
export async function replicationOf(server) {
  const { body } = await server.json("/health");
  return body.replication;
}

export function untilRole(server, role) {
  return until(`the role ${role}`, async () => (await replicationOf(server)).role === role);
}
