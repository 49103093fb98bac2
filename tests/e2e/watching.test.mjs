// Operators: what they watch as it happens. The log and its levels, events, traces, and kill.
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import WebSocket from "ws";
import { addUser } from "./support/accounts.mjs";
import { operate } from "./support/admin.mjs";
import { freePort } from "./support/ports.mjs";
import { RawConnection } from "./support/raw_http.mjs";
import { BINARY, Server, coppice, has, start, withFolder, withServer } from "./support/server.mjs";
import { runSql } from "./support/sql.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

async function succeed(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

async function refuse(server, ...args) {
  const { code, stderr } = await server.command(...args);
  assert.equal(code, 1, args.join(" "));
  return stderr;
}

const linesOf = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

// Runs a command that goes on, until `use` has seen enough of it.
async function following(server, args, use) {
  const run = start([...args, "--socket", server.adminSocket], { cwd: server.folder });
  try {
    return await use(run);
  } finally {
    run.child.kill("SIGKILL");
    await run.ended;
  }
}

test("what a client calls its topic breaks no line and no page", async () => {
  await withServer({}, async (server) => {
    const topic = `room:${"é".repeat(100)}`; // cut for the log in the middle of a character
    const forged = "room:x\n2026-01-01 error all is lost\u001b[31m";
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`);
    await once(socket, "open");
    for (const each of [topic, forged]) {
      socket.send(JSON.stringify(["1", "1", each, "phx_join", {}]));
      socket.send(JSON.stringify(["1", "2", each, 5, {}])); // no event has such a name
    }
    const crashes = await until("both crashes", async () => {
      const events = linesOf(await succeed(server, "events", "--json"));
      const found = events.filter(({ kind, path }) => kind === "actor.crash" && path);
      return found.length >= 2 && found;
    });
    socket.close();
    assert.ok(crashes.every(({ path }) => !path.includes("\uFFFD") && !/[\n\u001b]/.test(path)));
    assert.ok(crashes.some(({ path }) => path.startsWith("room:éé")));
    for (const command of ["events", "logs"]) {
      assert.doesNotMatch(await succeed(server, command), /^2026-01-01 error|\u001b/m);
    }
    assert.doesNotMatch(server.log, /^2026-01-01 error/m);
  });
});

test("the log is JSON for whoever is no terminal", async () => {
  await withServer({ env: { LOG_FORMAT: "" } }, async (server) => {
    await server.json("/api/posts");
    await until("the request's line", async () => server.log.includes('"path":"/api/posts"'));
    const lines = server.log.slice(0, server.log.lastIndexOf("\n")).split("\n");
    for (const line of lines) assert.ok(JSON.parse(line).time, line);
  });
});

test("a request's lines have the actor of its connection, and an order's the admin's", async () => {
  await withServer({ env: { LOG_FORMAT: "" } }, async (server) => {
    await runSql(server.database, "ALTER TABLE tags RENAME TO no_tags");
    const response = await server.get("/api/tags");
    assert.equal(response.status, 500);
    await response.text();
    const id = response.headers.get("x-request-id");
    const lines = () => server.log.slice(0, server.log.lastIndexOf("\n")).split("\n").map((line) => JSON.parse(line));
    const lineWith = (what, is) => until(what, () => lines().find(is));
    const request = await lineWith("the request's line", (line) => line.path === "/api/tags");
    assert.match(request.actor, /^\/http\/connections\/connection#\d+$/);
    assert.equal(request.request_id, id);
    const failure = await lineWith("why it failed", ({ text }) => text.startsWith("GET /api/tags failed"));
    assert.equal(failure.actor, request.actor);
    assert.equal(failure.request_id, id);
    await succeed(server, "restart", "/jobs/sweeper");
    const order = await lineWith("the order's line", ({ text }) => text.startsWith("operator: POST"));
    assert.equal(order.actor, "/admin");
  });
});

test("the log is text on a terminal", { skip: !has("script") }, async () => {
  await withFolder(async (cwd) => {
    const env = { LOG_FORMAT: "", PORT: "0", DATABASE_PATH: `${cwd}/t.db`, ADMIN_SOCKET: `${cwd}/admin.sock` };
    const terminal = start(["-qefc", `${BINARY} server`, "/dev/null"], { binary: "script", cwd, env, open: true });
    try {
      await until("the server to be there", async () => terminal.stdout.includes("listens on port"));
      assert.match(terminal.stdout, /^[\dT:.-]+Z info .*listens on port \d+/m);
      terminal.child.stdin.write("\x03");
      await within("the end", terminal.ended);
    } finally {
      terminal.child.kill("SIGKILL");
      await terminal.ended;
    }
  });
});

test("logs shows the last lines, for people and as JSON", async () => {
  await withServer({}, async (server) => {
    assert.match(await succeed(server, "logs"), /Z info coppice .* listens on port \d+$/m);
    const lines = linesOf(await succeed(server, "logs", "--json"));
    assert.ok(lines.some(({ text, level }) => /listens on port/.test(text) && level === "info"));
    const migrated = lines.find(({ text }) => text.startsWith("migrations: "));
    assert.equal(migrated.actor, "/database/migrator");
    assert.equal(migrated.folder, "db");
    assert.equal(linesOf(await succeed(server, "logs", "-n", "1", "--json")).length, 1);
    assert.equal(await succeed(server, "logs", "--level", "critical"), "");
    const ofMigrator = linesOf(await succeed(server, "logs", "--actor", "/database", "--json"));
    assert.ok(ofMigrator.length > 0 && ofMigrator.every(({ actor }) => actor.startsWith("/database")));
  });
});

test("logs -f goes on with what comes, and ends with the server", async () => {
  await withServer({}, async (server) => {
    await following(server, ["logs", "-f"], async (run) => {
      await until("what there is", () => /listens on port/.test(run.stdout));
      await succeed(server, "crash", "/pubsub");
      await until("the crash", () => /error actor\.crash .*actor=\/pubsub/.test(run.stdout));
      await succeed(server, "stop");
      await within("the end", run.ended);
    });
  });
});

test("log levels change while the server runs, for all, a folder or an actor", async () => {
  await withServer({}, async (server) => {
    assert.match(await succeed(server, "log-level"), /^all +info$/m);
    assert.match(await succeed(server, "log-level", "actors", "error"), /^actors +error$/m);
    await succeed(server, "log-level", "/presence", "off");
    await succeed(server, "crash", "/presence");
    await succeed(server, "crash", "/pubsub");
    await until("the crash", () => /actor\.crash .*actor=\/pubsub/.test(server.log));
    assert.doesNotMatch(server.log, /"path":"\/presence"/);
    await succeed(server, "log-level", "default");
    assert.deepEqual(JSON.parse(await succeed(server, "log-level", "--json")).levels,
                     [{ target: "all", level: "info" }]);
  });
});

test("debug lines are there for a bounded time", async () => {
  await withServer({}, async (server) => {
    assert.match(await succeed(server, "log-level", "debug", "--for", "10m"), /^all +debug +for \d+ s more$/m);
    await server.get("/api/health");
    await until("a line of a start", async () =>
      /debug actor\.start/.test(await succeed(server, "logs", "--level", "debug")));
    await succeed(server, "log-level", "debug", "--for", "1ms");
    await until("the end", async () => /^all +info$/m.test(await succeed(server, "log-level")));
  });
});

test("a folder's debug lines are there once they are asked for", async () => {
  await withServer({}, async (server) => {
    const line = (folder, text) => until(`a line of ${folder}`, async () =>
      linesOf(await succeed(server, "logs", "--folder", folder, "--level", "debug", "--json"))
        .find((each) => text.test(each.text)));
    for (const folder of ["db", "net"]) await succeed(server, "log-level", folder, "debug");
    await addUser(server, "ada@example.com");
    const commit = await line("db", /^committed \d+ commands at \S+ in \d+\.\d ms$/);
    assert.equal(commit.level, "debug");
    assert.equal(commit.actor, "/database/writer");
    const connection = new RawConnection(server.port);
    connection.send("GET / HTTP/1.1\r\nno header\r\n\r\n");
    await connection.receive(/^HTTP\/1\.1 400 /);
    connection.destroy();
    await line("net", /^a request of 127\.0\.0\.1 port \d+ is refused with 400: ./);
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0`);
    await once(socket, "open");
    socket.close(1000, "\u001b[31m");
    await line("net/channels", /^the WebSocket of <[\d.]+> is closed: peer, code 1000$/);
  });
});

