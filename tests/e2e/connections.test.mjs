// Operators: who is connected, to what, and how the database is.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { socketToken, users } from "./support/accounts.mjs";
import { withClients } from "./support/clients.mjs";
import { operate } from "./support/admin.mjs";
import { sessionsOf } from "./support/polls.mjs";
import { coppice, withServer } from "./support/server.mjs";
import { placesOf, treeOf } from "./support/tree.mjs";
import { until } from "./support/wait.mjs";

// A request over the admin socket: {status, body}.
async function admin(server, path, method = "GET") {
  const { status, body } = await operate(server, path, method);
  return { status, body: JSON.parse(body) };
}

async function succeed(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

const list = async (server, ...args) =>
  JSON.parse(await succeed(server, "connections", "--json", ...args));

test("connections shows sockets with their topics, filtered and in pages", async () => {
  await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
    await withClients(server, async (client) => {
      const room = await client("ann").join("room:a");
      await client("bob").join("room:b");
      await room.ask("ping", { n: 1 });
      const { connections, matching, unanswered } = await list(server, "--transport", "websocket");
      assert.equal(matching, 2);
      assert.deepEqual(unanswered, []);
      assert.deepEqual(connections.flatMap(({ topics }) => topics).sort(), ["room:a", "room:b"]);
      for (const each of connections) {
        assert.match(each.id, /^<\d+\.\d+\.\d+>$/);
        assert.equal(each.address, "127.0.0.1");
        assert.equal(each.user, null);
        assert.match(each.since, /^\d{4}-\d\d-\d\dT/);
        assert.equal(each.queued_bytes, 0);
      }
      const [ann] = (await list(server, "--topic", "room:a")).connections;
      assert.ok(ann.received >= 2 && ann.sent >= 2, JSON.stringify(ann));
      const first = await list(server, "--transport", "websocket", "--limit", "1");
      assert.equal(first.connections.length, 1);
      const second = await list(server, "--transport", "websocket", "--after", first.next);
      assert.equal(second.connections.length, 1);
      assert.notEqual(second.connections[0].id, first.connections[0].id);
      assert.equal(second.next, null);
      assert.match(await succeed(server, "connections"), /^ID +TRANSPORT .*\n<.*websocket.*room:/m);
      assert.equal((await list(server, "--address", "192.0.2.1")).matching, 0);
    });
  });
});

test("connections shows long polls and HTTP connections as what they are", async () => {
  await withServer({}, async (server) => {
    const { LongPoll } = await import("phoenix");
    const polls = { socketUrl: `${server.url}/socket`, transport: LongPoll };
    await withClients(polls, async (client) => {
      await client("ann").join("room:polled");
      const { connections } = await list(server, "--transport", "longpoll");
      assert.deepEqual(connections.map(({ topics }) => topics), [["room:polled"]]);
      const http = await list(server, "--transport", "http");
      assert.ok(http.matching >= 1);
      assert.ok(http.connections.every(({ topics }) => topics.length === 0));
    });
  });
});

test("disconnect ends one socket with 1001, and its client comes back", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      const ann = client("ann");
      const bob = client("bob");
      await ann.join("room:a");
      await bob.join("room:b");
      const [{ id }] = (await list(server, "--topic", "room:a")).connections;
      assert.match(await succeed(server, "disconnect", id), /^1 disconnected$/m);
      await until("the close", () => ann.closes.length > 0);
      assert.equal(ann.closes[0], 1001);
      await until("the client to be back", () => ann.opens === 2);
      assert.deepEqual(bob.closes, []);
      const again = await server.command("disconnect", id);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /no connection/);
    });
  });
});

test("a user's sockets are listed by their id, and ended together", async () => {
  const [ada, eve] = ["ada@example.com", "eve@example.com"];
  await withServer({ prepare: users([ada], [eve]) }, async (server) => {
    const adas = await socketToken(server, ada);
    const authTokens = [adas, adas, await socketToken(server, eve)];
    await withClients(server, async (client) => {
      const clients = authTokens.map((authToken) => client("any", { authToken }));
      for (const each of clients) await each.join("room:lobby");
      const { connections } = await list(server, "--topic", "room:lobby");
      const count = (user) => connections.filter((each) => each.user === user).length;
      const id = connections.map(({ user }) => user).find((user) => count(user) === 2);
      assert.equal((await list(server, "--user", id)).matching, 2);
      assert.match(await succeed(server, "disconnect", "--user", id), /^2 disconnected$/m);
      await until("both closes", () => clients.slice(0, 2).every(({ closes }) => closes[0] === 1001));
      assert.deepEqual(clients[2].closes, []);
    });
  });
});

