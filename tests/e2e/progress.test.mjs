// Long work says how far it is: at a terminal, in one line that is written over, and of what a server
// does, to whoever asks for it.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { ask, operate } from "./support/admin.mjs";
import { contentFolder, holding, importInto, postFile, trees } from "./support/content.mjs";
import { Description } from "./support/description.mjs";
import { fill } from "./support/load.mjs";
import { BINARY, coppice, has, start, withFolder, withServer } from "./support/server.mjs";
import { querySql } from "./support/sql.mjs";
import { until, within } from "./support/wait.mjs";

const LINE = "\r\x1b[K"; // what each drawing of the line begins with, and what takes it away
const skip = !has("script");

// Runs a command at a terminal of its own, which `use` gets: {stdout, child, ended}.
async function atTerminal(words, { folder, env }, use) {
  const inside = `stty rows 40 cols 200; exec ${[BINARY, ...words].join(" ")}`;
  // An end of its input would end `script` as well.
  const run = start(["-qefc", inside, "/dev/null"], { binary: "script", cwd: folder, env, open: true });
  try {
    return await use(run);
  } finally {
    run.child.kill("SIGKILL");
    await run.ended;
  }
}

// What a command has written to a terminal when it has ended well.
function writtenAtTerminal(words, place) {
  return atTerminal(words, place, async (run) => {
    const { code } = await within(words.join(" "), run.ended);
    assert.equal(code, 0, run.stdout);
    return run.stdout;
  });
}

// A folder with a database of five posts and 20 MB that nothing can compress.
function withLargeSite(use) {
  return withFolder(async (folder) => {
    const database = join(folder, "site.db");
    const { code, stderr } = await importInto(database, await contentFolder(folder, trees(5)));
    assert.equal(code, 0, stderr);
    await fill(database, 20_000_000);
    await use({ folder, env: { DATABASE_PATH: database, BACKUP_PATH: join(folder, "backups") } });
  });
}

async function succeed(server, ...args) {
  const { code, stderr } = await server.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
}

const workOf = async (server) => (await ask(server, "/v1/work")).work;

// -- at a terminal -------------------------------------------------------------------------------

const ENDLESS = `
  CREATE TABLE endless (n);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
  INSERT INTO endless SELECT count(*) FROM n;`;

test("a migration that runs is named in one line, and Ctrl-C leaves nothing of it", { skip }, async () => {
  await withFolder(async (folder) => {
    const migrations = join(folder, "migrations");
    await mkdir(migrations);
    await writeFile(join(migrations, "20300101000000_first.up.sql"), "CREATE TABLE first (x);");
    await writeFile(join(migrations, "20300102000000_endless.up.sql"), ENDLESS);
    const database = join(folder, "test.db");
    const words = ["migrate", "up", "--database", database, "--migrations", migrations];
    await atTerminal(words, { folder }, async (run) => {
      const drawn = () => run.stdout.split(LINE)
        .filter((line) => line.startsWith("applying 20300102000000_endless, 2 of 2 ("));
      await until("the line to be written over", () => drawn().length > 1);
      for (const line of drawn().slice(0, -1)) assert.match(line, /^applying \w+, 2 of 2 \(\d+ s\)$/);
      run.child.stdin.write("\x03");
      assert.notEqual((await within("the end", run.ended)).code, 0);
      assert.match(run.stdout, /applied 20300101000000_first\r\n/);
    });
    assert.deepEqual(
      await querySql(database, "SELECT version FROM schema_migrations"), [[20300101000000]]);
    assert.deepEqual(
      await querySql(database, "SELECT name FROM sqlite_schema WHERE name = 'endless'"), []);
  });
});

test("a backup says how much of how much is done, and its line is gone at the end", { skip }, async () => {
  await withLargeSite(async (site) => {
    const stdout = await writtenAtTerminal(["backup", "create"], site);
    const lines = stdout.split(LINE);
    const figures = /^(copying|compressing|unpacking): \d+ %, \d+\.\d of \d+\.\d MiB[^\r]* \(\d+ s\)$/;
    assert.ok(lines.some((line) => figures.test(line)), stdout);
    assert.match(lines.at(-1), /^[^\r]*\.db\.zst: [^\r]*, verified\r\n$/);
  });
});

