// docs/operations: each message of its table is what the program says in that situation, and each block
// of commands does what its page says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import test, { describe } from "node:test";
import { promisify } from "node:util";
import WebSocket from "ws";
import { editor } from "./support/changes.mjs";
import { withClients } from "./support/clients.mjs";
import { ECTO_DATABASE } from "./support/ecto.mjs";
import { RawConnection, exchange } from "./support/raw_http.mjs";
import { blocks, follow, messages, patternOf } from "./support/runbook.mjs";
import { BINARY, Server, coppice, coppiceAsNobody, withFolder, withServer } from "./support/server.mjs";
import { runSql, whileHeld } from "./support/sql.mjs";
import { until, within } from "./support/wait.mjs";

const run = promisify(execFile);
const UPGRADE = ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13",
                 "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="];
const SOCKET = "/socket/websocket?vsn=2.0.0";
const PAGE = "origin: https://other.example";

// -- what the program says -----------------------------------------------------------------------

// What a server says that can't start, with an environment that is changed by `change`.
function startFails(change = async () => {}, start = coppice) {
  return withFolder(async (folder) => {
    const server = new Server(folder);
    await change(server);
    const { code, stderr } = await start(["server"], { env: server.env, cwd: folder });
    assert.ok(code === 1 || code === 2, `${code}: ${stderr}`);
    return stderr;
  });
}

// What a server has in its log once that matches.
function logs(options, pattern, meanwhile = async () => {}) {
  return saysWhile(options, async (server) => {
    await meanwhile(server);
    await until(`${pattern}`, () => pattern.test(server.log));
    return server.log;
  });
}

async function saysWhile(options, use) {
  let said;
  await withServer(options, async (server) => (said = await use(server)));
  return said;
}

function answers(server, path, headers) {
  const lines = ["host: site.example", "connection: close", ...headers];
  return exchange(server.port, `GET ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
}

// The head of what comes first.
async function upgraded(server, headers) {
  const connection = new RawConnection(server.port);
  try {
    connection.send(`GET ${SOCKET} HTTP/1.1\r\n${["host: x", ...headers].join("\r\n")}\r\n\r\n`);
    return await connection.receive(/\r\n\r\n/);
  } finally {
    connection.destroy();
  }
}

const answer = (env, path, headers) =>
  saysWhile({ env }, (server) => answers(server, path, headers));

// Runs `use` with a file system of its own at `folder`, of so many bytes; skips the test where that is
// not allowed.
async function withVolume(t, folder, size, use) {
  if (process.getuid() !== 0) return t.skip("mounting needs root");
  await mkdir(folder, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]);
  } catch {
    return t.skip("mounting is not allowed here");
  }
  try {
    return await use(() => run("mount", ["-o", "remount,ro", folder]));
  } finally {
    await run("umount", ["--lazy", folder]);
  }
}

function onReadOnlyVolume(t, fill) {
  return withFolder(async (folder) => {
    const server = new Server(folder);
    return await withVolume(t, join(folder, "database"), "8m", async (makeReadOnly) => {
      await fill(server);
      await makeReadOnly();
      return (await coppice(["server"], { env: server.env, cwd: folder })).stderr;
    });
  });
}

// A root as a container has it, an overlay, on which the command that comes behind this one runs.
const OVERLAY = `
set -e
mount -t tmpfs none "$0"
mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
mount -t proc proc "$0/root/proc"
mount --rbind /dev "$0/root/dev"
cp "$1" "$0/root/coppice"  # which may be on a mount of its own
shift
exec chroot "$0/root" /coppice "$@"`;

async function withoutVolume(t) {
  if (process.getuid() !== 0) return t.skip("mounting needs root");
  return await withFolder(async (root) => {
    const launcher = ["unshare", "--mount", "sh", "-c", OVERLAY, root];
    try {
      await run(launcher[0], [...launcher.slice(1), BINARY, "--version"]);
    } catch {
      return t.skip("mounting is not allowed here");
    }
    const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) };
    const prepare = async (server) => {
      server.launcher = launcher;
      server.env.DATABASE_PATH = "/srv/coppice-without-volume/coppice.db";
    };
    return await logs({ env, prepare }, /goes with the container/);
  });
}

async function migrateUp({ database }) {
  assert.equal((await coppice(["migrate", "up", "--database", database])).code, 0);
}

const withTables = (statements) => async ({ folder, database }) => {
  await mkdir(join(folder, "database"), { recursive: true });
  await runSql(database, statements);
};

// Expects that clients get in with these headers, which are what the fix comes to.
async function getsIn(server, headers = UPGRADE) {
  assert.match(await upgraded(server, headers), /^HTTP\/1\.1 101 /);
}

// Runs `use` with a proxy before a server that speaks plain HTTP to it: {port}. What is meant for one
// connection alone it leaves out, as a proxy has to unless it is told otherwise.
async function withPlainProxy(server, use) {
  const proxy = createServer((asked, answered) => {
    const { connection, upgrade, ...headers } = asked.headers;
    const { method, url: path } = asked;
    request({ host: "127.0.0.1", port: server.port, method, path, headers }, (answer) => {
      answered.writeHead(answer.statusCode, answer.headers);
      answer.pipe(answered);
    }).on("error", () => answered.destroy()).end();
  });
  await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
  try {
    return await use({ port: proxy.address().port });
  } finally {
    proxy.closeAllConnections();
    await new Promise((closed) => proxy.close(closed));
  }
}

// A transport of clients that offer a subprotocol of their own.
class Talking extends WebSocket {
  constructor(url) {
    super(url, ["talk"]);
  }
}

// Clients of which none gets in, while the server's answer says why.
async function reconnects(server, use) {
  await withClients({ socketUrl: `ws://127.0.0.1:${server.port}/socket` }, async (client) => {
    const lost = client("ada", { reconnectAfterMs: () => 10, ...use });
    await until("it to have tried again and again", () => lost.errors.length > 3);
    assert.equal(lost.opens, 0);
  });
}

