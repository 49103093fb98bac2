// Backups as an operator makes, lists, verifies and restores them.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { ask, operate } from "./support/admin.mjs";
import { withClients } from "./support/clients.mjs";
import { contentFolder, holding, importInto, trees } from "./support/content.mjs";
import { WriteLoad, fill } from "./support/load.mjs";
import { BUCKET, withStore } from "./support/s3.mjs";
import { BINARY, coppice, withFolder, withServer } from "./support/server.mjs";
import { querySql, runSql } from "./support/sql.mjs";
import { Traffic } from "./support/traffic.mjs";
import { placesOf, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const run = promisify(execFile);

// A database with five posts that no server runs on, and commands on it.
class Site {
  constructor(folder, env = {}) {
    this.folder = folder;
    this.database = join(folder, "site.db");
    this.backups = join(folder, "backups");
    this.env = { DATABASE_PATH: this.database, BACKUP_PATH: this.backups, ...env };
  }

  async fill() {
    const { code, stderr } = await importInto(
      this.database, await contentFolder(this.folder, trees(5)));
    assert.equal(code, 0, stderr);
    return this;
  }

  run(...args) {
    return coppice(args, { env: this.env, cwd: this.folder });
  }

  // Runs a command that must succeed, and returns what it prints as JSON.
  async json(...args) {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  create() {
    return this.json("backup", "create");
  }

  async names() {
    return (await this.json("backup", "list")).backups.map(({ name }) => name);
  }

  async titles() {
    return (await querySql(this.database, "SELECT title FROM posts ORDER BY id")).flat();
  }

  // One more commit, with a position of its own.
  async rename(title) {
    await runSql(this.database, `
      UPDATE posts SET title = '${title}' WHERE id = 1;
      UPDATE coppice_position SET sequence = sequence + 1`);
  }
}

function withSite(use, env) {
  return withFolder(async (folder) => use(await new Site(folder, env).fill()));
}

async function damage(file) {
  const bytes = await readFile(file);
  bytes[bytes.length >> 1] ^= 0x55;
  await writeFile(file, bytes);
}

// -- without a server ----------------------------------------------------------------------------

test("a backup is made, listed, verified and restored", async () => {
  await withSite(async (site) => {
    const before = await site.titles();
    const made = await site.create();
    assert.match(made.file, /backups\/coppice-\d{8}T\d{6}Z-\d+\.db\.zst$/);
    assert.ok(made.archive_bytes < made.database_bytes);
    const { backups } = await site.json("backup", "list");
    assert.equal(backups.length, 1);
    assert.equal(backups[0].manifest.sha256, made.sha256);
    assert.equal((await site.json("backup", "verify", "latest")).sequence, made.sequence);

    await site.rename("Changed");
    const restored = await site.json("backup", "restore", "latest");
    assert.deepEqual(await site.titles(), before);
    assert.match(restored.kept, /site\.db\.before-restore-\d{8}T\d{6}Z$/);
    assert.deepEqual(
      await querySql(restored.kept, "SELECT title FROM posts WHERE id = 1"), [["Changed"]]);
    const [epoch] = restored.position.split(".").map(Number);
    assert.ok(epoch > made.epoch, "a history that forks begins an epoch");
  });
});

test("a person is told what was done", async () => {
  await withSite(async (site) => {
    assert.match((await site.run("backup", "list")).stdout, /no backups/);
    assert.match((await site.run("backup", "create")).stdout, /, position \d+\.\d+, verified\n$/);
    assert.match((await site.run("backup", "list")).stdout, / bytes  position \S+  whole\n$/);
    assert.match((await site.run("backup", "verify", "latest")).stdout, /db\.zst is good: /);
    const { stdout } = await site.run("backup", "restore", "latest");
    assert.match(stdout, /is now the backup of .*\nwhat was there before is kept as /);
  });
});

test("the archive is one that zstd can read", async (t) => {
  if (await run("zstd", ["--version"]).then(() => false, () => true)) return t.skip("no zstd here");
  await withSite(async (site) => {
    const { file, database_bytes } = await site.create();
    const { stdout } = await run("zstd", ["-dc", file], {
      encoding: "buffer", maxBuffer: 1 << 28 });
    assert.equal(stdout.length, database_bytes);
    assert.equal(stdout.subarray(0, 15).toString(), "SQLite format 3");
  });
});

test("only so many backups are kept", async () => {
  await withSite(async (site) => {
    const made = [];
    for (const title of ["one", "two", "three"]) {
      await site.rename(title);
      made.push((await site.create()).file.split("/").at(-1));
    }
    assert.deepEqual((await site.names()).toSorted(), made.slice(1).toSorted());
  }, { BACKUP_KEEP: "2" });
});

test("a damaged backup is refused, and the database stays as it is", async () => {
  await withSite(async (site) => {
    const before = await site.titles();
    const { file } = await site.create();
    await damage(file);
    for (const command of ["verify", "restore"]) {
      const { code, stderr } = await site.run("backup", command, file);
      assert.equal(code, 4);
      assert.match(stderr, /^coppice: corrupt: .*db\.zst is damaged: /, command);
    }
    assert.deepEqual(await site.titles(), before);
    assert.deepEqual(
      (await readdir(site.folder)).filter((name) => /before-restore|^\./.test(name)), []);
  });
});

test("a backup that is cut off is listed as damaged and never the latest", async () => {
  await withSite(async (site) => {
    const { file: good } = await site.create();
    await site.rename("later");
    const { file } = await site.create();
    await writeFile(file, (await readFile(file)).subarray(0, 3000));
    const { code, stdout } = await site.run("backup", "list");
    assert.equal(code, 1);
    assert.match(stdout, /damaged: .*it has 3000 bytes and should have \d+/);
    assert.ok((await site.run("backup", "verify", "latest")).stdout.startsWith(good));
  });
});

// The second one is what Ctrl-C sends.
for (const signal of ["SIGKILL", "SIGINT"]) {
  test(`${signal} in the middle of a backup leaves none, and no rest after the next`, async () => {
    await withSite(async (site) => {
      await fill(site.database, 20_000_000);
      const child = spawn(BINARY, ["backup", "create"], {
        env: { ...process.env, ...site.env }, stdio: "ignore" });
      const ended = new Promise((done) => child.once("close", (code, signal) => done(signal)));
      await until("the backup to begin", async () =>
        (await readdir(site.backups)).some((name) => name.startsWith(".coppice-")));
      child.kill(signal);
      assert.equal(await within("the end", ended), signal);
      assert.deepEqual(await site.names(), []);
      await site.create();
      assert.equal((await readdir(site.backups)).length, 1);
    });
  });
}

test("a full disk fails a backup, says so, and leaves nothing", async (t) => {
  if (process.getuid() !== 0) return t.skip("mounting a small file system needs root");
  await withSite(async (site) => {
    await fill(site.database, 4_000_000);
    await mkdir(site.backups);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", site.backups]);
    } catch {
      return t.skip("mounting is not allowed here");
    }
    try {
      const { code, stderr } = await site.run("backup", "create");
      assert.equal(code, 1);
      assert.match(stderr, /^coppice: disk_full: /);
      assert.deepEqual(await readdir(site.backups), []);
    } finally {
      await run("umount", [site.backups]);
    }
    assert.equal((await site.json("db", "check")).ok, true);
  });
});

test("a restore without room for it says what it needs, and leaves nothing", async (t) => {
  if (process.getuid() !== 0) return t.skip("mounting a small file system needs root");
  await withSite(async (site) => {
    await fill(site.database, 4_000_000);
    const { database_bytes } = await site.create();
    const place = join(site.folder, "small");
    await mkdir(place);
    try {
      await run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", place]);
    } catch {
      return t.skip("mounting is not allowed here");
    }
    try {
      const { code, stderr } = await site.run(
        "backup", "restore", "latest", "--database", join(place, "site.db"));
      assert.equal(code, 5);
      assert.match(stderr, new RegExp(
        `^coppice: disk_full: the restore needs ${database_bytes} bytes in .*, and \\d+ bytes are free`));
      assert.deepEqual(await readdir(place), []);
    } finally {
      await run("umount", [place]);
    }
  });
});

test("what is missing or wrong is named", async () => {
  await withSite(async (site) => {
    const nothing = await coppice(["backup", "create"], { env: { DATABASE_PATH: site.database } });
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /set BACKUP_PATH or give one with --to/);
    const absent = await site.run("backup", "create", "--database", "/no/such.db");
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /there is no database at \/no\/such\.db/);
    const unknown = await site.run("backup", "restore", "coppice-x.db.zst");
    assert.equal(unknown.code, 6);
    assert.match(unknown.stderr, /there is no backup coppice-x\.db\.zst in /);
  });
});