test("orders of operators are found by the folder that takes them", async () => {
  await withServer({}, async (server) => {
    const { headers } = await operate(server, "/v1/restart?path=/presence", "POST");
    const order = await until("the order", async () =>
      linesOf(await succeed(server, "logs", "--folder", "app/admin", "--json"))
        .find(({ text }) => /^operator: POST \/v1\/restart\S* answered 200/.test(text)));
    assert.equal(order.request_id, headers["x-request-id"]);
    assert.match(order.request_id, /^\w{20}$/);
  });
});

test("what is no level, target or time is named", async () => {
  await withServer({}, async (server) => {
    assert.match(await refuse(server, "log-level", "db", "loud"), /level is "loud"; accepted: trace/);
    assert.match(await refuse(server, "log-level", "databse", "debug"), /"databse" is neither all/);
    assert.match(await refuse(server, "log-level", "db", "debug", "--for", "ever"), /for is "ever"/);
    assert.match(await refuse(server, "log-level", "db", "default"), /nobody has changed/);
    assert.match(await refuse(server, "log-level", "db", "default", "--for", "10m"), /for has no meaning/);
    assert.match(await refuse(server, "log-level", "db", "debug", "--for", "25h"), /up to 24h/);
    assert.match(await refuse(server, "logs", "--level", "loud"), /level is "loud"/);
    const { code, stderr } = await server.command("log-level", "db");
    assert.equal(code, 2);
    assert.match(stderr, /say which level/);
  });
});

