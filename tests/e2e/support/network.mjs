// Hosts on a network that loses, delays and cuts as it is told: each is a network namespace, and what
// goes from one to another passes through network.py. Servers and clients run inside; files, and so
// operators' sockets, are everybody's.
import { fork, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { LineProgram } from "./line_program.mjs";
import { LIMIT_MS, within } from "./wait.mjs";

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

function whatIsMissing() {
  if (process.getuid() !== 0) return "an emulated network needs root";
  try {
    closeSync(openSync("/dev/net/tun", "r+"));
  } catch (error) {
    return `an emulated network needs /dev/net/tun: ${error.code}`;
  }
  for (const [program, ...args] of [["ip", "-Version"], ["nsenter", "--version"]]) {
    if (spawnSync(program, args).status !== 0) return `an emulated network needs the command ${program}`;
  }
  if (spawnSync("unshare", ["--net", "true"]).status !== 0) return "network namespaces are not allowed here";
  return false;
}

const missing = whatIsMissing();

// A test that is skipped, and says why, where no network can be emulated.
export const testOnNetwork = (name, body) => test(name, { skip: missing }, body);

// A process on one of the hosts, that has a module of this folder; see inside.mjs.
class Inside {
  #child;
  #asked = new Map();
  #count = 0;

  constructor([program, ...args], module) {
    this.module = module;
    this.#child = fork(file("inside.mjs"), [file(module)], {
      execPath: program,
      execArgv: [...args, process.execPath],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#child.on("message", ({ id, value, error }) => {
      const { done, failed } = this.#asked.get(id);
      this.#asked.delete(id);
      if (error === undefined) done(value);
      else failed(new Error(error));
    });
    this.ended = new Promise((done) => this.#child.once("close", done));
    this.ended.then(() => {
      for (const { failed } of this.#asked.values()) failed(new Error("the process on the host has ended"));
    });
  }

  // What the module's function `name` returns there.
  call(name, ...args) {
    const id = ++this.#count;
    const answer = new Promise((done, failed) => this.#asked.set(id, { done, failed }));
    this.#child.send({ id, name, args }, (error) => error && this.#asked.get(id)?.failed(error));
    return within(`${name} of ${this.module}`, answer, 2 * LIMIT_MS); // which waits itself, and says for what
  }

  async kill() {
    this.#child.kill("SIGKILL");
    await this.ended;
  }
}

class Network {
  #program = new LineProgram();
  #hosts;
  #inside = [];
  #asking = new Map();

  constructor(ipv6) {
    this.ipv6 = ipv6;
  }

  async start(names) {
    this.#hosts = await this.#program.start("python3", [file("network.py"), ...names]);
  }

  // A host's address, as it is written before a port.
  address(host) {
    return this.ipv6 ? `[${this.#hosts[host].ipv6}]` : this.#hosts[host].ipv4;
  }

  namespace(host) {
    return this.#hosts[host].namespace;
  }

  // What becomes of frames from and to one host, or between two: {loss, delay_ms, cut}.
  set(hosts, what) {
    return this.#program.order({ hosts, ...what });
  }

  cut(...hosts) {
    return this.set(hosts, { cut: true });
  }

  heal(...hosts) {
    return this.set(hosts, { cut: false });
  }

  // A new process on a host, with a module of this folder; it is gone with the network.
  run(host, module) {
    const inside = new Inside(this.launcher(host), module);
    this.#inside.push(inside);
    return inside;
  }

  // Puts a server that has not been started on a host. Its own requests are made there as well.
  place(server, host) {
    server.launcher = this.launcher(host);
    server.host = this.address(host);
    server.fetch = (url, options) => this.#ask(host, url, options);
    return server;
  }

  async #ask(host, url, { signal, ...options } = {}) {
    if (!this.#asking.has(host)) this.#asking.set(host, this.run(host, "asking.mjs"));
    const { status, headers, body } = await this.#asking.get(host).call("ask", url, options);
    return new Response(body || null, { status, headers });
  }

  // What makes a command one of a host's; see start() in server.mjs.
  launcher(host) {
    return ["nsenter", `--net=${this.namespace(host)}`, "--"];
  }

  async end() {
    await Promise.all(this.#inside.map((each) => each.kill()));
    await this.#program.end();
  }
}

// Runs `use` with a network of these hosts, who know each other by IPv4, or by IPv6.
export async function withNetwork(names, use, { ipv6 = false } = {}) {
  const network = new Network(ipv6);
  try {
    await network.start(names);
    return await use(network);
  } finally {
    await network.end();
  }
}
