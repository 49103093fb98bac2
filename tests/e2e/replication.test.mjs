// Servers on LiteFS, of which stand-ins play the part: roles, what they allow, and how they change.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import test, { describe } from "node:test";
import { promisify } from "node:util";
import { addUser, signedIn } from "./support/accounts.mjs";
import { StreamFollower, editor } from "./support/changes.mjs";
import { contentFolder, trees } from "./support/content.mjs";
import { Cluster, replicationOf, untilRole, withCluster } from "./support/litefs.mjs";
import { coppice, withFolder } from "./support/server.mjs";
import { querySql } from "./support/sql.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until } from "./support/wait.mjs";

async function slugsOf(server) {
  const { body } = await server.json("/api/posts?limit=100");
  return body.data.map(({ slug }) => slug).sort();
}

function untilItHas(server, slug) {
  return until(`${slug} to arrive`, async () => (await slugsOf(server)).includes(slug));
}

// What a write is answered, without demanding that it be taken.
async function tryToWrite(server, { token }, slug) {
  const response = await server.get("/api/posts", {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
  });
  const text = await response.text();
  return { status: response.status, retry: response.headers.get("retry-after"), text };
}

async function describes(server, path) {
  const { code, stdout, stderr } = await server.command("inspect", path, "--json");
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).describes_itself;
}

