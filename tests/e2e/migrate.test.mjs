// `coppice migrate` as an operator uses it, and what a server makes of the databases it meets.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { operate } from "./support/admin.mjs";
import { ECTO_DATABASE } from "./support/ecto.mjs";
import { coppice, coppiceAsNobody, start, withFolder, withServer } from "./support/server.mjs";
import { querySql, runSql } from "./support/sql.mjs";
import { until, within } from "./support/wait.mjs";

// The last migration that the binary carries.
const LAST = readdirSync(fileURLToPath(new URL("../../migrations", import.meta.url)))
  .filter((name) => name.endsWith(".up.sql"))
  .sort()
  .at(-1)
  .replace(".up.sql", "");

// A database file for one test, a folder of migrations if `files` ({name: text}) has any, and
// `migrate(...)`, which runs `coppice migrate` on the two; `migrateAsNobody` does it without root's
// rights.
async function withDatabase(files, use) {
  await withFolder(async (folder) => {
    const database = join(folder, "test.db");
    const migrations = join(folder, "migrations");
    const own = Object.keys(files).length > 0;
    if (own) await mkdir(migrations);
    const write = (name, text) => writeFile(join(migrations, name), text);
    for (const [name, text] of Object.entries(files)) await write(name, text);
    const args = (command, options) =>
      ["migrate", command, "--database", database,
       ...(own ? ["--migrations", migrations] : []), ...options];
    const migrate = (command, ...options) => coppice(args(command, options));
    const migrateAsNobody = (command, ...options) => coppiceAsNobody(args(command, options));
    await use({ folder, database, migrations, migrate, migrateAsNobody, write });
  });
}

async function done(run) {
  const { code, stdout, stderr } = await run;
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split("\n");
}

async function refused(run, message) {
  const { code, stdout, stderr } = await run;
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, message);
}

async function statusOf({ migrate }) {
  return JSON.parse((await done(migrate("status", "--json"))).join(""));
}

async function versionsIn(database) {
  return (await querySql(database, "SELECT version FROM schema_migrations ORDER BY version")).flat();
}