// Runs `use` with a server whose log nobody reads, and has more lines than wait for that already.
async function withUnreadLog(use) {
  await withFolder(async (folder) => {
    const env = { ...new Server(folder).env, PORT: String(await freePort()), LOG_LEVEL: "debug",
                  ACCESS_LOG: "all" };
    const run = start(["server"], { env, cwd: folder, quiet: true });
    try {
      // A connection each, since the runtime tells of each actor's start and end.
      const ask = () => fetch(`http://127.0.0.1:${env.PORT}/api/health`,
                              { headers: { connection: "close" }, signal: AbortSignal.timeout(30_000) });
      const leftOut = async () => {
        const { stdout } = await coppice(["log-level", "--json", "--socket", env.ADMIN_SOCKET]);
        return JSON.parse(stdout).left_out;
      };
      await until("the server", async () => (await ask()).ok);
      await until("more lines than wait", async () => {
        for (let i = 0; i < 40; i++) {
          const answers = await Promise.all(Array.from({ length: 10 }, ask));
          assert.ok(answers.every(({ status }) => status === 200));
        }
        return await leftOut() > 0;
      });
      await use(run);
    } finally {
      run.child.kill("SIGKILL");
      await run.ended;
    }
  });
}

test("a log that nobody reads stops nothing, and then says what is missing", async () => {
  await withUnreadLog(async (run) => {
    run.child.stderr.on("data", (text) => (run.stderr += text));
    await until("what is missing", () => /\d+ lines of the log are missing here/.test(run.stderr));
    process.kill(run.child.pid, "SIGTERM");
    assert.deepEqual(await within("the end", run.ended), { code: 0, signal: null });
    assert.match(run.stderr, /info stopped: /);
  });
});

test("a log that nobody reads doesn't keep the server from its end", async () => {
  await withUnreadLog(async (run) => {
    // From then on Node reads what was written, whoever listens.
    run.child.once("exit", () => run.child.stderr.on("data", (text) => (run.stderr += text)));
    process.kill(run.child.pid, "SIGTERM");
    assert.deepEqual(await within("the end", run.ended), { code: 0, signal: null });
    assert.match(run.stderr, /listens on port/, "the oldest lines are there");
  });
});

test("events shows what happened, by kind and place", async () => {
  await withServer({}, async (server) => {
    await succeed(server, "crash", "/pubsub");
    const crash = await until("the event", async () =>
      linesOf(await succeed(server, "events", "--kind", "actor.crash", "--json"))[0]);
    assert.equal(crash.path, "/pubsub");
    assert.equal(crash.kind, "actor.crash");
    assert.match(crash.reason, /crash on request/);
    assert.match(await succeed(server, "events", "--path", "/pubsub"),
                 /Z actor\.crash \/pubsub .*reason=.*crash on request/);
    assert.equal(await succeed(server, "events", "--path", "/presence"), "");
    assert.equal(await succeed(server, "events", "--kind", "mailbox"), "");
  });
});

test("events -f goes on with what comes", async () => {
  await withServer({}, async (server) => {
    await following(server, ["events", "-f", "--kind", "sup,actor.crash", "--json"], async (run) => {
      await succeed(server, "crash", "/presence");
      await until("the restart", () =>
        linesOf(run.stdout).some(({ kind, path }) => kind === "sup.restart" && path === "/presence"));
    });
  });
});

test("trace shows an actor's messages with their durations, for as long as was asked", async () => {
  await withServer({}, async (server) => {
    await following(server, ["trace", "/database/readers/reader-1", "--for", "10m", "--json"],
                    async (run) => {
      const message = await until("a message", async () => {
        await server.json("/api/posts");
        return linesOf(run.stdout)[0];
      });
      assert.ok(message.us > 0 && message.message && message.at, JSON.stringify(message));
      assert.match(await refuse(server, "trace", "/database/readers/reader-1"), /traced already/);
    });
    await until("the trace to have ended with its client", async () =>
      (await server.command("trace", "/database/readers/reader-1", "--for", "1ms")).code === 0);
    assert.match(await refuse(server, "trace", "/no/such"), /there is no actor at/);
    assert.match(await refuse(server, "trace", "/pubsub", "--for", "1h"), /up to 10m/);
  });
});

test("a trace ends with its actor", async () => {
  await withServer({}, async (server) => {
    await following(server, ["trace", "/presence", "--for", "10m"], async (run) => {
      await until("the trace", async () =>
        /traced already/.test((await server.command("trace", "/presence", "--for", "1ms")).stderr));
      await succeed(server, "restart", "/presence");
      assert.deepEqual(await within("the end", run.ended), { code: 0, signal: null });
      assert.match(run.stdout, /the actor has ended/);
    });
  });
});

test("kill ends an actor at once, and its supervisor starts it again", async () => {
  await withServer({}, async (server) => {
    const { incarnation } = find(await treeOf(server), "/presence");
    assert.match(await succeed(server, "kill", "/presence"), /\/presence was killed/);
    await until("the next one", async () => {
      const presence = find(await treeOf(server), "/presence");
      return presence.incarnation === incarnation + 1 && presence.state === "running";
    });
    assert.match(await refuse(server, "kill", "/admin"), /can't be killed: .* come through \/admin/);
    assert.match(await refuse(server, "kill", "/no/such"), /there is no actor at/);
  });
});