describe("a start is refused", { concurrency: true }, () => {
  // The exit code and what is said, with the environment of node a and `env`.
  function refusedStart(env, complaint) {
    return withFolder(async (folder) => {
      const cluster = await new Cluster(folder, ["a"]).start();
      try {
        const server = cluster.server("a");
        const run = await coppice(["server"],
                                  { env: { ...server.env, ...env(cluster.nodes.a) }, cwd: folder });
        assert.notEqual(run.code, 0);
        assert.match(run.stderr, complaint);
      } finally {
        cluster.end();
      }
    });
  }

  test("with a database beside the mount", () =>
    refusedStart(() => ({ DATABASE_PATH: "/tmp/beside.db" }),
                 /DATABASE_PATH=\/tmp\/beside\.db is not replicated.*set it to .*\/beside\.db/));

  test("with a database in LiteFS's own folder", () =>
    refusedStart(({ data }) => ({ DATABASE_PATH: join(data, "dbs", "app.db") }),
                 /is in LiteFS's own folder/));

  test("with a mount that is not there", () =>
    refusedStart(() => ({ LITEFS_MOUNT: "/nowhere", DATABASE_PATH: "/nowhere/app.db" }),
                 /LITEFS_MOUNT=\/nowhere is no folder; is LiteFS running/));

  test("with a folder that nobody has mounted, in production", () =>
    refusedStart(() => ({ COPPICE_ENV: "prod" }), /is a folder that nobody has mounted/));

  test("with an address and no mount", () =>
    refusedStart(() => ({ LITEFS_MOUNT: "" }), /LITEFS_MOUNT/));
});

describe("two nodes", { concurrency: 2 }, () => {
  test("a replica reads what the primary has written", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("first");
      await untilItHas(b, "first");
      assert.deepEqual(await replicationOf(a), { role: "primary", primary: null, why: null });
      assert.deepEqual(await replicationOf(b),
                       { role: "replica", primary: cluster.hostnames.a, why: null });
      assert.equal((await b.json("/health")).body.status, "healthy");
    }));

  test("a write to a replica is done by the primary, and can be read there at once", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("first");
      await untilItHas(b, "first");
      for (let n = 0; n < 20; ++n) {
        const { status, text } = await tryToWrite(b, author, `there-${n}`);
        assert.equal(status, 201, text);
        assert.ok((await slugsOf(b)).includes(`there-${n}`), "read your writes");
      }
      assert.equal((await slugsOf(a)).length, 21);
      assert.match(await describes(b, "/forwarder"), /^20 writes answered by the primary/);
    }));

  test("an error of the primary's is the client's as if it were local", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("taken");
      await untilItHas(b, "taken");
      const there = await tryToWrite(b, author, "taken");
      const here = await tryToWrite(a, author, "taken");
      assert.equal(there.status, 422);
      assert.deepEqual([there.status, there.text], [here.status, here.text]);
    }));

  test("people sign in at a replica, and are signed in everywhere", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      await addUser(a, "ann@example.com");
      await until("ann to arrive", async () => {
        const rows = await querySql(b.database, "SELECT count(*) FROM coppice_users");
        return rows[0][0] === 1;
      });
      const browser = await signedIn(b, "ann@example.com");
      assert.equal((await browser.me()).status, 200);
      browser.server = a;
      assert.equal((await browser.me()).status, 200);
    }));

  // What becomes of a request to a node, with a certificate of one's own or with none.
  function askNode(cluster, proof = {}) {
    return new Promise((done) => {
      const asking = request(`https://${cluster.hostnames.a}/v1/commands`,
                             { method: "POST", rejectUnauthorized: false, ...proof },
                             (answer) => done(`answered ${answer.statusCode}`));
      asking.on("error", (error) => done(error.code));
      asking.end();
    });
  }

  test("who does not have the cluster's key is let in by no node", () =>
    withCluster(["a"], async (cluster, { a }) => {
      const [key, cert] = ["key.pem", "cert.pem"].map((file) => join(cluster.folder, file));
      await promisify(execFile)("openssl", [
        "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=coppice node",
        "-keyout", key, "-out", cert]);
      const forged = { key: await readFile(key), cert: await readFile(cert) };
      assert.doesNotMatch(await askNode(cluster), /answered/);
      assert.doesNotMatch(await askNode(cluster, forged), /answered/);
      await until("the log to tell of both", () =>
        a.log.match(/does not have this cluster's key/g)?.length === 2);
    }));

  test("while the primary is away writes to a replica are refused with the time to come back", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("first");
      await untilItHas(b, "first");
      await a.destroy();
      const refused = await tryToWrite(b, author, "second");
      assert.equal(refused.status, 503, refused.text);
      assert.ok(refused.retry, "it says when to come back");
      assert.match(await describes(b, "/forwarder"), /failed: unavailable: /);
    }));

  test("no write that was acknowledged is lost or doubled while the role moves", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("first");
      await untilItHas(b, "first");
      const acknowledged = ["first"];
      const wrong = [];
      let done = false;
      const writer = async (server, name) => {
        for (let n = 0; !done; ++n) {
          const slug = `${name}-${n}`;
          const { status, text } = await tryToWrite(server, author, slug);
          if (status === 201) acknowledged.push(slug);
          else if (status !== 503) wrong.push(`${slug}: ${status} ${text}`);
        }
      };
      const writing = Promise.all([writer(a, "a"), writer(a, "c"), writer(b, "b"), writer(b, "d")]);
      for (const primary of ["b", "a", "b"]) {
        const before = acknowledged.length;
        await cluster.order("promote", primary);
        await until("writes to go on", () =>
          acknowledged.length > before + 20 || wrong.length > 0);
      }
      done = true;
      await writing;
      assert.deepEqual(wrong, []);
      const kept = await querySql(b.database, "SELECT slug FROM posts");
      const slugs = kept.map(([slug]) => slug);
      assert.equal(new Set(slugs).size, slugs.length);
      assert.deepEqual(acknowledged.filter((slug) => !slugs.includes(slug)), []);
    }));

  test("operators see each node's role", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      assert.match(await describes(a, "/litefs/role"), /^primary; transaction [0-9a-f]{16}/);
      assert.match(await describes(b, "/litefs/role"), /^replica of 127\.0\.0\.1:\d+; transaction/);
      assert.match(await describes(b, "/database/writer"), /takes no writes: .* takes writes/);
      const { stdout } = await b.command("metrics");
      assert.match(stdout, /^coppice_replication_role\{role="replica"\} 1$/m);
      assert.match(stdout, /^coppice_replication_role\{role="primary"\} 0$/m);
      const stats = JSON.parse((await b.command("db", "stats", "--database", b.database, "--json")).stdout);
      const { role, primary, why, position, transaction, last_event_seconds: age, lost_commits: lost } =
        stats.server.replication;
      assert.deepEqual({ role, primary, why, lost },
                       { role: "replica", primary: cluster.hostnames.a, why: null, lost: 0 });
      assert.match(transaction, /^[0-9a-f]{16}$/);
      assert.ok(age >= 0);
      assert.match(stdout, /^coppice_replication_transaction \d+/m);
      assert.match(stdout, /^coppice_replication_forwarded_writes_total\{result="answered"\} \d+$/m);
      const [[epoch, sequence]] =
        await querySql(a.database, "SELECT epoch, sequence FROM coppice_position");
      await until("b's position in its metrics", async () => {
        const { stdout: now } = await b.command("metrics");
        return Number(/^coppice_database_position_sequence (\S+)$/m.exec(now)[1]) >= sequence;
      });
      assert.ok(position === null || position.startsWith(`${epoch}.`));
    }));

  test("a database that LiteFS replicates is not migrated from the command line", () =>
    withCluster(["a", "b"], async (cluster, { b }) => {
      const { code, stderr } = await coppice(["migrate", "down", "--database", b.database]);
      assert.equal(code, 1);
      assert.match(stderr, /LiteFS replicates .*: the server of the primary brings its schema up to date/);
    }));

  test("a database that LiteFS replicates is not vacuumed", () =>
    withCluster(["a"], async (cluster, { a }) => {
      const { code, stderr } = await coppice(["db", "vacuum", "--database", a.database]);
      assert.equal(code, 1);
      assert.match(stderr, /LiteFS replicates this database, and loses track of one that shrinks/);
    }));

  test("clients of a replica are told of changes as they arrive", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("before");
      await untilItHas(b, "before");
      const follower = await StreamFollower.open(b, "resource=posts",
                                                 { authorization: `Bearer ${author.token}` });
      await author.create("told");
      await follower.untilTold(1);
      await follower.close();
    }));

  test("the role moves, and both nodes follow without a restart", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("before");
      const [[epoch]] = await querySql(a.database, "SELECT epoch FROM coppice_position");
      await untilItHas(b, "before");
      await cluster.order("promote", "b");
      await untilRole(b, "primary");
      await untilRole(a, "replica");
      await until("b to take writes", async () =>
        (await tryToWrite(b, author, "after")).status === 201);
      assert.equal((await tryToWrite(a, author, "there-as-well")).status, 201);
      await untilItHas(a, "after");
      const [[next]] = await querySql(b.database, "SELECT epoch FROM coppice_position");
      assert.ok(next > epoch);
      for (const server of [a, b]) {
        const writer = find(await treeOf(server), "/database/writer");
        assert.equal(writer.incarnation, 1);
      }
    }));

  test("each reign has an epoch of its own", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const epochOf = async (server) =>
        (await querySql(server.database, "SELECT epoch FROM coppice_position"))[0][0];
      const first = await epochOf(a);
      await cluster.order("promote", "b");
      await untilRole(b, "primary");
      await until("b's epoch", async () => (await epochOf(b)) > first);
    }));

  test("a write waits while nobody is the primary", () =>
    withCluster(["a", "b"], async (cluster, { a }) => {
      const author = await editor(a);
      await cluster.order("promote");
      await untilRole(a, "orphan");
      let answered = false;
      const writing = tryToWrite(a, author, "patient").finally(() => (answered = true));
      await until("the write to wait", async () => (await slugsOf(a)).length === 0 && !answered);
      await cluster.order("promote", "a");
      assert.equal((await writing).status, 201);
    }));

  test("what only one node may do, the primary does", () =>
    withFolder(async (folder) => {
      const content = await contentFolder(folder, trees(2));
      await withCluster(["a", "b"], async (cluster, { a, b }) => {
        await untilItHas(a, "tree-1");
        await untilItHas(b, "tree-1");
        assert.equal(await describes(b, "/jobs/importer"), "the primary imports");
        await cluster.order("promote", "b");
        await until("b to import", async () =>
          /content: .*unchanged/.test(await describes(b, "/jobs/importer")));
      }, { CONTENT_PATH: content });
    }));
});