const tablesIn = async (database) =>
  (await querySql(database, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")).flat();

const TREES = {
  "20300101000000_trees.up.sql": "CREATE TABLE trees (name);\n",
  "20300101000000_trees.down.sql": "DROP TABLE trees;\n",
  "20300102000000_rings.up.sql": "CREATE TABLE rings (year);\n",
  "20300102000000_rings.down.sql": "DROP TABLE rings;\n",
};

// Holds a database as a server does, until released.
async function held(database, use) {
  const holder = spawn("flock", ["-x", database, "sh", "-c", "echo held; read wait || :"]);
  const ended = once(holder, "close");
  await within("the lock", once(holder.stdout, "data"));
  try {
    await use(() => holder.stdin.end());
  } finally {
    holder.stdin.end();
    await ended;
  }
}

test("up makes the database, status shows it, and up again has nothing to do", async () => {
  await withDatabase({}, async ({ database, migrate }) => {
    const applied = await done(migrate("up"));
    assert.equal(applied.at(-1), `applied ${LAST}`);
    assert.deepEqual(await done(migrate("up")), ["nothing to do"]);
    const lines = await done(migrate("status"));
    assert.match(lines[0], /^STATE +VERSION +NAME +RECORDED/);
    assert.match(lines[1], /^applied +20251204090845 +create_posts +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d +coppice$/);
    assert.equal(lines.at(-1), `${applied.length} applied, 0 pending`);
    assert.equal((await versionsIn(database)).length, applied.length);
  });
});

test("up makes the database's folder too", async () => {
  await withFolder(async (folder) => {
    const database = join(folder, "new", "test.db");
    await done(coppice(["migrate", "up"], { env: { DATABASE_PATH: database } }));
    assert.ok(existsSync(database));
  });
});

test("status tells programs what it tells people", async () => {
  await withDatabase(TREES, async ({ database, migrate }) => {
    await done(migrate("to", "20300101000000"));
    const status = await statusOf({ migrate });
    assert.match(status.migrations[0].recorded_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    delete status.migrations[0].recorded_at;
    assert.deepEqual(status, {
      database,
      applied: 1,
      pending: 1,
      warnings: [],
      migrations: [
        { version: 20300101000000, name: "trees", state: "applied", by_coppice: true, edited: false },
        { version: 20300102000000, name: "rings", state: "pending", by_coppice: false,
          edited: false, recorded_at: null },
      ],
    });
  });
});

test("status of a database that isn't there says so and makes none", async () => {
  await withDatabase({}, async ({ folder, database, migrate }) => {
    await refused(migrate("status"), new RegExp(`there is no database at ${database}`));
    await refused(migrate("down"), /there is no database at/);
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("status of a database without tables has everything pending, and leaves it so", async () => {
  await withDatabase(TREES, async ({ database, migrate }) => {
    await writeFile(database, "");
    assert.equal((await statusOf({ migrate })).pending, 2);
    assert.deepEqual(await tablesIn(database), []);
  });
});

test("status reads a database in a folder that takes no files", async () => {
  await withDatabase(TREES, async ({ folder, database, migrate, migrateAsNobody }) => {
    await done(migrate("up"));
    await chmod(database, 0o444);
    await chmod(folder, 0o555);
    try {
      assert.equal((await statusOf({ migrate: migrateAsNobody })).applied, 2);
      await refused(migrateAsNobody("down"), /can't be written: Permission denied/);
    } finally {
      await chmod(folder, 0o755);
    }
  });
});

test("down undoes the last ones, and up applies them again", async () => {
  await withDatabase(TREES, async ({ database, migrate }) => {
    await done(migrate("up"));
    assert.deepEqual(await done(migrate("down")), ["undone 20300102000000_rings"]);
    assert.ok(!(await tablesIn(database)).includes("rings"));
    assert.deepEqual(await done(migrate("up")), ["applied 20300102000000_rings"]);
    assert.deepEqual(await done(migrate("down", "--steps", "2")),
      ["undone 20300102000000_rings", "undone 20300101000000_trees"]);
    assert.deepEqual(await versionsIn(database), []);
    await refused(migrate("down"), /there is nothing to undo/);
  });
});

test("to goes either way, and to nothing at all", async () => {
  await withDatabase(TREES, async ({ database, migrate }) => {
    assert.deepEqual(await done(migrate("to", "20300101000000")), ["applied 20300101000000_trees"]);
    assert.deepEqual(await done(migrate("to", "20300102000000")), ["applied 20300102000000_rings"]);
    assert.deepEqual(await done(migrate("to", "20300101000000")), ["undone 20300102000000_rings"]);
    assert.deepEqual(await done(migrate("to", "0")), ["undone 20300101000000_trees"]);
    assert.deepEqual(await versionsIn(database), []);
    await refused(migrate("to", "20300101"), /there is no migration 20300101/);
  });
});

test("redo runs the last one's down and up files", async () => {
  await withDatabase(TREES, async ({ database, migrate }) => {
    await done(migrate("up"));
    await runSql(database, "INSERT INTO rings VALUES (1999)");
    assert.deepEqual(await done(migrate("redo")),
      ["undone 20300102000000_rings", "applied 20300102000000_rings"]);
    assert.deepEqual(await querySql(database, "SELECT * FROM rings"), []);
  });
});

test("what the binary carries can be undone and applied again", async () => {
  await withDatabase({}, async ({ database, migrate }) => {
    const applied = await done(migrate("up"));
    const undone = await done(migrate("to", "0"));
    assert.deepEqual(undone, applied.map((line) => line.replace("applied", "undone")).reverse());
    assert.deepEqual(await versionsIn(database), []);
    assert.deepEqual(await done(migrate("up")), applied);
  });
});

test("a dry run prints the SQL and changes nothing", async () => {
  await withDatabase(TREES, async ({ folder, database, migrate }) => {
    const plan = await done(migrate("up", "--dry-run"));
    assert.match(plan[0], /^-- would apply: .*20300101000000_trees\.up\.sql$/);
    assert.equal(plan[1], "CREATE TABLE trees (name);");
    assert.deepEqual(readdirSync(folder), ["migrations"]);
    await done(migrate("up"));
    const before = await versionsIn(database);
    for (const command of [["down"], ["redo"], ["to", "0"]]) {
      assert.match((await done(migrate(...command, "--dry-run")))[0], /^-- would undo: .*rings/);
    }
    assert.deepEqual(await versionsIn(database), before);
  });
});

test("what was done, or would be, is there for programs as well", async () => {
  await withDatabase(TREES, async ({ database, migrate }) => {
    const told = async (...command) => JSON.parse((await done(migrate(...command, "--json"))).join(""));
    const planned = await told("up", "--dry-run");
    assert.ok(planned.dry_run && planned.steps.every(({ direction, ran }) => direction === "up" && !ran));
    const applied = await told("up");
    assert.equal(applied.database, database);
    assert.deepEqual(applied.steps, planned.steps.map(({ sql, ...step }) => ({ ...step, ran: true })));
    assert.equal(applied.failed, null);
    assert.deepEqual(applied.steps.map(({ version }) => version), (await versionsIn(database)).map(String));
    assert.deepEqual((await told("up")).steps, []);
    const [undone] = (await told("down")).steps;
    assert.deepEqual(undone, { ...applied.steps.at(-1), direction: "down" });
  });
});

test("programs are told in one document what was done before a step failed, and which one that was", async () => {
  const broken = { ...TREES, "20300103000000_leaves.up.sql": "CREATE TABLE leaves (name);\nINSERT INTO twigs VALUES (1);\n" };
  await withDatabase(broken, async ({ database, migrate }) => {
    await done(migrate("to", "20300101000000"));
    const { code, stdout, stderr } = await migrate("up", "--json");
    assert.equal(code, 1, stderr);
    const { steps, failed } = JSON.parse(stdout);
    assert.deepEqual(steps, [{ version: "20300102000000", name: "rings", direction: "up", ran: true }]);
    const { reason, ...step } = failed;
    assert.deepEqual(step, { version: "20300103000000", name: "leaves", direction: "up" });
    assert.match(reason, /leaves\.up\.sql:2: no such table: twigs/);
    assert.ok(stderr.includes(reason), stderr);
    assert.deepEqual(await versionsIn(database), [20300101000000, 20300102000000]);
    assert.ok(!(await tablesIn(database)).includes("leaves"));
  });
});

test("a dry run tells programs the SQL that it shows people", async () => {
  await withDatabase(TREES, async ({ migrate }) => {
    const steps = async (...command) =>
      JSON.parse((await done(migrate(...command, "--dry-run", "--json"))).join("")).steps;
    const shown = async (...command) => (await done(migrate(...command, "--dry-run"))).join("\n");
    const up = await steps("up");
    assert.deepEqual(up.map(({ sql }) => sql),
      [TREES["20300101000000_trees.up.sql"], TREES["20300102000000_rings.up.sql"]]);
    const text = await shown("up");
    for (const { sql } of up) assert.ok(text.includes(sql.trim()), sql);
    await done(migrate("up"));
    const [down] = await steps("down");
    assert.ok((await shown("down")).includes(down.sql.trim()), down.sql);
    assert.deepEqual(await steps("up"), []);
  });
});

test("processes that migrate a new database at the same time do it once", async () => {
  await withDatabase({}, async ({ database, migrate }) => {
    const runs = await Promise.all([1, 2, 3, 4].map(() => done(migrate("up", "--wait", "60"))));
    const applied = runs.flat().filter((line) => line.startsWith("applied "));
    const versions = await versionsIn(database);
    assert.equal(applied.length, versions.length);
    assert.equal(new Set(applied).size, versions.length);
  });
});

test("two who are told at the same time to undo the last one undo one", async () => {
  await withDatabase(TREES, async ({ database, migrations, migrate }) => {
    await done(migrate("up"));
    await held(database, async (release) => {
      const runs = [1, 2].map(() => start(["migrate", "down", "--database", database,
                                           "--migrations", migrations, "--wait", "60"]));
      try {
        // Each says so once it has decided what to do.
        await until("both to wait", () => runs.every(({ stderr }) => /waiting for/.test(stderr)));
        release();
        const ends = await Promise.all(runs.map(({ ended }) => within("both to end", ended)));
        assert.deepEqual(ends.map(({ code }) => code), [0, 0]);
        assert.deepEqual(runs.map(({ stdout }) => stdout.trim()).sort(),
          ["already undone 20300102000000_rings", "undone 20300102000000_rings"]);
      } finally {
        for (const { child } of runs) child.kill("SIGKILL");
      }
    });
    assert.deepEqual(await versionsIn(database), [20300101000000]);
  });
});

test("a database that a server has can be looked at, not changed", async () => {
  await withServer({}, async (server) => {
    const migrate = (...args) => coppice(["migrate", ...args, "--database", server.database]);
    for (const command of ["down", "redo"]) {
      await refused(migrate(command, "--wait", "0"), /is in use: by a server, .*coppice stop/);
    }
    assert.match((await done(migrate("down", "--dry-run")))[0], /^-- would undo/);
    assert.match((await done(migrate("status"))).at(-1), / 0 pending$/);
    assert.deepEqual(await done(migrate("up")), ["nothing to do"]);
    assert.equal((await server.get("/health")).status, 200);
  });
});

test("a file that was edited after it had run is reported, and redo settles it", async () => {
  await withDatabase(TREES, async ({ database, migrate, write }) => {
    await done(migrate("up"));
    await write("20300102000000_rings.up.sql", "CREATE TABLE rings (year, width);\n");
    const { code, stdout, stderr } = await migrate("status");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^edited +20300102000000 +rings /m);
    assert.match(stderr, /^warning: migration 20300102000000_rings was edited after it had run/m);
    assert.match((await statusOf({ migrate })).warnings[0], /rings was edited/);
    assert.match((await migrate("up")).stderr, /rings was edited/);
    await done(migrate("redo"));
    assert.deepEqual((await statusOf({ migrate })).warnings, []);
    await runSql(database, "INSERT INTO rings (width) VALUES (2)");
  });
});

test("a server warns of an edited migration and serves", async () => {
  const prepare = async ({ folder, database }) => {
    await mkdir(join(folder, "database"));
    await done(coppice(["migrate", "up", "--database", database]));
    await runSql(database, `UPDATE coppice_migrations SET checksum = 'another'
                            WHERE version || '_' || label = '${LAST}'`);
  };
  await withServer({ prepare }, async (server) => {
    assert.equal((await server.get("/health")).status, 200);
    assert.match(server.log, new RegExp(` warning migration ${LAST} was edited after it had run`));
  });
});

test("a file that fails is named with its line, and the schema is what it was", async () => {
  const broken = {
    "20300103000000_leaves.up.sql":
      "CREATE TABLE leaves (shape);\n\n-- Not made yet:\nINSERT INTO twigs\n  VALUES (1);\n",
  };
  await withDatabase({ ...TREES, ...broken }, async ({ database, migrate, write }) => {
    const { code, stdout, stderr } = await migrate("up");
    assert.equal(code, 1);
    assert.match(stderr, /20300103000000_leaves\.up\.sql:4: no such table: twigs; statement: INSERT INTO twigs VALUES \(1\)/);
    assert.match(stdout, /^applied 20300102000000_rings$/m);
    const tables = await tablesIn(database);
    assert.ok(tables.includes("rings") && !tables.includes("leaves"), tables);
    assert.deepEqual(await versionsIn(database), [20300101000000, 20300102000000]);
    await write("20300103000000_leaves.up.sql", "CREATE TABLE leaves (shape);\n");
    assert.deepEqual(await done(migrate("up")), ["applied 20300103000000_leaves"]);
  });
});

test("a file without a transaction may vacuum; half done, it starts over", async () => {
  const compact = {
    "20300103000000_compact.up.sql":
      "-- coppice:no-transaction\n" +
      "CREATE TABLE IF NOT EXISTS notes (text);\nVACUUM;\nINSERT INTO twigs VALUES (1);\n",
  };
  await withDatabase({ ...TREES, ...compact }, async ({ database, migrate }) => {
    await refused(migrate("up"), /compact\.up\.sql:4: no such table: twigs; .*what the 2 statements before it committed stays/);
    assert.ok((await tablesIn(database)).includes("notes"));
    assert.deepEqual(await versionsIn(database), [20300101000000, 20300102000000]);
    await runSql(database, "CREATE TABLE twigs (x)");
    assert.deepEqual(await done(migrate("up")), ["applied 20300103000000_compact"]);
  });
});

test("a folder or a file that is none is named", async () => {
  await withDatabase({ "20300101_short.up.sql": "" }, async ({ folder, migrate }) => {
    await refused(migrate("status"), /20300101_short\.up\.sql: a migration is named/);
    await refused(coppice(["migrate", "status", "--migrations", join(folder, "none")]), /none: No such/);
  });
});

test("a wrong command line is told from a failure", async () => {
  for (const args of [[], ["to"], ["to", "x"], ["down", "--steps", "0"], ["up", "--wait", "-1"],
                      ["sideways"]]) {
    const { code } = await coppice(["migrate", ...args]);
    assert.equal(code, 2, args.join(" "));
  }
});

// Migrated by a later release: with all of ours, and one that we don't know.
async function makeNewer(database) {
  await done(coppice(["migrate", "up", "--database", database]));
  await addNewer(database);
}

async function addNewer(database) {
  await runSql(database, `
    INSERT INTO schema_migrations VALUES (20991231000000, '2099-12-31T00:00:00');
    INSERT INTO coppice_migrations VALUES (20991231000000, 'rings', 'of-theirs');`);
}

test("a database of a later release is changed only when that is allowed", async () => {
  await withDatabase({}, async ({ database, migrate }) => {
    await makeNewer(database);
    for (const command of [["up"], ["down"], ["redo"], ["to", "0"], ["up", "--dry-run"]]) {
      await refused(migrate(...command), /migration 20991231000000_rings, which is newer than this binary's/);
    }
    assert.match((await done(migrate("status"))).join("\n"), /^newer +20991231000000 +rings/m);
    assert.deepEqual(await done(migrate("up", "--allow-newer")), ["nothing to do"]);
    assert.deepEqual(await done(migrate("down", "--allow-newer")), [`undone ${LAST}`]);
  });
});

test("a later release that migrates while this one waits is noticed", async () => {
  await withDatabase(TREES, async ({ database, migrations, migrate }) => {
    await done(migrate("up"));
    await held(database, async (release) => {
      const run = start(["migrate", "down", "--database", database, "--migrations", migrations,
                         "--wait", "60"]);
      try {
        await until("it to wait", () => /waiting for/.test(run.stderr));
        await addNewer(database);
        release();
        assert.equal((await within("its end", run.ended)).code, 1);
        assert.match(run.stderr, /20991231000000_rings, which is newer/);
      } finally {
        run.child.kill("SIGKILL");
      }
    });
    assert.ok((await tablesIn(database)).includes("rings"));
  });
});

const withNewer = async ({ folder, database }) => {
  await mkdir(join(folder, "database"));
  await makeNewer(database);
};

test("a server stays up and unready on a database of a later release, and says why", async () => {
  await withServer({ prepare: withNewer }, async (server) => {
    assert.equal((await server.get("/health")).status, 503);
    assert.equal((await server.get("/api/health")).status, 200);
    const { stdout } = await server.command("inspect", "/database/migrator");
    assert.match(stdout, /20991231000000_rings, which is newer .*COPPICE_ALLOW_NEWER_SCHEMA=true/);
  });
});

test("a server uses a database of a later release when it is told to", async () => {
  const env = { COPPICE_ALLOW_NEWER_SCHEMA: "true" };
  await withServer({ prepare: withNewer, env }, async (server) => {
    assert.equal((await server.get("/health")).status, 200);
    assert.match(server.log, /migration 20991231000000_rings is of a later release/);
  });
});

test("a server on which a migration fails is up, says where, and recovers by itself", async () => {
  const prepare = async ({ folder, database }) => {
    await mkdir(join(folder, "database"));
    await runSql(database, "CREATE VIEW posts_fts_source AS SELECT 1");
  };
  await withServer({ prepare }, async (server) => {
    assert.equal((await server.get("/health")).status, 503);
    assert.equal((await server.get("/api/posts")).status, 503);
    const { stdout } = await server.command("inspect", "/database/migrator");
    assert.match(stdout, /20260105080100_index_posts\.up\.sql:\d+: .*already exists; statement: CREATE VIEW/);
    assert.equal((await versionsIn(server.database)).at(-1), 20260105080000);
    await runSql(server.database, "DROP VIEW posts_fts_source");
    await until("the server to be ready", async () => (await server.get("/health")).status === 200);
  });
});

test("a failed migration need not wait for its next attempt once its cause is gone", async () => {
  const prepare = async ({ folder, database }) => {
    await mkdir(join(folder, "database"));
    await runSql(database, "CREATE VIEW posts_fts_source AS SELECT 1");
  };
  await withServer({ prepare }, async (server) => {
    const up = () => operate(server, "/v1/migrations/up", "POST");
    // Each failure makes the pause longer, up to 30 s.
    for (let n = 0; n < 6; ++n) {
      const { status, body } = await up();
      assert.equal(status, 500, body);
      assert.match(JSON.parse(body).errors.detail, /20260105080100_index_posts\.up\.sql:\d+: .*already exists/);
    }
    const command = ["migrate", "up", "--database", server.database, "--socket", server.adminSocket];
    await refused(coppice(command), /index_posts\.up\.sql:\d+: .*already exists/);
    await runSql(server.database, "DROP VIEW posts_fts_source");
    const steps = await done(coppice(command));
    assert.match(steps[0], /^applied 20260105080100_index_posts$/);
    assert.equal(steps.at(-1), `applied ${LAST}`);
    assert.equal((await server.get("/health")).status, 200);
    assert.deepEqual(JSON.parse((await up()).body).steps, []);
  });
});

test("a database of an Ecto application is taken over with its rows", async () => {
  const prepare = async ({ folder, database }) => {
    await mkdir(join(folder, "database"));
    await runSql(database, ECTO_DATABASE);
  };
  await withServer({ prepare }, async (server) => {
    assert.equal((await server.get("/health")).status, 200, server.log);
    const { body } = await server.json("/api/posts/oak");
    assert.equal(body.data.title, "Oak");
    const found = await server.json("/api/search?q=acorns");
    assert.equal(found.body.data.length, 1);
    const rows = await querySql(server.database,
      "SELECT version, inserted_at FROM schema_migrations WHERE version IN (20251204090845, 20260301000000)");
    assert.deepEqual(rows, [[20251204090845, "2025-12-04T09:20:11"],
                            [20260301000000, "2026-03-01T00:00:10"]]);
    const lines = await done(coppice(["migrate", "status", "--database", server.database]));
    assert.match(lines.join("\n"), /^applied +20251204090845 +create_posts +2025-12-04T09:20:11 +another application$/m);
    assert.match(lines.join("\n"), /^foreign +20260301000000 +2026-03-01T00:00:10 +another application$/m);
    assert.doesNotMatch(server.log, /warn/);
  });
});

test("what the Ecto application ran is not undone", async () => {
  await withDatabase({}, async ({ database, migrate }) => {
    await runSql(database, ECTO_DATABASE);
    await done(migrate("up"));
    await refused(migrate("to", "0"), /add_permalinks cannot be undone: .*undo it with the application that did/);
    await done(migrate("down", "--steps", "100"));
    assert.deepEqual(await versionsIn(database),
      [20251204090845, 20251204093012, 20251204093347, 20251216120543, 20260301000000]);
    assert.deepEqual(await querySql(database, "SELECT id, title, permalinks FROM posts"),
      [[11, "Oak", '["old-oak"]']]);
    assert.ok((await done(migrate("up"))).every((line) => line.startsWith("applied ")));
  });
});
