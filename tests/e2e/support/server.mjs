// Runs the built binary: servers with a folder of their own, and commands.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chmod, copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { within } from "./wait.mjs";

const CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url));
export const BINARY = resolve(
  process.env.COPPICE_BINARY ?? join(CHECKOUT, "build/release/coppice"));

// Nothing of the caller's configuration reaches the binary, only what it needs to run at all.
const INHERITED = ["PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"];

function environment(extra) {
  const env = { NO_COLOR: "1", LOG_FORMAT: "text" };
  for (const name of INHERITED) if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, ...extra };
}

// Starts the binary: {child, stdout, stderr, ended}. Whoever calls ends it. With `open`, its input is
// the caller's to write; with `quiet`, its standard error is the caller's to read. `launcher` is a
// command that becomes the binary, as `nsenter` does.
export function start(args, options = {}) {
  const { env = {}, cwd = tmpdir(), binary = BINARY, user = {}, input = "", launcher = [] } = options;
  const { open = false, quiet = false } = options;
  const [program, ...rest] = [...launcher, binary, ...args];
  const child = spawn(program, rest, { env: environment(env), cwd, stdio: "pipe", ...user });
  const run = { child, stdout: "", stderr: "" };
  child.stdin.on("error", () => {}); // of one that ends without having read it
  if (!open) child.stdin.end(input);
  child.stdout.setEncoding("utf8").on("data", (text) => (run.stdout += text));
  child.stderr.setEncoding("utf8");
  if (!quiet) child.stderr.on("data", (text) => (run.stderr += text));
  run.ended = new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", (code, signal) => done({ code, signal }));
  });
  return run;
}

// Whether this machine has a program.
export const has = (program) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

// Whether the binary has been built with a sanitizer that has handlers of its own for signals and
// throws.
export function isSanitized() {
  return readFileSync(BINARY).includes("__asan_init") || readFileSync(BINARY).includes("__tsan_init");
}

// Has sanitizers leave the handling of fatal signals to the program.
const LEAVE = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0";
export const OWN_SIGNALS = Object.fromEntries(["ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"].map(
  (name) => [name, [process.env[name], LEAVE].filter(Boolean).join(":")]));

// Runs the binary to its end: {code, signal, stdout, stderr}.
export async function coppice(args, options = {}) {
  const run = start(args, options);
  try {
    const end = await within(`end of coppice ${args.join(" ")}`, run.ended);
    return { ...end, stdout: run.stdout, stderr: run.stderr };
  } finally {
    run.child.kill("SIGKILL");
  }
}

// Runs the binary as somebody whom permissions stop; for root, as nobody, who may not be able to
// reach the checkout, so with a copy.
export function coppiceAsNobody(args, options = {}) {
  if (process.getuid() !== 0) return coppice(args, options);
  return withFolder(async (folder) => {
    const binary = join(folder, "coppice");
    await copyFile(BINARY, binary);
    await chmod(folder, 0o755);
    return await coppice(args, { ...options, binary, user: { uid: 65534, gid: 65534 } });
  });
}

// A folder for one test, gone after it.
export async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "coppice-e2e-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// One server. Its database and admin socket are in `folder`, its port is a free one. Before it starts it
// can be put elsewhere: `launcher` as for start(), `host` where others reach it, `fetch` how the test does.
export class Server {
  launcher = [];
  host = "127.0.0.1";
  fetch = fetch;
  #run;

  constructor(folder, env = {}) {
    this.folder = folder;
    this.database = join(folder, "database", "test.db");
    this.adminSocket = join(folder, "admin.sock");
    this.env = {
      PORT: "0",
      DATABASE_PATH: this.database,
      ADMIN_SOCKET: this.adminSocket,
      CRASH_PATH: join(folder, "crashes"),
      // A node that is killed leaves its NATS server's folder behind.
      ...(env.NODE_NAME ? { TMPDIR: folder } : {}),
      ...env,
    };
  }

  get pid() {
    return this.#run.child.pid;
  }

  get log() {
    return this.#run?.stderr ?? "";
  }

  get url() {
    return `http://${this.host}:${this.port}`;
  }

  // How the process ended: a promise of {code, signal}.
  get ended() {
    return this.#run.ended;
  }

  async start() {
    const { env, folder: cwd, launcher } = this;
    this.#run = start(["server"], { env, cwd, launcher });
    const { child, ended } = this.#run;
    const announced = new Promise((resolvePort) => {
      child.stderr.on("data", () => {
        const match = /listens on port (\d+)[\n\"]/.exec(this.log);
        if (match) resolvePort(Number(match[1]));
      });
    });
    const ended_early = ended.then(({ code }) => {
      throw new Error(`the server ended with ${code}:\n${this.log}`);
    });
    ended_early.catch(() => {});
    this.port = await within("the server to listen", Promise.race([announced, ended_early]));
    return this;
  }

  signal(name) {
    process.kill(this.pid, name);
  }

  // How many files, sockets and the like it has open.
  async descriptors() {
    return (await readdir(`/proc/${this.pid}/fd`)).length;
  }

  // Ends it for good, whatever state it is in.
  async destroy() {
    if (!this.#run) return;
    this.#run.child.kill("SIGKILL");
    await this.#run.ended;
  }

  // Runs an operator's command against it.
  command(...args) {
    return coppice([...args, "--socket", this.adminSocket], { cwd: this.folder });
  }

  get(path, options) {
    return this.fetch(this.url + path, { signal: AbortSignal.timeout(30_000), ...options });
  }

  async json(path) {
    const response = await this.get(path);
    return { status: response.status, body: await response.json() };
  }
}

// Runs `use` with a server. A failure carries the server's log. `prepare`, if given, is awaited with
// the server before it starts, for instance to fill its database.
export async function withServer({ env, prepare } = {}, use) {
  await withFolder(async (folder) => {
    const server = new Server(folder, env);
    try {
      await prepare?.(server);
      await server.start();
      await use(server);
    } catch (error) {
      // A reporter shows the stack, which has the message as it was when the error was made.
      error.stack += `\nThe server's log:\n${server.log}`;
      throw error;
    } finally {
      await server.destroy();
    }
  });
}
