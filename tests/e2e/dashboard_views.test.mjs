// What the operators' dashboard shows beside the actors: shards, the database, clients, requests,
// crashes and the log; and what can be ordered there.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { addUser, socketToken } from "./support/accounts.mjs";
import { ask } from "./support/admin.mjs";
import { openPage, startBrowser } from "./support/browser.mjs";
import { withClients } from "./support/clients.mjs";
import { faintTexts, READABLE } from "./support/contrast.mjs";
import { Server } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const PHONE = { viewport: { width: 360, height: 740 } };
const SHOTS = process.env.COPPICE_SCREENSHOTS; // a folder, for who wants to look
const VIEWS = ["", "#clients", "#requests", "#crashes", "#log"];
// What each view has once it knows something.
const FILLED = { "": "#shards tbody tr", "#clients": "#connections li", "#requests": "#answered li",
                 "#crashes": "#ledger li", "#log": "#lines li" };

describe("the dashboard's views", () => {
  let folder;
  let server;
  let browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "coppice-e2e-"));
    await mkdir(join(folder, "crashes"), { mode: 0o700 });
    await writeFile(join(folder, "crashes", "broken.crash"), "");
    server = await new Server(folder, { COPPICE_SHARDS: "2", BACKUP_PATH: join(folder, "backups"),
                                        BACKUP_SCHEDULE: "off" }).start();
    browser = await startBrowser();
    await succeed("crash", "/presence");
  });

  after(async () => {
    await browser?.close();
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  async function succeed(...args) {
    const { code, stdout, stderr } = await server.command(...args);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  const logs = (text) => until(`the log: ${text}`, () => server.log.includes(text));

  // Opens a view once it is live; whatever went wrong on it fails the test.
  async function withView(hash, use, options = {}) {
    const { page, trouble } = await openPage(browser, `${server.url}/admin${hash}`, options);
    await page.waitForSelector('[data-link="live"]');
    await use(page);
    assert.deepEqual(trouble, []);
    await page.context().close();
  }

  test("the overview has the shards, and the database's figures", async () => {
    await withView("", async (page) => {
      await page.waitForSelector("#shards tbody tr:nth-child(2)");
      assert.match(await page.textContent("#shards tbody tr .busy .says"), /^[\d.]+%$/);
      assert.match(await page.textContent("#shards tbody tr .lag"), /^[\d.]+ m?s$/);
      const { position } = await ask(server, "/v1/database");
      await page.waitForSelector(`#database .facts div:has-text("Position") dd:has-text("${position.split(".")[0]}")`);
      for (const fact of ["Queue", "Batch size", "Commit", "Read", "Free space", "Last backup"]) {
        await page.waitForSelector(`#database .facts dt:text-is("${fact}")`);
      }
    });
  });

  test("a shard that is held is named with who holds it", async () => {
    await withClients(server, async (client) => {
      // On both shards, until one is not the page's own.
      await withView("", async (page) => {
        await page.waitForSelector("#shards tbody tr");
        const watchers = (await ask(server, "/v1/connections?topic=admin")).connections;
        const shardOf = ({ id }) => id.split(".")[0];
        for (let n = 0; n < 20; ++n) {
          const room = await client(`ann-${n}`).join(`room:held-${n}`);
          const [own] = (await ask(server, `/v1/connections?topic=room:held-${n}`)).connections;
          if (shardOf(own) === shardOf(watchers[0])) continue;
          // Once is over before a busy machine has shown it.
          for (let times = 0; times < 3; ++times) room.push("block", {});
          await page.waitForSelector(`#shards .stuck li:has-text("with block of room:held-${n}, for")`);
          if (SHOTS) await page.screenshot({ path: join(SHOTS, "view-stuck.png"), fullPage: true });
          await page.waitForSelector("#shards .stuck:empty", { state: "attached" });
          return;
        }
        assert.fail("no client came to the other shard");
      });
    });
  });

  test("a backup is made at the push of a button, once that is confirmed", async () => {
    await withView("", async (page) => {
      const backups = async () => (await readdir(join(folder, "backups")).catch(() => []))
        .filter((name) => !name.startsWith("."));
      await page.click("#backup");
      await page.waitForSelector('#confirm[open]:has-text("Back the database up?")');
      await page.click('#confirm [value="no"]');
      assert.deepEqual(await backups(), []);
      await page.click("#backup");
      await page.click("#confirm .sure");
      await page.waitForSelector("#database .outcome:not(.failed):has-text(\"Backup: \"):not(:has-text(\"under way\"))");
      assert.equal((await backups()).length > 0, true);
      await logs("a developer on this machine orders backup");
    });
  });

  test("long work is shown while it is under way, whoever asked for it", async () => {
    await ask(server, "/v1/backups", "POST");
    // A restore is verified, and then waits for it.
    await succeed("suspend", "/database/writer");
    const restored = ask(server, "/v1/backups/restore?backup=latest", "POST");
    try {
      await withView("", async (page) => {
        await page.waitForSelector(
          '#database .under-way li:has-text("restore: checking the full-text indexes, 50 %")');
        await succeed("resume", "/database/writer");
        await restored;
        await page.waitForSelector("#database .under-way:empty", { state: "attached" });
      });
    } finally {
      await server.command("resume", "/database/writer");
      await restored;
    }
  });

  test("connections are listed, filtered and ended", async () => {
    await withClients(server, async (client) => {
      await client("ann").join("room:lobby");
      const bob = client("bob");
      await bob.join("room:other");
      await withView("#clients", async (page) => {
        const row = (topic) => `#connections li:has(.topic:text-is("${topic}"))`;
        await page.waitForSelector(row("room:lobby"));
        await page.fill("#connections [name=topic]", "room:other");
        await page.waitForSelector(row("room:lobby"), { state: "detached" });
        assert.equal((await page.$$("#connections li")).length, 1);
        await page.waitForSelector('#connections .rest:has-text("1 connection")');
        await page.focus(`${row("room:other")} button`);
        await page.keyboard.press("Enter");
        await page.waitForSelector('#confirm[open]:has-text("Disconnect <")');
        await page.keyboard.press("Escape");
        assert.equal((await ask(server, "/v1/connections?topic=room:other")).matching, 1);
        const { connections: [{ id }] } = await ask(server, "/v1/connections?topic=room:other");
        await page.click(`${row("room:other")} button`);
        await page.click("#confirm .sure");
        await page.waitForSelector('#connections .outcome:has-text("Disconnect: done.")');
        await logs(`a developer on this machine orders disconnect id=${id}`);
        const { connections } = await ask(server, "/v1/connections");
        assert.ok(!connections.some((each) => each.id === id));
      });
    });
  });

  for (const [name, options] of [["desktop", {}], ["phone", PHONE]]) {
    test(`all sockets of a user are ended together, by keyboard, and nobody else's: ${name}`, async () => {
      const [ada, eve] = [`ada-${name}@example.com`, `eve-${name}@example.com`];
      for (const email of [ada, eve]) await addUser(server, email);
      const adas = await socketToken(server, ada);
      const tokens = [adas, adas, await socketToken(server, eve)];
      await withClients(server, async (client) => {
        const clients = tokens.map((authToken) => client("any", { authToken }));
        for (const each of clients) await each.join("room:shared");
        await client("nobody").join("room:open");
        await withView("#clients", async (page) => {
          const { connections } = await ask(server, "/v1/connections?topic=room:shared");
          const { user } = connections.find((each) =>
            connections.filter((other) => other.user === each.user).length === 2);
          const button = `#connections li button:text-is("All of user ${user}…")`;
          await page.waitForSelector(`${button} >> nth=1`);
          const others = '#connections li:has(.topic:text-is("room:open"))';
          await page.waitForSelector(`${others} button.one`);
          assert.equal(await page.isVisible(`${others} button.all`), false);
          const width = await page.evaluate(() => innerWidth);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
          if (SHOTS) await page.screenshot({ path: join(SHOTS, `view-${name}-users.png`), fullPage: true });
          await page.focus(button);
          await page.keyboard.press("Enter");
          await page.waitForSelector(`#confirm[open]:has-text("Disconnect all of user ${user}?")`);
          await page.keyboard.press("Escape");
          await page.waitForSelector("#confirm", { state: "hidden" });
          assert.deepEqual(clients.flatMap(({ closes }) => closes), []);
          await page.focus(button);
          await page.keyboard.press("Enter");
          await page.waitForSelector("#confirm[open]");
          await page.keyboard.press("Enter");
          await page.waitForSelector(`#connections .outcome:has-text("Disconnect: 2 sockets of user ${user} ended.")`);
          await until("both closes", () => clients.slice(0, 2).every(({ closes }) => closes[0] === 1001));
          assert.deepEqual(clients[2].closes, []);
          await logs(`a developer on this machine orders disconnect user=${user}`);
        }, options);
      });
    });
  }

  test("topics are listed and filtered, and no name of one is markup", async () => {
    await withClients(server, async (client) => {
      const topic = "room:<img src=x onerror=alert(1)>";
      await client("ann").join(topic);
      await client("bob").join("room:lobby");
      await withView("#clients", async (page) => {
        await page.waitForSelector('#topics li:has-text("room:lobby"):has-text("1 subscriber")');
        await page.waitForFunction((name) =>
          [...document.querySelectorAll("#topics .topic, #connections .topic")]
            .filter(({ textContent }) => textContent === name).length === 2, topic);
        await page.fill("#topics [name=prefix]", "room:l");
        await page.waitForFunction(() => document.querySelectorAll("#topics li").length === 1);
        assert.equal(await page.$("main img"), null);
      });
    });
  });

  test("the last requests are shown, without their queries", async () => {
    await server.get("/api/health?token=hush");
    const id = "one-of-the-last-requests";
    await server.get("/no/such/page", { headers: { "x-request-id": id } });
    await withView("#requests", async (page) => {
      await page.waitForSelector('#answered li[data-status="2"]:has-text("GET"):has(.where:text-is("/api/health"))');
      await page.waitForSelector('#answered li[data-status="4"]:has-text("/no/such/page"):has(.id:text-is("one-of-the-last-requests"))');
      assert.ok(!(await page.textContent("#answered")).includes("hush"));
      const { requests } = await ask(server, "/v1/requests");
      const found = requests.find(({ request_id: each }) => each === id);
      assert.ok(found.path === "/no/such/page" && found.status === 404 && found.ms >= 0);
      assert.match(await succeed("requests"), / GET +404 +[\d.]+ ms +one-of-the-last-requests +\/no\/such\/page$/m);
    });
  });

  test("the crash ledger is shown, with the stack of what is opened", async () => {
    await withView("#crashes", async (page) => {
      const row = '#ledger li:has(.where:text-is("/presence"))';
      await page.waitForSelector(`${row} .reason:has-text("crash on request")`);
      await page.waitForSelector('#ledger .rest:has-text("broken.crash: it doesn\'t begin with")');
      await page.focus(`${row} summary`);
      await page.keyboard.press("Enter");
      await page.waitForSelector(`${row} pre:has-text("__cxa_throw")`);
      await page.fill("#ledger [name=path]", "/http");
      await page.waitForSelector(row, { state: "detached" });
      await page.fill("#ledger [name=path]", "a b\n");
      await page.waitForSelector("#ledger .rest");
    });
  });

  test("the log's last lines come from the level that is asked for", async () => {
    await withView("#log", async (page) => {
      await page.waitForSelector('#lines .text:has-text("listens on port")');
      await page.selectOption("#lines [name=level]", "error");
      await page.waitForSelector('#lines .text:has-text("listens on port")', { state: "detached" });
      await page.waitForSelector('#lines li[data-level="error"] .text:has-text("crash on request")');
    });
  });

  test("what is logged is changed for a time", async () => {
    await withView("#log", async (page) => {
      const rules = async () => (await ask(server, "/v1/log-level")).levels;
      await page.fill("#levels [name=target]", "db");
      await page.click("#levels button");
      await page.waitForSelector('#levels .facts div:has(dt:text-is("db")) dd:has-text("debug, for 9 min more")');
      assert.deepEqual((await rules()).map(({ target, level }) => `${target} ${level}`), ["all info", "db debug"]);
      await page.selectOption("#levels [name=level]", "default");
      await page.click("#levels button");
      await page.waitForSelector('#levels .facts dt:text-is("db")', { state: "detached" });
      assert.equal((await rules()).length, 1);
      await page.fill("#levels [name=target]", "no such folder");
      await page.click("#levels button");
      await page.waitForSelector("#levels .outcome.failed");
      await logs("a developer on this machine orders set_log_level");
    });
  });

  test("views are reached by the keyboard and have addresses", async () => {
    await withView("#requests", async (page) => {
      await page.waitForSelector('#views [aria-current="page"]:text-is("Requests")');
      await page.focus('#views a[href="#log"]');
      await page.keyboard.press("Enter");
      await page.waitForSelector("#lines:visible");
      assert.equal(await page.isVisible("#answered"), false);
      await page.goBack();
      await page.waitForSelector("#answered:visible");
    });
  });

  for (const [name, options] of [
    ["desktop-dark", { colorScheme: "dark" }], ["desktop-light", { colorScheme: "light" }],
    ["phone-dark", { ...PHONE, colorScheme: "dark" }], ["phone-light", { ...PHONE, colorScheme: "light" }],
  ]) {
    test(`the views can be read and fit: ${name}`, async () => {
      await withView("", async (page) => {
        for (const view of VIEWS) {
          await page.evaluate((hash) => (location.hash = hash), view);
          await page.waitForSelector(FILLED[view]);
          if (SHOTS) await page.screenshot({ path: join(SHOTS, `view-${name}${view}.png`), fullPage: true });
          assert.deepEqual(await page.evaluate(faintTexts, READABLE), [], view);
          const width = await page.evaluate(() => innerWidth);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, view);
        }
      }, options);
    });
  }
});