// -- with a server -------------------------------------------------------------------------------

test("a backup of a running server under write load is one moment of it", async () => {
  await withServer({}, async (server) => {
    await fill(server.database, 5_000_000);
    const load = new WriteLoad(server.database);
    const folder = join(server.folder, "backups");
    try {
      await until("the first commits", () => load.commits > 10);
      const before = load.commits;
      const { code, stdout, stderr } = await coppice(
        ["backup", "create", "--to", folder, "--database", server.database, "--json"]);
      assert.equal(code, 0, stderr);
      assert.ok(load.commits > before, "writing went on");
      const copy = join(server.folder, "copy.db");
      const restored = await coppice(
        ["backup", "restore", JSON.parse(stdout).file, "--database", copy]);
      assert.equal(restored.code, 0, restored.stderr);
      assert.deepEqual(
        await querySql(copy, "SELECT count(*), count(DISTINCT a), sum(a <> b) FROM load"), [[500, 1, 0]]);
      assert.equal((await server.get("/health")).status, 200);
    } finally {
      await load.stop();
    }
  });
});

test("a backup is restored while a server runs, and nobody is cut off", async () => {
  const PATHS = ["/api/health", "/api/posts", "/api/search?q=oak"];
  await withServer({ prepare: holding(trees(5)) }, async (server) => {
    const onIt = (...args) => coppice(args, { cwd: server.folder, env: server.env });
    const folder = join(server.folder, "backups");
    const made = await onIt("backup", "create", "--to", folder);
    assert.equal(made.code, 0, made.stderr);
    await runSql(server.database, "PRAGMA foreign_keys = ON; DELETE FROM posts WHERE id > 1");
    assert.equal((await server.json("/api/posts")).body.data.length, 1);
    await withClients(server, async (client) => {
      const room = await client("ada").join("room:lobby");
      const traffic = new Traffic(server, PATHS);
      try {
        await traffic.progress();
        const restored = await onIt("backup", "restore", "latest", "--from", folder);
        assert.equal(restored.code, 0, restored.stderr);
        assert.match(restored.stdout, /is now the backup of .*\nwhat was there before is kept as /);
        assert.equal((await server.json("/api/posts")).body.data.length, 5);
        await traffic.progress();
      } finally {
        await traffic.stop();
      }
      assert.deepEqual(traffic.failures, []);
      room.push("shout", { text: "still here" });
      await room.receive("shout");
      assert.equal(room.client.opens, 1);
      assert.deepEqual(room.client.closes, []);
    });
    const places = placesOf(await treeOf(server)).filter(({ path }) => path.startsWith("/database"));
    assert.deepEqual(places.map(({ restarts }) => restarts), places.map(() => 0));
    const [kept] = (await readdir(join(server.folder, "database")))
      .filter((name) => /before-restore/.test(name));
    assert.deepEqual(
      await querySql(join(server.folder, "database", kept), "SELECT count(*) FROM posts"), [[1]]);
  });
});