// {symptom: how to provoke it}; each answers what the program says.
const SITUATIONS = {
  "a variable is missing": () => startFails(async (server) => {
    Object.assign(server.env, { COPPICE_ENV: "prod" });
  }),
  "a variable is wrong": () => startFails(async ({ env }) => (env.PORT = "eighty")),
  "the port is in use": () => saysWhile({}, (first) =>
    startFails(async ({ env }) => (env.PORT = String(first.port)))),
  "the operators' socket is in use": () => saysWhile({}, (first) =>
    startFails(async ({ env }) => (env.ADMIN_SOCKET = first.adminSocket))),
  "a second server on one database": () => saysWhile({}, (first) =>
    startFails(async ({ env }) => (env.DATABASE_PATH = first.database))),
  "the database is locked at the start": () => withFolder(async (folder) => {
    const database = join(folder, "test.db");
    await runSql(database, "CREATE TABLE t (x)");
    return await whileHeld(database, () =>
      startFails(async ({ env }) => (env.DATABASE_PATH = database)));
  }),
  "the database is locked while a server runs": () => saysWhile({}, (server) =>
    whileHeld(server.database, async () => {
      const { code, stderr } = await server.command(
        "user", "add", "ada@example.com", "--generate-password", "--database", server.database);
      assert.equal(code, 1);
      assert.equal((await server.get("/api/posts")).status, 200);
      return stderr;
    })),
  "writes are answered 503 after five seconds, reads go on": () => saysWhile({}, async (server) => {
    const { token } = await editor(server);
    return await whileHeld(server.database, async () => {
      const { status } = await server.get("/api/posts", {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ title: "oak", slug: "oak", raw_body: "x" }),
      });
      assert.equal(status, 503);
      assert.equal((await server.get("/api/posts")).status, 200);
      await until("the reason in the log", () => /error POST \S+ failed/.test(server.log));
      return server.log;
    });
  }),
  "the volume is missing": () => startFails(async ({ env }) =>
    (env.DATABASE_PATH = "/proc/volume/coppice.db")),
  "no volume is mounted, in a container": withoutVolume,
  "the volume is read-only, and empty": (t) => onReadOnlyVolume(t, async () => {}),
  "the volume is read-only, with a database": (t) => onReadOnlyVolume(t, migrateUp),
  "the folder is somebody else's": () => startFails(async ({ folder, env }) => {
    await mkdir(join(folder, "database"));
    await chmod(folder, 0o755);
    await chmod(join(folder, "database"), 0o555);
    Object.assign(env, { ADMIN_SOCKET: `@coppice-${process.pid}`, CRASH_PATH: "/tmp/coppice-nobody" });
  }, coppiceAsNobody),
  "little room on the disk": () =>
    logs({ env: { DATABASE_MIN_FREE_MB: "1073741824" } }, /takes no writes/),
  "the disk is full": (t) => withFull(t, (server) => server.log),
  "no writes, reads go on": (t) => withFull(t, async (server) => {
    const { status, body } = await server.json("/health");
    assert.equal(status, 200);
    assert.equal((await server.get("/api/posts")).status, 200);
    return JSON.stringify(body);
  }),
  "a migration failed": () => logs(
    { prepare: withTables("CREATE VIEW posts_fts_source AS SELECT 1") }, /error migrations: /),
  "a later release has been here": () => logs({
    prepare: async (server) => {
      await migrateUp(server);
      await runSql(server.database, `
        INSERT INTO schema_migrations VALUES (29990101000000, '2999-01-01T00:00:00');
        INSERT INTO coppice_migrations VALUES (29990101000000, 'later', 'x');`);
    },
  }, /error migrations: /),
  "a redirect loop behind a proxy": () => saysWhile({ env: { FORCE_SSL: "true" } }, async (server) => {
    const before = await answers(server, "/api/posts?limit=1", ["x-forwarded-proto: https, http"]);
    assert.match(before, /^HTTP\/1\.1 301 /);
    assert.match(before, /location: https:\/\/site\.example\/api\/posts\?limit=1\r\n/);
    assert.match(await answers(server, "/api/posts", ["x-forwarded-proto: https"]), /^HTTP\/1\.1 200 /);
    return before;
  }),
  "an origin is refused": () =>
    saysWhile({ env: { PHX_HOST: "site.example" } }, async (server) => {
      await getsIn(server);
      await getsIn(server, [...UPGRADE, "origin: https://site.example"]);
      return await answers(server, SOCKET, [...UPGRADE, PAGE]);
    }),
  "an origin is refused over long poll": () =>
    answer({ CORS_ORIGINS: "https://site.example" }, "/socket/longpoll?vsn=2.0.0", [PAGE]),
  "clients reconnect in a loop: token": () => saysWhile({}, async (server) => {
    await reconnects(server, { authToken: "ended" });
    await getsIn(server);
    return await answers(server, `${SOCKET}&token=ended`, UPGRADE);
  }),
  "clients reconnect in a loop: proxy": () => saysWhile({}, (server) =>
    withPlainProxy(server, async (proxy) => {
      await reconnects(proxy, {});
      await getsIn(server);
      return await upgraded(proxy, UPGRADE);
    })),
  "clients reconnect in a loop: version": () => saysWhile({}, async (server) => {
    await reconnects(server, { vsn: "9.0.0" });
    await getsIn(server);
    return await answers(server, SOCKET.replace("2.0.0", "9.0.0"), UPGRADE);
  }),
  "clients reconnect in a loop: subprotocol": () => saysWhile({}, async (server) => {
    await reconnects(server, { transport: Talking });
    await getsIn(server);
    await getsIn(server, [...UPGRADE, "sec-websocket-protocol: phoenix"]);
    return await answers(server, SOCKET, [...UPGRADE, "sec-websocket-protocol: talk"]);
  }),
  "clients reconnect in a loop: no room": () =>
    logs({ env: { MAX_CONNECTIONS: "1", MIN_BODY_RATE: "0" } }, /warning turned /, async (server) => {
      const first = new RawConnection(server.port);
      try {
        // With another one that lacks its body, since who is idle makes room for others.
        const head = "GET /api/health HTTP/1.1\r\nhost: x\r\n";
        first.send(`${head}\r\n${head}content-length: 1\r\n\r\n`);
        await first.receive(/"status":"ok"/);
        await reconnects(server, {});
      } finally {
        first.destroy();
      }
    }),
  "the process ends by itself": () => saysWhile({}, async (server) => {
    const crash = () => new Promise((done) => {
      request({ socketPath: server.adminSocket, path: "/v1/crash?path=%2Fpubsub", method: "POST" },
              (response) => response.resume().once("close", () => done(true)))
        .once("error", () => done(false)).end();
    });
    await until("the end of the crashes", async () => !(await crash()));
    await within("the end", server.ended);
    return server.log;
  }),
};

