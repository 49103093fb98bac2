// Each order of operators takes effect, by whichever way it is given: over the admin socket, by the command
// line, on the page. What it does is looked at in the same way for all of them.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { addUser, Browser, command, PASSWORD, socketToken } from "./support/accounts.mjs";
import { ask, operate } from "./support/admin.mjs";
import { openPage, startBrowser } from "./support/browser.mjs";
import { withClients } from "./support/clients.mjs";
import { Server, withServer } from "./support/server.mjs";
import { runSql } from "./support/sql.mjs";
import { find } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const source = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

// -- what is looked at -----------------------------------------------------------------------------

const at = async (server, path) => find(await ask(server, "/v1/tree"), path);
const connectionsIn = async (server, topic) => (await ask(server, `/v1/connections?topic=${topic}`)).connections;
const levelsOf = async (server) => (await ask(server, "/v1/log-level")).levels;
const ready = (server) =>
  until("the schema to be up to date", async () => (await ask(server, "/v1/database")).ready);
async function knows(server, email) {
  const { code, stdout, stderr } = await command(server, ["user", "list", "--json"]);
  assert.equal(code, 0, stderr);
  return stdout.includes(`"${email}"`);
}
const objectsIn = (lines) => lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));

// A post that no trigger saw is in the index of the search, which `check` finds and `reindex` mends.
const spoil = (server) =>
  runSql(server.database, "INSERT INTO posts_fts (rowid, post_id, title) VALUES (7000, 7000, 'Gone')");

// -- what is there before --------------------------------------------------------------------------

let times = 0; // so that each test has names of its own
const own = (name) => `${name}-${++times}`;

async function running(server, path) {
  const place = await at(server, path);
  assert.equal(place.state, "running", path);
  return { path, ...place };
}

async function joined(client, server, rooms = 1) {
  const ann = client("ann");
  const topics = Array.from({ length: rooms }, () => own("room:order"));
  const joins = [];
  for (const topic of topics) joins.push(await ann.join(topic));
  const [{ id }] = await connectionsIn(server, topics[0]);
  return { ann, rooms: joins, topic: topics[0], id };
}

// Somebody asks for posts all the time, so that the only reader has messages.
function asking(server) {
  const life = { goesOn: true };
  life.ended = (async () => {
    while (life.goesOn) {
      await server.json("/api/posts");
      await new Promise((next) => setTimeout(next, 20));
    }
  })();
  life.ended.catch(() => {}); // told when it is awaited
  return life;
}

// -- the orders ------------------------------------------------------------------------------------

const confirmed = async (page, button) => {
  await page.click(button);
  await page.click("#confirm .sure");
};
const atPlace = (order) => ({
  view: ({ path }) => `#${path}`,
  press: (page) => confirmed(page, `[data-order="${order}"]`),
});
const ofConnection = (button) => ({
  view: () => "#clients",
  press: async (page, { topic }) => {
    await page.fill("#connections [name=topic]", topic);
    await confirmed(page, `#connections li:has(.topic:text-is("${topic}")) button.${button}`);
  },
});

const byPath = ({ path }) => ({ path });
const restartAgain = (server, { path }) => ask(server, `/v1/restart?path=${path}`, "POST");

// How a level is changed for one kind of target.
const logLevel = (what, target) => ({
  name: `log-level of ${what}`, request: "POST /v1/log-level", effect: "the level to be in force",
  prepare: async () => ({ target }),
  socket: () => ({ target, level: "debug", for: "10m" }),
  command: () => ["log-level", target, "debug", "--for", "10m"],
  page: {
    view: () => "#log",
    press: async (page) => {
      await page.fill("#levels [name=target]", target);
      await page.selectOption("#levels [name=level]", "debug");
      await page.click("#levels button");
    },
  },
  took: async (server) => (await levelsOf(server)).some((rule) =>
    rule.target === target && rule.level === "debug" && rule.seconds_left > 0),
  undo: (server) => ask(server, `/v1/log-level?target=${target}&level=default`, "POST"),
});

// A row for each order: `request` as the API describes it; `prepare` gives what it is about, with
// {server, client}; `socket` the request's parameters, and `form` what goes into its body as JSON, `command`
// the command's words, `page` which view has its button and how that is pressed, each of what was prepared.
// `took` says whether it has taken effect, and `undo` leaves the server as it was. The effect of one that
// `answers` is its answer, so it is given again until that is right. `fresh`: the server is of no use after it.
const userOf = async (server, email) => (await ask(server, "/v1/users")).users.find((each) => each.email === email);
const tokensOf = async (server, email) => (await ask(server, `/v1/tokens?email=${encodeURIComponent(email)}`)).tokens;
async function person({ server }) {
  const email = `${own("ada")}@example.com`;
  await addUser(server, email);
  return { email };
}
const onDatabase = (words, server) => [...words, "--database", server.database];