for (const [what, lose] of [
  ["deleted", (file) => rm(file)],
  ["replaced", (file) => rm(file).then(() => writeFile(file, ""))],
]) {
  test(`a server's database that has been ${what} is restored by the server`, async () => {
    await withServer({ prepare: holding(trees(5)) }, async (server) => {
      const onIt = (...args) => coppice(args, { cwd: server.folder, env: server.env });
      const folder = join(server.folder, "backups");
      const made = await onIt("backup", "create", "--to", folder);
      assert.equal(made.code, 0, made.stderr);
      await runSql(server.database, "PRAGMA foreign_keys = ON; DELETE FROM posts WHERE id > 1");
      assert.equal((await server.json("/api/posts")).body.data.length, 1);
      await lose(server.database);
      const { code, stderr } = await onIt("backup", "restore", "latest", "--from", folder);
      assert.equal(code, 0, stderr);
      assert.equal((await server.json("/api/posts")).body.data.length, 5);
    });
  });
}

test("a kill in the middle of a restore leaves the old content or the new", async () => {
  const prepare = async (server) => {
    await holding(trees(5))(server);
    await fill(server.database, 20_000_000);
  };
  await withServer({ prepare }, async (server) => {
    const onIt = (...args) => coppice(args, { cwd: server.folder, env: server.env });
    const folder = join(server.folder, "backups");
    assert.equal((await onIt("backup", "create", "--to", folder)).code, 0);
    await runSql(server.database, "PRAGMA foreign_keys = ON; DELETE FROM posts WHERE id > 1");
    const asked = onIt("backup", "restore", "latest", "--from", folder);
    await until("the exchange to begin", async () =>
      (await readdir(join(server.folder, "database"))).some((name) => /before-restore/.test(name)));
    server.signal("SIGKILL");
    await within("the kill", server.ended);
    await asked;
    await server.start();
    assert.ok([1, 5].includes((await server.json("/api/posts")).body.data.length));
    const { code, stdout } = await onIt("db", "check");
    assert.equal(code, 0, stdout);
  });
});