const channelsOf = async (server, ...args) =>
  JSON.parse(await succeed(server, "channels", "--json", ...args));
const topicsOf = async (server, ...args) =>
  (await channelsOf(server, ...args)).channels.map(({ topic }) => topic);

test("channels shows what each client has joined, filtered and in pages", async () => {
  await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
    await withClients(server, async (client) => {
      const [ann, bob] = [client("ann"), client("bob")];
      for (const topic of ["room:b", "room:a", "viewers:site"]) await ann.join(topic);
      await bob.join("room:a");
      const { channels, matching, unanswered } = await channelsOf(server);
      assert.equal(matching, 4);
      assert.deepEqual(unanswered, []);
      for (const each of channels) {
        assert.match(each.connection, /^<\d+\.\d+\.\d+>$/);
        assert.equal(each.transport, "websocket");
        assert.equal(each.user, null);
        assert.equal(each.state, "joined");
      }
      const room = channels.find(({ topic }) => topic === "room:b");
      assert.match(room.type, /RoomChannel$/);
      const anns = ["--connection", room.connection];
      assert.deepEqual(await topicsOf(server, ...anns), ["room:a", "room:b", "viewers:site"]);
      assert.deepEqual(await topicsOf(server, "room:", ...anns), ["room:a", "room:b"]);
      assert.deepEqual(await topicsOf(server, "--user", "1"), []);
      const first = await channelsOf(server, "--limit", "3");
      assert.equal(first.channels.length, 3);
      assert.equal(first.matching, 4);
      const rest = await channelsOf(server, "--limit", "3", "--after", first.next);
      assert.deepEqual([...first.channels, ...rest.channels], channels);
      assert.equal(rest.next, null);
      assert.match(await succeed(server, "channels", "--limit", "1"),
        /^CONNECTION .*TOPIC\n<.* websocket .* joined .*\n1 of 4 channels\nmore with --after '<.*'\n$/);
    });
  });
});

test("one channel of a connection is ended and stays so, and the others go on", async () => {
  await withServer({}, async (server) => {
    await withClients(server, async (client) => {
      const ann = client("ann");
      const [a, b] = [await ann.join("room:a"), await ann.join("room:b")];
      const [{ connection }] = (await channelsOf(server, "room:a")).channels;
      const order = ["disconnect", connection, "--topic", "room:a"];
      assert.equal(await succeed(server, ...order), "1 channel ended\n");
      await until("the client to hear of it", () => a.channel.state === "closed");
      await until("ann to be gone from the room", async () =>
        JSON.parse(await succeed(server, "presence", "room:a", "--json")).matching === 0);
      assert.deepEqual(await topicsOf(server), ["room:b"]);
      assert.equal((await b.ask("ping")).status, "ok");
      assert.deepEqual(ann.closes, []);
      const again = await server.command(...order);
      assert.equal(again.code, 1);
      assert.match(again.stderr, /has no channel of the topic room:a/);
      await ann.join("room:a");
      assert.deepEqual(await topicsOf(server), ["room:a", "room:b"]);
    });
  });
});

test("inspect of a connection describes its socket", async () => {
  await withServer({}, async (server) => {
    const described = async (path) =>
      JSON.parse(await succeed(server, "inspect", path, "--json")).describes_itself;
    await withClients(server, async (client) => {
      const ann = client("ann");
      for (const topic of ["room:a", "room:b"]) await ann.join(topic);
      const [{ id }] = (await list(server, "--topic", "room:a")).connections;
      const { path } = placesOf(await treeOf(server)).find(({ pid }) => pid === id);
      assert.match(await described(path), / port \d+, websocket, 2 topics joined, \d+ B wait$/);
    });
    const { LongPoll } = await import("phoenix");
    await withClients({ socketUrl: `${server.url}/socket`, transport: LongPoll }, async (client) => {
      await client("bob").join("room:a");
      const [session] = await sessionsOf(server);
      assert.match(await described(session), /^longpoll, 1 topic joined, \d+ B wait, \d+ polls$/);
    });
  });
});

test("what is no channel is refused", async () => {
  await withServer({}, async (server) => {
    assert.equal((await server.command("disconnect", "--user", "1", "--topic", "room:a")).code, 2);
    assert.equal((await server.command("disconnect", "--topic", "room:a")).code, 2);
    assert.equal((await server.command("disconnect", "<0.1.1>", "--topic", "")).code, 2);
    for (const query of ["connection=x", "after=x", "after=<0.1.1>", "limit=0"]) {
      const { status } = await admin(server, `/v1/channels?${encodeURI(query)}`);
      assert.equal(status, 400, query);
    }
    for (const [query, expected] of [["connection=<0.1.1>", 400], ["topic=room:a", 400],
                                     ["connection=x&topic=room:a", 400],
                                     ["connection=<0.1.1>&topic=room:a", 404]]) {
      const { status } = await admin(server, `/v1/channels/close?${encodeURI(query)}`, "POST");
      assert.equal(status, expected, query);
    }
  });
});