test("nothing is said of it with --json, at a terminal either", { skip }, async () => {
  await withLargeSite(async (site) => {
    const stdout = await writtenAtTerminal(["backup", "create", "--json"], site);
    assert.ok(JSON.parse(stdout).file.endsWith(".db.zst"), stdout);
  });
});

test("nothing is said of it where that is no terminal", async () => {
  await withLargeSite(async ({ folder, env }) => {
    const content = join(folder, "content");
    for (const words of [["import", content], ["migrate", "redo"], ["backup", "create"],
                         ["backup", "verify", "latest"], ["db", "check"], ["db", "vacuum"],
                         ["db", "reindex"], ["backup", "restore", "latest"]]) {
      const { code, stdout, stderr } = await coppice(words, { cwd: folder, env });
      assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
      assert.equal(stderr, "", words.join(" "));
      assert.ok(!/[\r\x1b]/.test(stdout), `${words.join(" ")}: ${stdout}`);
    }
  });
});

// -- what a server does --------------------------------------------------------------------------

test("a restore that a server does is seen at the terminal, and by who asks for it", { skip }, async () => {
  const prepare = holding(trees(5));
  await withServer({ prepare }, async (server) => {
    const description = new Description(await ask(server, "/v1/openapi.json"));
    assert.deepEqual(await workOf(server), []);
    const backups = join(server.folder, "backups");
    const made = await coppice(["backup", "create", "--to", backups], { env: server.env });
    assert.equal(made.code, 0, made.stderr);
    // It is verified, and then waits for the writer.
    await succeed(server, "suspend", "/database/writer");
    const words = ["backup", "restore", "latest", "--from", backups];
    await atTerminal(words, server, async (run) => {
      const line = /checking the full-text indexes: 50 %, 1 of 2 indexes \(\d+ s\)/;
      await until("the line", () => line.test(run.stdout));
      const answer = await operate(server, "/v1/work");
      description.check("GET", "/v1/work", answer);
      const [{ seconds, since, request_id, ...restore }, ...others] = JSON.parse(answer.body).work;
      assert.deepEqual(others, []);
      assert.deepEqual(restore, { kind: "restore", phase: "checking the full-text indexes",
                                  done: 1, total: 2, unit: "indexes", seconds_left: null });
      assert.ok(seconds > 0 && Date.parse(since) <= Date.now());
      await succeed(server, "resume", "/database/writer");
      assert.equal((await within("the restore", run.ended)).code, 0, run.stdout);
      assert.match(run.stdout.split(LINE).at(-1), /^[^\r]* is now the backup of /);
      await until("the request in the log", () => server.log.split("\n").some((logged) =>
        logged.includes("/v1/backups/restore") && logged.includes(`request_id=${request_id}`)));
    });
    await until("it to be over", async () => (await workOf(server)).length === 0);
  });
});

test("what a server imports by itself is listed, too", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(2));
    await withServer({ env: { CONTENT_PATH: content } }, async (server) => {
      const count = async () => (await server.json("/api/posts")).body.data.length;
      await until("the first import", async () => await count() === 2);
      await until("its end", async () => (await workOf(server)).length === 0);
      await succeed(server, "suspend", "/database/writer");
      await contentFolder(folder, { "elm.md": postFile(
        { title: "Elm", slug: "elm", published_at: "2025-02-01", body: "x" }) });
      const [{ kind, request_id, phase, total, unit }] = await until("the import", async () => {
        const work = await workOf(server);
        return work[0]?.total === 3 && work;
      });
      assert.deepEqual({ kind, request_id, phase, total, unit },
                       { kind: "import", request_id: null, phase: "importing", total: 3, unit: "files" });
      await succeed(server, "resume", "/database/writer");
      await until("the post", async () => await count() === 3);
      await until("it to be over", async () => (await workOf(server)).length === 0);
    });
  });
});