test("a damaged backup is refused by a running server, which goes on", async () => {
  await withServer({ prepare: holding(trees(5)) }, async (server) => {
    const onIt = (...args) => coppice(args, { cwd: server.folder, env: server.env });
    const folder = join(server.folder, "backups");
    const { stdout } = await onIt("backup", "create", "--to", folder, "--json");
    const { file } = JSON.parse(stdout);
    await damage(file);
    const { code, stderr } = await onIt("backup", "restore", file);
    assert.equal(code, 4);
    assert.match(stderr, /is being served already; .*; asking the server to do it: .*is damaged: /);
    assert.equal((await server.json("/api/posts")).body.data.length, 5);
  });
});

test("what only the server that has the database can do says when that can't be asked", async () => {
  await withServer({ prepare: holding(trees(1)) }, async (server) => {
    const folder = join(server.folder, "backups");
    const onIt = (...args) =>
      coppice([...args, "--database", server.database], { cwd: server.folder });
    assert.equal((await onIt("backup", "create", "--to", folder)).code, 0);
    for (const command of [["backup", "restore", "latest", "--from", folder], ["db", "reindex"]]) {
      const { code, stdout, stderr } = await onIt(...command, "--socket", join(server.folder, "none.sock"));
      assert.equal(code, 3, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /is being served already; .*; asking the server to do it: no server is running: /);
    }
  });
});