test("disconnect says what is wrong with whom it was given", async () => {
  await withServer({}, async (server) => {
    assert.equal((await server.command("disconnect")).code, 2);
    for (const query of ["", "?id=x", "?user=ann", "?id=<0.1.1>&user=1", "?ids=1"]) {
      const path = `/v1/connections/disconnect${encodeURI(query)}`;
      assert.equal((await admin(server, path, "POST")).status, 400, query);
    }
    assert.equal((await admin(server, "/v1/connections?transport=pigeon")).status, 400);
    assert.equal((await admin(server, "/v1/connections?limit=0")).status, 400);
    assert.equal((await admin(server, "/v1/connections?after=x")).status, 400);
  });
});

test("topics and presence count who is there", async () => {
  await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
    await withClients(server, async (client) => {
      for (const user of ["ann", "ann", "bob"]) await client(user).join("room:lobby");
      await client("eve").join("room:other");
      const { topics } = JSON.parse(await succeed(server, "topics", "room:lobby", "--json"));
      assert.deepEqual(topics, [{ topic: "room:lobby", subscribers: 3, present: 3 }]);
      assert.match(await succeed(server, "topics", "room:"), /^3 +3 +room:lobby$/m);
      const presence = JSON.parse(await succeed(server, "presence", "room:lobby", "--json"));
      assert.deepEqual(presence.members, [{ key: "ann", metas: 2 }, { key: "bob", metas: 1 }]);
      assert.equal((await admin(server, "/v1/presence")).status, 400);
    });
  });
});

test("a stuck shard is named, and the others answer", async () => {
  await withServer({ env: { COPPICE_SHARDS: "2" } }, async (server) => {
    await withClients(server, async (client) => {
      const room = await client("ann").join("room:stuck");
      const [{ id }] = (await list(server, "--topic", "room:stuck")).connections;
      const shard = id.match(/^<(\d+)\./)[1];
      room.push("block");
      await until("the shard to be named", async () => {
        const { body } = await admin(server, "/v1/connections");
        return body.unanswered.includes(`shard ${shard} does not answer`);
      });
      const { status, body } = await admin(server, "/v1/database");
      assert.equal(status, 200);
      assert.equal(body.writable, true);
      await until("the shard to answer again", async () => {
        const answer = await admin(server, "/v1/connections?topic=room:stuck");
        return answer.body.unanswered.length === 0;
      });
    });
  });
});

test("the database is shown as it is, over the socket and by db stats", async () => {
  await withServer({}, async (server) => {
    const { body } = await until("the server to be ready", async () => {
      const answer = await admin(server, "/v1/database");
      return answer.body.ready && answer;
    });
    assert.equal(body.database, server.database);
    assert.equal(body.not_ready_because, null);
    assert.equal(body.schema.pending, 0);
    assert.ok(body.schema.applied > 0);
    assert.match(body.position, /^\d+\.\d+$/);
    assert.ok(body.bytes > 0 && body.free_space_bytes > 0);
    assert.ok(body.readers.count > 0);
    const args = ["db", "stats", "--database", server.database];
    const stats = JSON.parse(await succeed(server, ...args, "--json"));
    assert.equal(stats.server.database, server.database);
    assert.match(await succeed(server, ...args), /^writer: \d+ waiting, \d+ commits/m);
  });
});

test("migrations are listed by the server", async () => {
  await withServer({}, async (server) => {
    await until("the schema to be up to date", async () => {
      const { body } = await admin(server, "/v1/migrations");
      return body.pending === 0 && body.migrations.every(({ state }) => state === "applied");
    });
  });
});

test("backups are made on order and listed, and counted", async () => {
  await withServer({ prepare: (server) => {
    server.env.BACKUP_PATH = join(server.folder, "backups");
  } }, async (server) => {
    const made = await until("a backup", async () => {
      const answer = await admin(server, "/v1/backups", "POST");
      return answer.status === 200 && answer.body;
    });
    assert.ok(made.file.startsWith(join(server.folder, "backups")));
    const { body } = await admin(server, "/v1/backups");
    assert.ok(body.backups.some(({ name }) => made.file.endsWith(name)));
    const { backup } = (await admin(server, "/v1/database")).body;
    assert.ok(backup.made >= 1);
    assert.match(backup.last_at, /^\d{4}-/);
    assert.match(await succeed(server, "metrics"),
      /^coppice_backup_last_success_timestamp_seconds [1-9]/m);
  });
});