const ORDERS = [
  {
    name: "restart", request: "POST /v1/restart", effect: "the next incarnation",
    prepare: ({ server }) => running(server, "/jobs/sweeper"),
    socket: byPath, command: ({ path }) => ["restart", path], page: atPlace("restart"),
    took: async (server, { path, incarnation }) => {
      const now = await at(server, path);
      return now.incarnation === incarnation + 1 && now.state === "running";
    },
  },
  {
    name: "stop", request: "POST /v1/stop", effect: "the actor to be stopped",
    prepare: ({ server }) => running(server, "/jobs/sweeper"),
    socket: byPath, command: ({ path }) => ["stop", path],
    took: async (server, { path }) => (await at(server, path)).state === "stopped",
    undo: restartAgain,
  },
  {
    name: "suspend", request: "POST /v1/suspend", effect: "the actor to be suspended",
    prepare: ({ server }) => running(server, "/jobs/sweeper"),
    socket: byPath, command: ({ path }) => ["suspend", path], page: atPlace("suspend"),
    took: async (server, { path }) => (await at(server, path)).state === "suspended",
    undo: (server, { path }) => ask(server, `/v1/resume?path=${path}`, "POST"),
  },
  {
    name: "resume", request: "POST /v1/resume", effect: "the actor to go on",
    prepare: async ({ server }) => {
      await ask(server, "/v1/suspend?path=/jobs/sweeper", "POST");
      assert.equal((await at(server, "/jobs/sweeper")).state, "suspended");
      return { path: "/jobs/sweeper" };
    },
    socket: byPath, command: ({ path }) => ["resume", path], page: atPlace("resume"),
    took: async (server, { path }) => (await at(server, path)).state === "running",
  },
  {
    name: "kill", request: "POST /v1/kill", effect: "the actor to have been started again",
    prepare: ({ server }) => running(server, "/presence"),
    socket: byPath, command: ({ path }) => ["kill", path],
    took: async (server, { path, incarnation, pid }) => {
      const now = await at(server, path);
      return now.incarnation === incarnation + 1 && now.pid !== pid && now.state === "running";
    },
  },
  {
    name: "crash, a drill", request: "POST /v1/crash", effect: "the crash, and the next incarnation",
    prepare: ({ server }) => running(server, "/pubsub"),
    socket: byPath, command: ({ path }) => ["crash", path],
    took: async (server, { path, restarts }) => {
      const now = await at(server, path);
      return now.restarts === restarts + 1 && now.state === "running" &&
        now.last_crash.reason.includes("crash on request");
    },
  },
  {
    name: "trace", request: "POST /v1/trace", effect: "a message with its duration", answers: true,
    prepare: async ({ server }) => ({ path: "/database/readers/reader-1", asking: asking(server) }),
    socket: ({ path }) => ({ path, for: "500ms" }),
    command: ({ path }) => ["trace", path, "--for", "500ms", "--json"],
    took: async (server, given, answer) =>
      objectsIn(answer).some(({ message, us }) => message && us > 0),
    undo: async (server, { asking: life }) => {
      life.goesOn = false;
      await within("the last request", life.ended);
    },
  },
  logLevel("all", "all"),
  logLevel("a folder", "app/mail"),
  logLevel("an actor", "/jobs/sweeper"),
  {
    name: "disconnect one", request: "POST /v1/connections/disconnect", effect: "the socket's end",
    prepare: ({ server, client }) => joined(client, server),
    socket: ({ id }) => ({ id }), command: ({ id }) => ["disconnect", id], page: ofConnection("one"),
    took: async (server, { ann }) => ann.closes[0] === 1001,
  },
  {
    name: "disconnect a user's", request: "POST /v1/connections/disconnect",
    effect: "the end of all sockets of the user, and of no other",
    prepare: async ({ server, client }) => {
      const [email, topic] = [`${own("ada")}@example.com`, own("room:order")];
      await addUser(server, email);
      const authToken = await socketToken(server, email);
      const sockets = [client("ada", { authToken }), client("ada", { authToken })];
      for (const each of sockets) await each.join(topic);
      const [{ user }] = await connectionsIn(server, topic);
      assert.match(user, /^\d+$/);
      const { ann: other } = await joined(client, server);
      return { sockets, other, topic, user };
    },
    socket: ({ user }) => ({ user }), command: ({ user }) => ["disconnect", "--user", user],
    page: ofConnection("all"),
    took: async (server, { sockets, other }) => {
      assert.deepEqual(other.closes, []);
      return sockets.every(({ closes }) => closes[0] === 1001);
    },
  },
  {
    name: "close a channel", request: "POST /v1/channels/close", effect: "the channel's end, and of no other",
    prepare: ({ server, client }) => joined(client, server, 2),
    socket: ({ id, topic }) => ({ connection: id, topic }),
    command: ({ id, topic }) => ["disconnect", id, "--topic", topic],
    took: async (server, { ann, rooms: [closed, other] }) => {
      assert.deepEqual([ann.closes, other.channel.state], [[], "joined"]);
      return closed.channel.state === "closed";
    },
  },
  {
    name: "backup", request: "POST /v1/backups", effect: "the backup to be listed and counted",
    prepare: async ({ server }) => {
      await rm(server.env.BACKUP_PATH, { recursive: true, force: true });
      return (await ask(server, "/v1/database")).backup;
    },
    socket: () => ({}), command: (given, server) => onDatabase(["backup", "create"], server),
    page: { view: () => "", press: (page) => confirmed(page, "#backup") },
    took: async (server, { made }) => {
      const { backups } = await ask(server, "/v1/backups");
      const { backup } = await ask(server, "/v1/database");
      return backups.length === 1 && backups[0].in_folder && backup.made === made + 1;
    },
  },
  {
    name: "verify a backup", request: "POST /v1/backups/verify", effect: "what is in it", answers: true,
    prepare: ({ server }) => ask(server, "/v1/backups", "POST"),
    socket: ({ file }) => ({ backup: file }),
    took: async (server, made, answer) => {
      assert.deepEqual(JSON.parse(answer), made);
      return true;
    },
  },
  {
    name: "restore a backup", request: "POST /v1/backups/restore", effect: "what came after it to be gone",
    prepare: async ({ server }) => {
      const { file } = await ask(server, "/v1/backups", "POST");
      const email = `${own("gone")}@example.com`;
      await addUser(server, email);
      assert.ok(await knows(server, email));
      return { file, email };
    },
    socket: ({ file }) => ({ backup: file }),
    command: ({ file }, server) =>
      ["backup", "restore", file, "--from", server.env.BACKUP_PATH, "--database", server.database],
    took: async (server, { email }) => !(await knows(server, email)),
  },
  {
    name: "add a user", request: "POST /v1/users", effect: "the user to be there",
    prepare: async () => ({ email: `${own("new")}@example.com` }),
    socket: () => ({}), form: ({ email }) => ({ email, password: PASSWORD }),
    command: ({ email }, server) => onDatabase(["user", "add", email, "--generate-password"], server),
    took: (server, { email }) => knows(server, email),
  },
  {
    name: "set a password", request: "POST /v1/users/password", effect: "the old password to be good no more",
    prepare: person,
    socket: () => ({}), form: ({ email }) => ({ email, password: "another good password" }),
    command: ({ email }, server) => onDatabase(["user", "passwd", email, "--generate-password"], server),
    took: async (server, { email }) => (await new Browser(server).signIn(email, PASSWORD)).status === 401,
  },
  {
    name: "give a role", request: "POST /v1/users/role", effect: "the role to be the user's",
    prepare: person,
    socket: () => ({}), form: ({ email }) => ({ email, role: "editor" }),
    command: ({ email }, server) => onDatabase(["user", "role", email, "editor"], server),
    took: async (server, { email }) => (await userOf(server, email)).role === "editor",
  },
  {
    name: "disable a user", request: "POST /v1/users/disable", effect: "the user to be disabled",
    prepare: person,
    socket: () => ({}), form: ({ email }) => ({ email }),
    command: ({ email }, server) => onDatabase(["user", "disable", email], server),
    took: async (server, { email }) => (await userOf(server, email)).disabled,
  },
  {
    name: "enable a user", request: "POST /v1/users/enable", effect: "the user to be let in again",
    prepare: async ({ server }) => {
      const { email } = await person({ server });
      const { code, stderr } = await command(server, ["user", "disable", email]);
      assert.equal(code, 0, stderr);
      assert.ok((await userOf(server, email)).disabled);
      return { email };
    },
    socket: () => ({}), form: ({ email }) => ({ email }),
    command: ({ email }, server) => onDatabase(["user", "enable", email], server),
    took: async (server, { email }) => !(await userOf(server, email)).disabled,
  },
  {
    name: "make a token", request: "POST /v1/tokens", effect: "the token to be listed",
    prepare: person,
    socket: () => ({}), form: ({ email }) => ({ email, name: "t", scopes: ["content:read"], days: 1 }),
    command: ({ email }, server) =>
      onDatabase(["token", "create", email, "--name", "t", "--scope", "content:read"], server),
    took: async (server, { email }) => (await tokensOf(server, email)).some(({ name }) => name === "t"),
  },
  {
    name: "revoke a token", request: "POST /v1/tokens/revoke", effect: "the token to be gone",
    prepare: async ({ server }) => {
      const { email } = await person({ server });
      await socketToken(server, email);
      const [{ id }] = await tokensOf(server, email);
      return { email, id };
    },
    socket: () => ({}), form: ({ email, id }) => ({ email, id }),
    command: ({ email, id }, server) => onDatabase(["token", "revoke", email, String(id)], server),
    took: async (server, { email }) => (await tokensOf(server, email)).length === 0,
  },
  {
    name: "import a folder", request: "POST /v1/import", effect: "the post to be there",
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), "coppice-content-"));
      const slug = own("post");
      await mkdir(join(folder, "posts"));
      await writeFile(join(folder, "posts", `${slug}.md`), `---\ntitle: A post\nslug: ${slug}\n---\nText\n`);
      return { folder, slug };
    },
    socket: ({ folder }) => ({ folder }),
    command: ({ folder }, server) => onDatabase(["import", folder], server),
    took: async (server, { slug }) => (await server.json(`/api/posts/${slug}`)).status === 200,
    undo: (server, { folder }) => rm(folder, { recursive: true }),
  },
  {
    // What it does where something is pending is in migrate.test.mjs.
    name: "migrate", request: "POST /v1/migrations/up", effect: "nothing to be pending", answers: true,
    prepare: async () => ({}),
    socket: () => ({}), command: (given, server) => onDatabase(["migrate", "up", "--json"], server),
    took: async (server, given, answer) => JSON.parse(answer).steps.length === 0,
  },
  {
    name: "check the database", request: "POST /v1/database/check", effect: "the damage to be named", answers: true,
    prepare: ({ server }) => spoil(server),
    socket: () => ({}),
    took: async (server, given, answer) => {
      const { ok, problems } = JSON.parse(answer);
      return !ok && problems.some((each) => /^posts_fts /.test(each));
    },
    undo: (server) => ask(server, "/v1/database/reindex", "POST"),
  },
  {
    name: "make the indexes anew", request: "POST /v1/database/reindex", effect: "the index to be sound",
    prepare: async ({ server }) => {
      await spoil(server);
      assert.equal((await ask(server, "/v1/database/check", "POST")).ok, false);
    },
    socket: () => ({}), command: (given, server) => ["db", "reindex", "--database", server.database],
    took: async (server) => (await ask(server, "/v1/database/check", "POST")).ok,
  },
  {
    name: "drain", request: "POST /v1/server/drain", effect: "new clients to be refused", fresh: true,
    prepare: async ({ server }) => assert.equal((await server.json("/api/health")).status, 200),
    socket: () => ({}), command: () => ["drain"],
    took: async (server) => {
      const refused = await server.get("/api/health").then(() => false, () => true);
      return refused && (await ask(server, "/v1/server/drain")).draining;
    },
  },
  {
    name: "stop the server", request: "POST /v1/server/stop", effect: "its end", fresh: true,
    prepare: async () => ({}),
    socket: () => ({}), command: () => ["stop"],
    took: async (server) => {
      assert.deepEqual(await within("the end", server.ended), { code: 0, signal: null });
      return true;
    },
  },
];