test("a server restores its own database only", async () => {
  await withServer({ prepare: holding(trees(1)) }, async (server) => {
    await withServer({}, async (other) => {
      const folder = join(server.folder, "backups");
      await coppice(["backup", "create", "--to", folder, "--database", server.database]);
      const { code, stderr } = await coppice(
        ["backup", "restore", "latest", "--from", folder, "--database", server.database,
          "--socket", other.adminSocket]);
      assert.equal(code, 1);
      assert.match(stderr, /this server's database is .*, not /);
    });
  });
});

test("a server makes its first backup at once, and says when the next one is due", async () => {
  await withServer({
    env: { BACKUP_SCHEDULE: "0 3 * * *" },
    prepare: (server) => (server.env.BACKUP_PATH = join(server.folder, "backups")),
  }, async (server) => {
    const description = await until("the backup", async () => {
      const { stdout } = await server.command("inspect", "/jobs/backup", "--json");
      const text = JSON.parse(stdout).describes_itself;
      return /^the last at .*; the next at /.test(text) && text;
    });
    assert.match(description, /, position \d+\.\d+; the next at \d{4}-\d\d-\d\dT03:00:00Z$/);
    const { code, stdout } = await coppice(
      ["backup", "verify", "latest", "--from", server.env.BACKUP_PATH]);
    assert.equal(code, 0, stdout);
  });
});

test("a backup that fails is logged and tried again, and the server goes on", async () => {
  await withServer({
    prepare: async (server) => {
      server.env.BACKUP_PATH = join(server.folder, "a-file");
      await writeFile(server.env.BACKUP_PATH, "");
    },
  }, async (server) => {
    await until("the failure", () => /backup: .*a-file.*; tried again at /.test(server.log));
    const { stdout } = await server.command("inspect", "/jobs/backup", "--json");
    assert.match(JSON.parse(stdout).describes_itself, /; failed: .*; the next at /);
    assert.equal(JSON.parse(stdout).restarts, 0);
    assert.equal((await server.get("/health")).status, 200);
  });
});

test("a wrong schedule stops the start and is named", async () => {
  const { code, stderr } = await coppice(["server"], { env: { BACKUP_SCHEDULE: "0 25 * * *" } });
  assert.equal(code, 2);
  assert.match(stderr, /BACKUP_SCHEDULE is "0 25 \* \* \*"; accepted: .*the hour "25"/);
});

// -- with an S3-compatible store -----------------------------------------------------------------

test("backups are uploaded, listed, removed in time, and fetched to be restored", async () => {
  await withFolder(async (folder) => {
    await withStore(folder, async (env, store) => {
      const site = await new Site(folder, { ...env, BACKUP_KEEP: "2" }).fill();
      for (const title of ["one", "two", "three"]) {
        await site.rename(title);
        await site.create();
      }
      assert.equal(store.uploads, 3);
      const { backups } = await site.json("backup", "list");
      assert.deepEqual(
        backups.map(({ in_folder, in_store }) => [in_folder, in_store]),
        [[true, true], [true, true]]);

      // A machine with nothing of its own.
      const other = new Site(join(folder, "other"), env);
      await mkdir(other.folder);
      const listed = (await other.json("backup", "list")).backups;
      assert.deepEqual(listed.map(({ in_folder, in_store }) => [in_folder, in_store]),
        [[false, true], [false, true]]);
      await other.json("backup", "restore", "latest");
      assert.equal((await other.titles())[0], "three");
    });
  });
});

test("an upload that fails is tried again", async () => {
  await withFolder(async (folder) => {
    await withStore(folder, async (env, store) => {
      const site = await new Site(folder, env).fill();
      store.failNext(2);
      await site.create();
      assert.equal(store.uploads, 3);
      assert.equal((await site.json("backup", "list")).backups[0].in_store, true);
    });
  });
});

test("what a store has missed is uploaded with the next backup", async () => {
  await withFolder(async (folder) => {
    await withStore(folder, async (env, store) => {
      const site = await new Site(folder, { ...env, BACKUP_KEEP: "2" }).fill();
      const places = async () => (await site.json("backup", "list")).backups
        .map(({ in_folder, in_store }) => [in_folder, in_store]);
      store.failNext(1000);
      const { code, stderr } = await site.run("backup", "create");
      assert.equal(code, 1);
      assert.match(stderr, /was made, but not uploaded: /);
      assert.deepEqual(await places(), [[true, false]]);
      store.failNext(0);
      await site.rename("later");
      await site.create();
      assert.deepEqual(await places(), [[true, true], [true, true]]);
    });
  });
});

// An archive of three parts: `what` of it the store was asked for.
function withLargeSite(use) {
  return withFolder(async (folder) => {
    await withStore(folder, async (env, store) => {
      const site = await new Site(folder, { ...env, BACKUP_S3_PART_MB: "5" }).fill();
      await fill(site.database, 12_000_000);
      const asked = (method) => store.requests.filter((line) => line.startsWith(method))
        .map((line) => line.replace(/^.*\.db\.zst\??/, ""));
      await use(site, store, asked);
    });
  });
}

test("a large backup is uploaded in parts, and fetched whole", async () => {
  await withLargeSite(async (site, store, asked) => {
    const { sha256, file } = await site.create();
    assert.deepEqual(asked("PUT"), [1, 2, 3].map((n) => `partNumber=${n}&uploadId`));
    assert.deepEqual(asked("POST"), ["uploads=", "uploadId"]);
    const whole = await readFile(file);
    await rm(file);
    assert.equal((await site.json("backup", "verify", "latest")).sha256, sha256);
    assert.ok(whole.equals(await readFile(file)));
  });
});

test("a part that fails is sent again, and no other", async () => {
  await withLargeSite(async (site, store, asked) => {
    store.failNext(2, 1);
    await site.create();
    assert.deepEqual(asked("PUT"), [1, 2, 2, 2, 3].map((n) => `partNumber=${n}&uploadId`));
    assert.equal((await site.json("backup", "list")).backups[0].in_store, true);
  });
});

test("an upload that has to be given up leaves no parts in the store", async () => {
  await withLargeSite(async (site, store, asked) => {
    store.failNext(1000, 1);
    const { code, stderr } = await site.run("backup", "create");
    assert.equal(code, 1);
    assert.match(stderr, /was made, but not uploaded: .*it answers 503, .* \(5 attempts\)/);
    assert.deepEqual(asked("DELETE"), ["uploadId"]);
    store.failNext(0);
    assert.equal((await site.json("backup", "list")).backups[0].in_store, false);
  });
});

const errorBody = (code) =>
  `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>It is said so.</Message></Error>`;

test("a store that fails to put the parts together is asked again, whatever status it answers", async () => {
  await withLargeSite(async (site, store, asked) => {
    store.completions.push([503, ""], [200, errorBody("InternalError")]);
    await site.create();
    assert.deepEqual(asked("POST"), ["uploads=", "uploadId", "uploadId", "uploadId"]);
    assert.deepEqual(asked("DELETE"), []);
    assert.equal((await site.json("backup", "list")).backups[0].in_store, true);
  });
});

test("parts that can't be put together are no upload, and are removed", async () => {
  await withLargeSite(async (site, store, asked) => {
    store.completions.push([200, errorBody("InvalidPart")]);
    const { code, stderr } = await site.run("backup", "create");
    assert.equal(code, 1);
    assert.match(stderr, /was made, but not uploaded: .*can't put the parts together: InvalidPart: It is said so\./);
    assert.deepEqual(asked("POST"), ["uploads=", "uploadId"]);
    assert.deepEqual(asked("DELETE"), ["uploadId"]);
    assert.equal((await site.json("backup", "list")).backups[0].in_store, false);
  });
});

test("a store that refuses is quoted, and the backup stays", async () => {
  await withFolder(async (folder) => {
    await withStore(folder, async (env) => {
      const site = await new Site(folder, { ...env, S3_SECRET_ACCESS_KEY: "not-the-secret" }).fill();
      const { code, stderr } = await site.run("backup", "create");
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`was made, but not uploaded: .*${BUCKET}: it answers 403, SignatureDoesNotMatch`));
      assert.doesNotMatch(stderr, /not-the-secret/);
      const { backups } = await site.json("backup", "list", "--local");
      assert.equal(backups.length, 1);
    });
  });
});