function withFull(t, use) {
  return withFolder(async (folder) => {
    const server = new Server(folder, { DATABASE_MIN_FREE_MB: "0" });
    const volume = join(folder, "database");
    return await withVolume(t, volume, "4m", async () => {
      try {
        await server.start();
        await run("dd", ["if=/dev/zero", `of=${join(volume, "rest")}`, "bs=64k"]).catch(() => {});
        await server.command("user", "add", "ada@example.com", "--generate-password",
                             "--database", server.database);
        await until("the writer to say so", () => /takes no writes/.test(server.log));
        return await use(server);
      } finally {
        await server.destroy();
      }
    });
  });
}

describe("docs/operations: the table", async () => {
  const table = await messages();

  test("every row is provoked", () => {
    assert.deepEqual([...table.keys()].sort(), Object.keys(SITUATIONS).sort());
  });

  for (const [symptom, message] of table) {
    test(`${symptom}: the message is the program's`, async (t) => {
      const said = await SITUATIONS[symptom](t);
      if (said !== undefined) assert.match(said, patternOf(message));
    });
  }
});

// -- what the pages have one do ------------------------------------------------------------------

// A machine with a server, and the shell that the overview sets up.
const FIRST_DEPLOY = ["first-deploy.md 0", "first-deploy.md 1", "README.md 0", "first-deploy.md 2"];
const LAST_STEP = `coppice migrate status | awk '$1 == "applied" { last = $2 } END { print last }'`;
const NOTHING_LOST = `$ curl -fsS localhost:4000/api/posts/oak | grep -q '"title":"Oak"' && echo oak is there`;