// -- the ways --------------------------------------------------------------------------------------

// "POST /v1/x/{id}" with its parameters: those that the path has, and the others as a query.
function targetOf(request, parameters) {
  const [method, template] = request.split(" ");
  const others = new URLSearchParams(parameters);
  const path = template.replace(/\{(\w+)\}/g, (whole, name) => {
    others.delete(name);
    return encodeURIComponent(parameters[name]);
  });
  const query = String(others);
  return { method, target: query ? `${path}?${query}` : path };
}

// Each gives the order, and looks at what came of it while whoever gave it is still there.
const WAYS = {
  async socket({ server, order, given, look }) {
    const { method, target } = targetOf(order.request, order.socket(given));
    const { status, body } = await operate(server, target, method, order.form?.(given));
    assert.ok(status < 300, `${method} ${target}: ${status} ${body}`);
    await look(body);
  },
  async command({ server, order, given, look }) {
    const words = order.command(given, server);
    const { code, stdout, stderr } = await server.command(...words);
    assert.equal(code, 0, `coppice ${words.join(" ")}: ${stderr}`);
    await look(stdout);
  },
  async page({ server, browser, order, given, look }) {
    const { page, trouble } = await openPage(browser, `${server.url}/admin${order.page.view(given)}`);
    await page.waitForSelector('[data-link="live"]');
    await order.page.press(page, given);
    await look();
    assert.deepEqual(trouble, []);
    await page.context().close();
  },
};