// -- looking after the file ----------------------------------------------------------------------

test("db check, stats and vacuum", async () => {
  await withSite(async (site) => {
    await fill(site.database, 1_000_000);
    await runSql(site.database, "DELETE FROM filler");
    assert.deepEqual(
      await site.json("db", "check"), { database: site.database, ok: true, problems: [] });
    const stats = await site.json("db", "stats");
    assert.ok(stats.free_pages > 200);
    assert.equal(stats.tables.find(({ name }) => name === "posts").rows, 5);
    const { code, stdout } = await site.run("db", "vacuum");
    assert.equal(code, 0);
    assert.match(stdout, /: \d+ bytes before, \d+ bytes now\n$/);
    const again = await site.json("db", "vacuum");
    assert.ok(again.bytes_before > 0 && again.bytes_after > 0);
    const after = await site.json("db", "stats");
    assert.equal(after.free_pages, 0);
    assert.equal(after.position, stats.position);
  });
});

test("db check finds damage and says what it is", async () => {
  await withSite(async (site) => {
    await runSql(site.database, `
      INSERT INTO posts_tags (post_id, tag_id, inserted_at, updated_at) VALUES (77, 88, '', '')`);
    const { code, stdout } = await site.run("db", "check");
    assert.equal(code, 1);
    assert.match(stdout, /of posts_tags refers to a row of \w+ that is not there/);
  });
});

// What no trigger saw.
const SPOIL = "INSERT INTO posts_fts (rowid, post_id, title) VALUES (7000, 7000, 'Gone')";
const SPOILT = "posts_fts finds what is no longer there: 1 row, the first of them 7000";

