// What a fatal signal leaves behind, and who finds it.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { BINARY, OWN_SIGNALS, Server, coppice, start, withFolder, withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const reportsOf = ({ folder }) =>
  readdirSync(join(folder, "crashes")).filter((name) => name.endsWith(".crash"));

async function signalsOf(server) {
  const { code, stdout, stderr } = await server.command("crashes", "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).crashes.filter(({ kind }) => kind === "signal");
}

for (const signal of ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"]) {
  test(`${signal} ends the process as ever, and is in the ledger after the next start`, async () => {
    await withServer({ env: { ...OWN_SIGNALS, APP_VERSION: "7.8.9" } }, async (server) => {
      const killed = server.pid;
      server.signal(signal);
      assert.deepEqual(await within("the end", server.ended), { code: null, signal });
      const [name] = reportsOf(server);
      assert.equal(statSync(join(server.folder, "crashes", name)).mode & 0o777, 0o600);
      await server.start();
      const [crash] = await until("the crash to be written", async () => {
        const found = await signalsOf(server);
        return found.length > 0 && found;
      });
      assert.equal(crash.exception, signal);
      assert.equal(crash.version, "7.8.9");
      assert.equal(crash.count, 1);
      assert.match(crash.pid, new RegExp(`^${killed}/`));
      assert.match(crash.reason, new RegExp(`${signal} .*, sent by process ${process.pid}`));
      const one = await server.command("crashes", String(crash.id));
      assert.match(one.stdout, /^stack *\n(.*\n)* .*\bmain\b/m);
      await until("the report to be removed", () => reportsOf(server).length === 0);
    });
  });
}

test("the first process of a container ends as well", { skip: process.getuid() !== 0 && "needs root" },
     async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder, OWN_SIGNALS);
    // The server is process 1 of a namespace of its own; unshare ends with its status.
    const run = start(["-pf", "--kill-child", BINARY, "server"],
                      { binary: "unshare", env: server.env, cwd: folder });
    try {
      await until("the server", () => run.stderr.includes("listens on port"));
      const [inner] = readFileSync(`/proc/${run.child.pid}/task/${run.child.pid}/children`, "utf8")
        .trim().split(" ");
      process.kill(Number(inner), "SIGABRT");
      assert.deepEqual(await within("the end", run.ended), { code: 128 + 6, signal: null });
      assert.equal(reportsOf(server).length, 1);
    } finally {
      run.child.kill("SIGKILL");
    }
  });
});

test("a report is for the server with the same database alone", async () => {
  await withFolder(async (folder) => {
    const shared = { ...OWN_SIGNALS, CRASH_PATH: join(folder, "crashes") };
    const [first, second] = ["first", "second"].map((name) => join(folder, name));
    mkdirSync(first);
    mkdirSync(second);
    const crashed = new Server(first, shared);
    const other = new Server(second, shared);
    try {
      await crashed.start();
      crashed.signal("SIGSEGV");
      await within("the end", crashed.ended);
      await other.start();
      await other.command("crash", "/pubsub");  // once this is written, reports have been looked for
      await until("a crash of its own", async () =>
        JSON.parse((await other.command("crashes", "--json")).stdout).crashes.length > 0);
      assert.deepEqual(await signalsOf(other), []);
      await crashed.start();
      await until("its own crash", async () => (await signalsOf(crashed)).length === 1);
    } finally {
      await crashed.destroy();
      await other.destroy();
    }
  });
});

test("what can't be read of a fatal signal stays, and operators are told", async () => {
  const prepare = ({ folder }) => {
    mkdirSync(join(folder, "crashes"), { mode: 0o700 });
    writeFileSync(join(folder, "crashes", "coppice-1.crash"), "");
  };
  await withServer({ prepare }, async (server) => {
    const file = join(server.folder, "crashes", "coppice-1.crash");
    const files = await until("the report to be looked at", async () => {
      const { unread_reports: found } = JSON.parse((await server.command("crashes", "--json")).stdout);
      return found.length > 0 && found;
    });
    assert.deepEqual(files, [{ file, why: "it doesn't begin with coppice-crash 1" }]);
    assert.ok((await server.command("crashes")).stdout.includes(`can't be read: ${file}`));
    assert.deepEqual(reportsOf(server), ["coppice-1.crash"]);
  });
});

test("an orderly end leaves nothing", async () => {
  await withServer({ env: OWN_SIGNALS }, async (server) => {
    server.signal("SIGTERM");
    await within("the end", server.ended);
    assert.deepEqual(reportsOf(server), []);
    assert.equal(statSync(join(server.folder, "crashes")).mode & 0o777, 0o700);
  });
});

test("a folder that can't be used is named, and the server runs", async () => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, "file"), "precious");
    const server = new Server(folder, { ...OWN_SIGNALS, CRASH_PATH: join(folder, "file") });
    try {
      await server.start();
      assert.match(server.log, /a fatal signal will leave no report: CRASH_PATH .*file/);
    } finally {
      await server.destroy();
    }
  });
});

test("the database's folder is refused", async () => {
  await withFolder(async (folder) => {
    const server = new Server(folder, { CRASH_PATH: join(folder, "database") });
    const { code, stderr } = await coppice(["server"], { env: server.env, cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /CRASH_PATH.*a folder of its own/);
    assert.ok(!existsSync(server.database));
  });
});