// A command after `!` would end no script, whatever it finds.
const NOT_IN_IT = (what) => `$ grep -qF ${what} /etc/coppice/coppice.env && exit 1 || true`;
const ONE_SECRET = "$ test $(grep -c '^SECRET_KEY_BASE=.' /etc/coppice/coppice.env) = 1";
const IN_PHOENIX = (sql) =>
  `$ python3 -c "import sqlite3; print(sqlite3.connect('/srv/app/app.db').execute('${sql}').fetchall())"`;

const FOLLOWED = {
  "the first deploy serves, in production, with an administrator and a backup": {
    steps: FIRST_DEPLOY,
    expect: [/the environment is well\n/, /"status":"healthy"/, /verified\n/,
             /you@example\.com is now admin\npassword: \S+\n/],
  },
  // The release before is the same program, which is told that it knew less.
  "an upgrade, and the way back with its schema": {
    steps: [...FIRST_DEPLOY, "upgrades.md 0",
            `$ test "$(cat /var/lib/coppice/schema-before)" = "$(${LAST_STEP})"`,
            "upgrades.md 1", "upgrades.md 2",
            "$ coppice migrate status --json | grep -o '\"version\":[0-9]*' | tail -2 | head -1 |" +
            " cut -d: -f2 >/var/lib/coppice/schema-before",
            "upgrades.md 3",
            `$ test "$(cat /var/lib/coppice/schema-before)" = "$(${LAST_STEP})"`,
            "upgrades.md 4"],
    expect: [/0 pending\n/, /-- would undo: /, /undone \d{14}/, /, 1 pending\n/],
  },
  "a backup, the drill and the restore": {
    steps: [...FIRST_DEPLOY, "backups.md 0", "backups.md 1", "backups.md 2", "backups.md 3",
            "$ coppice user add later@example.com --generate-password",
            "backups.md 4"],
    expect: [/db\.zst is good: /, /drill\.db is now the backup of /, /drill\.db: ok\n/, /"data":\[/,
             /coppice\.db is now the backup of [^]*coppice\.db is now the backup of /],
  },
  "another secret": {
    steps: [...FIRST_DEPLOY, "$ first=$SECRET_KEY_BASE", "secrets.md 0",
            '$ grep -qx "SECRET_KEY_BASE_PREVIOUS=$first" /etc/coppice/coppice.env',
            NOT_IN_IT('-xe "SECRET_KEY_BASE=$first"'),
            "secrets.md 1", NOT_IN_IT('-e "$first"'), ONE_SECRET,
            `$ leaked=$(sed -n 's/^SECRET_KEY_BASE=//p' /etc/coppice/coppice.env)`,
            "secrets.md 2", NOT_IN_IT('-e "$leaked"'), ONE_SECRET],
    expect: [],
  },
  "a database of Phoenix and Ecto": {
    prepare: (machine) => runSql(join(machine, "srv/app/app.db"), ECTO_DATABASE),
    steps: [...FIRST_DEPLOY, "from-phoenix.md 0", "from-phoenix.md 1", NOTHING_LOST, "from-phoenix.md 2",
            IN_PHOENIX("PRAGMA integrity_check"), IN_PHOENIX("SELECT title FROM posts"),
            IN_PHOENIX("SELECT count(*) FROM schema_migrations")],
    expect: [/ another application\n/, /\nforeign /, /app\.db: ok\n/, /oak is there\n/,
             /\n\[\('ok',\)\]\n\[\('Oak',\)\]\n\[\(5,\)\]\n$/],
  },
  "what is looked at, and a larger machine": {
    steps: [...FIRST_DEPLOY, "scaling.md 0", "scaling.md 1",
            "$ mv /var/lib/coppice/database /var/lib/coppice/old-machine",
            "scaling.md 2", "$ coppice user list"],
    expect: [/From the environment:/, /you@example\.com .*admin/],
  },
};

describe("docs/operations: the pages", () => {
  test("every block is followed", async () => {
    const followed = Object.values(FOLLOWED).flatMap(({ steps }) => steps)
      .filter((step) => !step.startsWith("$ "));
    assert.deepEqual([...new Set(followed)].sort(), Object.keys(await blocks()).sort());
  });

  for (const [name, { steps, expect, prepare }] of Object.entries(FOLLOWED)) {
    test(name, async () => {
      const said = await follow(steps, { prepare });
      for (const each of expect) assert.match(said, each);
    });
  }
});