test("a search index that disagrees with the posts is found, and made anew", async () => {
  await withSite(async (site) => {
    await runSql(site.database, SPOIL);
    const { code, stdout } = await site.run("db", "check");
    assert.equal(code, 1);
    assert.equal(stdout,
      `${site.database}: ${SPOILT}; \`coppice db reindex\` makes it anew\n`);
    const { position } = await site.json("db", "stats");
    const reindexed = await site.run("db", "reindex");
    assert.equal(reindexed.stdout, `${site.database}: made anew: posts_fts, projects_fts\n`);
    assert.equal((await site.run("db", "check")).code, 0);
    assert.notEqual((await site.json("db", "stats")).position, position);
  });
});

test("a backup with such an index is made, says so, and is mended when it is restored", async () => {
  await withSite(async (site) => {
    await runSql(site.database, SPOIL);
    const { code, stderr } = await site.run("backup", "create");
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`${SPOILT}; a restore mends that`));
    assert.deepEqual((await site.json("backup", "verify", "latest")).index_problems, [SPOILT]);
    const { stdout } = await site.run("backup", "restore", "latest");
    assert.ok(stdout.endsWith(`\nmade anew, since ${SPOILT}\n`), stdout);
    assert.equal((await site.run("db", "check")).code, 0);
  });
});

test("db reindex is done by the server that runs", async () => {
  await withServer({ prepare: holding(trees(3)) }, async (server) => {
    const onIt = (...args) => coppice(args, { cwd: server.folder, env: server.env });
    await runSql(server.database, "DELETE FROM posts_fts");
    const found = async () => (await server.json("/api/search?q=oak")).body.data.length;
    assert.equal(await found(), 0);
    assert.equal((await onIt("db", "check")).code, 1);
    const { code, stdout, stderr } = await onIt("db", "reindex", "--json");
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout).rebuilt, ["posts_fts", "projects_fts"]);
    assert.equal(await found(), 3);
    assert.equal((await onIt("db", "check")).code, 0);
    await withServer({}, async (other) => {
      const refused = await onIt("db", "reindex", "--socket", other.adminSocket);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /this server's database is .*, not /);
    });
  });
});

test("a server checks its own database when it is asked", async () => {
  await withServer({ prepare: holding(trees(3)) }, async (server) => {
    const checked = () => ask(server, "/v1/database/check", "POST");
    assert.deepEqual(await checked(), { database: server.database, ok: true, problems: [] });
    await runSql(server.database, SPOIL);
    assert.deepEqual(await checked(), {
      database: server.database, ok: false, problems: [`${SPOILT}; \`coppice db reindex\` makes it anew`] });
    const { status, body } = await operate(server, "/v1/database/check?database=/no/such.db", "POST");
    assert.equal(status, 409);
    assert.match(body, /this server's database is .*, not \/no\/such\.db/);
  });
});

test("a server verifies a backup when it is asked", async () => {
  const prepare = async (server) => {
    await holding(trees(3))(server);
    server.env.BACKUP_PATH = join(server.folder, "backups");
  };
  await withServer({ env: { BACKUP_SCHEDULE: "off" }, prepare }, async (server) => {
    const made = await ask(server, "/v1/backups", "POST");
    assert.deepEqual(await ask(server, "/v1/backups/verify?backup=latest", "POST"), made);
    await damage(made.file);
    const damaged = await operate(
      server, `/v1/backups/verify?backup=${encodeURIComponent(made.file)}`, "POST");
    assert.equal(damaged.status, 422);
    assert.match(damaged.body, /db\.zst is damaged: /);
    assert.equal((await operate(server, "/v1/backups/verify?backup=coppice-x.db.zst", "POST")).status, 404);
  });
});

test("db vacuum refuses while a server runs; check and stats don't", async () => {
  await withServer({}, async (server) => {
    const onIt = (command) => coppice(["db", command, "--database", server.database]);
    const { code, stderr } = await onIt("vacuum");
    assert.equal(code, 1);
    assert.match(stderr, /is being served already; .*; stop the server first: /);
    assert.equal((await onIt("check")).code, 0);
    assert.equal((await onIt("stats")).code, 0);
  });
});