// What the metrics say: how many backups the server has made, and when the newest was made.
async function backupMetrics(server) {
  const text = await succeed(server, "metrics");
  const value = (name) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
  return {
    made: value('coppice_backups_total{result="made"}'),
    newest: value("coppice_backup_last_success_timestamp_seconds"),
  };
}

const secondsOf = (time) => Date.parse(time) / 1000;

const upToDate = (server) => until("the schema to be up to date", async () =>
  (await admin(server, "/v1/migrations")).body.pending === 0);

// Backups by hand only, in a folder of the server's.
const byHand = (prepare = async () => {}) => ({
  env: { BACKUP_SCHEDULE: "off" },
  prepare: async (server) => {
    server.env.BACKUP_PATH = join(server.folder, "backups");
    await prepare(server);
  },
});

// Makes a backup of the server's database by the command: what it prints, parsed. `env` is the command's.
async function createBackup(server, env, ...args) {
  const { code, stdout, stderr } = await coppice(
    ["backup", "create", "--json", "--database", server.database, "--socket", server.adminSocket, ...args],
    { env, cwd: server.folder });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

test("a backup by the command is the server's doing, which moves the metrics at once", async () => {
  await withServer(byHand(), async (server) => {
    await upToDate(server);
    assert.deepEqual(await backupMetrics(server), { made: 0, newest: 0 });
    const elsewhere = join(server.folder, "elsewhere");
    const made = await createBackup(server, { BACKUP_PATH: elsewhere });
    assert.ok(made.file.startsWith(server.env.BACKUP_PATH), made.file);
    assert.deepEqual(await backupMetrics(server), { made: 1, newest: secondsOf(made.created_at) });
    const { backup } = (await admin(server, "/v1/database")).body;
    assert.equal(backup.folder, server.env.BACKUP_PATH);
    assert.equal(secondsOf(backup.last_at), secondsOf(made.created_at));
    const told = await succeed(server, "backup", "create", "--database", server.database);
    assert.match(told, /backups\/.*: \d+ bytes of \d+, position \d+\.\d+, verified$/m);
  });
});

test("a backup that is to be another than the server's own is made by the command", async () => {
  await withServer(byHand(), async (server) => {
    await upToDate(server);
    const elsewhere = join(server.folder, "elsewhere");
    for (const [env, ...args] of [[{}, "--to", elsewhere], [{ BACKUP_PATH: elsewhere }, "--local"]]) {
      const { file } = await createBackup(server, env, ...args);
      assert.ok(file.startsWith(elsewhere), file);
    }
    assert.equal((await backupMetrics(server)).made, 0);
  });
});

test("a backup is made by the command where the server on the socket makes none of that database", async () => {
  await withServer({}, async (server) => {
    await upToDate(server);
    const env = { BACKUP_PATH: join(server.folder, "by-command") };
    assert.ok((await createBackup(server, env)).file.startsWith(env.BACKUP_PATH));
    await withServer(byHand(), async (other) => {
      const { file } = await createBackup(
        { database: server.database, folder: server.folder, adminSocket: other.adminSocket }, env);
      assert.ok(file.startsWith(env.BACKUP_PATH), file);
      assert.equal((await backupMetrics(other)).made, 0);
    });
  });
});

test("a backup that was made while no server ran is known after the start", async () => {
  let made;
  await withServer(byHand(async (server) => {
    const { code, stderr } = await coppice(["migrate", "up", "--database", server.database]);
    assert.equal(code, 0, stderr);
    made = await createBackup(server, { BACKUP_PATH: server.env.BACKUP_PATH });
  }), async (server) => {
    const metrics = await until("the server to have looked", async () => {
      const read = await backupMetrics(server);
      return read.newest > 0 && read;
    });
    assert.deepEqual(metrics, { made: 0, newest: secondsOf(made.created_at) });
  });
});

test("a backup is not had of another database than the one that is meant", async () => {
  await withServer(byHand(), async (server) => {
    const { status, body } = await admin(server, "/v1/backups?database=/no/such.db", "POST");
    assert.equal(status, 409);
    assert.match(body.errors.detail, /this server's database is .*, not \/no\/such\.db/);
  });
});

test("a server without a folder for backups says so", async () => {
  await withServer({}, async (server) => {
    const { status, body } = await admin(server, "/v1/backups", "POST");
    assert.equal(status, 409);
    assert.match(body.errors.detail, /BACKUP_PATH/);
  });
});