async function giveAndLook(of) {
  const { server, order, given } = of;
  const took = (answer) => order.took(server, given, answer);
  if (!order.answers) {
    return await WAYS[of.way]({ ...of, look: (answer) => until(order.effect, () => took(answer)) });
  }
  await until(order.effect, async () => {
    let right = false;
    await WAYS[of.way]({ ...of, look: async (answer) => (right = await took(answer)) });
    return right;
  });
}

async function tryOrder({ server, browser, order, way }) {
  await withClients(server, async (client) => {
    const given = await order.prepare({ server, client });
    const undo = async () => order.undo?.(server, given);
    try {
      await giveAndLook({ server, browser, order, way, given });
    } catch (error) {
      await undo().catch(() => {}); // which may have nothing to undo
      throw error;
    }
    await undo();
  });
}

// -- the tests -------------------------------------------------------------------------------------

// Names what is missing where, and what to do about it.
function assertNone(orders, complaint) {
  assert.ok(orders.length === 0, `${orders.join(", ")}: ${complaint}; see ORDERS in tests/e2e/orders.test.mjs`);
}
const requestsWith = (way) => new Set(ORDERS.filter((order) => order[way]).map(({ request }) => request));

describe("each order takes effect, by whichever way it is given", () => {
  let folder;
  let server;
  let browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "coppice-e2e-"));
    server = await new Server(folder, { COPPICE_SHARDS: "2", POOL_SIZE: "1", BACKUP_SCHEDULE: "off",
                                        BACKUP_PATH: join(folder, "backups") }).start();
    browser = await startBrowser();
    await ready(server);
  });

  after(async () => {
    await browser?.close();
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  for (const order of ORDERS) {
    for (const way of Object.keys(WAYS).filter((each) => order[each])) {
      test(`${order.name}: ${way}`, async () => {
        if (!order.fresh) return await tryOrder({ server, browser, order, way });
        await withServer({}, async (fresh) => {
          await ready(fresh);
          await tryOrder({ server: fresh, browser, order, way });
        });
      });
    }
  }

  test("no order of the operators' API is missing, and none is here that it has not", async () => {
    const { paths } = await ask(server, "/v1/openapi.json");
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).filter((method) => method !== "get").map((method) => `${method.toUpperCase()} ${path}`));
    const known = new Set(ORDERS.map(({ request }) => request));
    assertNone(described.filter((each) => !known.has(each)), "no row says what such an order does: add one");
    assertNone([...known].filter((each) => !described.includes(each)), "the server has no such request: take its row out");
  });

  // What docs/admin.md says, which another test holds against the API.
  test("each order that has a command is given by it", async () => {
    const rows = (await source("docs/admin.md")).split("\n").filter((line) => line.startsWith("| `"));
    const offered = rows.map((row) => row.split("|")).filter(([, , commands]) => commands.includes("`coppice "))
      .flatMap(([, requests]) => [...requests.matchAll(/`((?:POST|PUT|PATCH|DELETE) [^?`]+)/g)].map(([, each]) => each));
    assert.ok(offered.includes("POST /v1/restart"));
    const given = requestsWith("command");
    assertNone(offered.filter((each) => !given.has(each)), "it has a command, by which no row gives it");
    assertNone([...given].filter((each) => !offered.includes(each)), "docs/admin.md has no command for it");
  });

  test("each order that the page can give is given there", async () => {
    const relayed = (await source("src/app/dashboard/relay.cpp")).matchAll(/Method::post,\s+"([^"]+)"/g);
    const buttons = (await source("web/admin/index.html")).matchAll(/data-order="(\w+)"/g);
    const offered = [...[...relayed].map(([, path]) => `POST ${path}`),
                     ...[...buttons].map(([, name]) => `POST /v1/${name}`)];
    assert.ok(offered.includes("POST /v1/backups") && offered.includes("POST /v1/restart"));
    const given = requestsWith("page");
    assertNone(offered.filter((each) => !given.has(each)), "the page can give it, and no row does so");
    assertNone([...given].filter((each) => !offered.includes(each)), "the page has no such order");
  });
});