describe("LiteFS fails", { concurrency: 2 }, () => {
  test("a node whose LiteFS has died serves nothing old, and is back when it is", () =>
    withCluster(["a", "b"], async (cluster, { a, b }) => {
      const author = await editor(a);
      await author.create("first");
      await untilItHas(b, "first");
      await cluster.order("die", "b");
      await untilRole(b, "down");
      const health = await b.json("/health");
      assert.equal(health.status, 503);
      assert.equal((await b.get("/api/posts")).status, 503);
      assert.equal((await b.get("/api/health")).status, 200);
      await author.create("meanwhile");
      await cluster.order("revive", "b");
      await untilRole(b, "replica");
      await untilItHas(b, "meanwhile");
      assert.equal(find(await treeOf(b), "/database").incarnation, 1);
    }));

  test("a node whose LiteFS is frozen is down as well", () =>
    withCluster(["a"], async (cluster, { a }) => {
      await cluster.order("freeze", "a");
      await untilRole(a, "down");
      await cluster.order("revive", "a");
      await untilRole(a, "primary");
    }));

  test("a commit that LiteFS has not recorded is not acknowledged, nor is another one made", () =>
    withCluster(["a"], async (cluster, { a }) => {
      const author = await editor(a);
      await author.create("kept");
      await cluster.order("lose", "a");
      assert.ok((await tryToWrite(a, author, "lost")).status >= 500);
      assert.ok((await tryToWrite(a, author, "next")).status >= 500);
      assert.match(await describes(a, "/database/writer"), /replication has not recorded a commit/);
      assert.equal((await a.json("/health")).body.status, "degraded");
    }));

  test("a replica that has nothing yet waits for the database", () =>
    withFolder(async (folder) => {
      const cluster = await new Cluster(folder, ["a", "b"]).start();
      const [a, b] = ["a", "b"].map((name) => cluster.server(name));
      try {
        await cluster.order("hold");
        await b.start();
        assert.equal((await b.json("/health")).status, 503);
        await a.start();
        await until("a to be ready", async () => (await a.get("/health")).status === 200);
        await addUser(a, "ann@example.com");
        assert.equal((await b.json("/health")).status, 503);
        await cluster.order("release");
        await until("b to be ready", async () => (await b.get("/health")).status === 200);
        assert.equal((await replicationOf(b)).role, "replica");
      } finally {
        await a.destroy();
        await b.destroy();
        cluster.end();
      }
    }));

  test("a copy that nothing gets to says how old it is", () =>
    withCluster(["a", "b"], async (cluster, { b }) => {
      const lag = async () => (await b.json("/health")).body.replication.lag_ms ?? NaN;
      await until("a copy that is well", async () => (await lag()) < 1200);
      await cluster.order("hold", "b");
      await until("an old copy", async () => (await lag()) > 1200);
      await cluster.order("release", "b");
      await until("a copy that is well again", async () => (await lag()) < 1200);
    }));

  test("a server that starts before LiteFS does waits for it", () =>
    withFolder(async (folder) => {
      const cluster = await new Cluster(folder, ["a"]).start();
      const a = cluster.server("a");
      try {
        await cluster.order("freeze", "a");
        await a.start();
        assert.equal((await replicationOf(a)).role, "down");
        await cluster.order("revive", "a");
        await until("a to be ready", async () => (await a.get("/health")).status === 200);
      } finally {
        await a.destroy();
        cluster.end();
      }
    }));
});
