// The operators' dashboard in a real browser, and who may not have it.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import WebSocket from "ws";
import { PASSWORD, signedIn, users } from "./support/accounts.mjs";
import { ask } from "./support/admin.mjs";
import { newPage, openPage, startBrowser } from "./support/browser.mjs";
import { faintTexts, READABLE } from "./support/contrast.mjs";
import { withClients } from "./support/clients.mjs";
import { Server, withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until } from "./support/wait.mjs";

const PHONE = { viewport: { width: 360, height: 740 } };
const SHOTS = process.env.COPPICE_SCREENSHOTS; // a folder, for who wants to look
const SECRET = "s".repeat(64);

const row = (path) => `#tree tr[data-path="${path}"]`;

async function shoot(page, name) {
  if (SHOTS) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

async function succeed(server, ...args) {
  const { code, stderr } = await server.command(...args);
  assert.equal(code, 0, stderr);
}

const logs = (server, text) => until(`the log: ${text}`, () => server.log.includes(text));

describe("the dashboard", () => {
  let folder;
  let server;
  let browser;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "coppice-e2e-"));
    server = await new Server(folder).start();
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.close();
    await server?.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  // Opens the page once it is live; whatever went wrong on it fails the test.
  async function withPage(options, use, hash = "") {
    const { page, trouble } = await openPage(browser, `${server.url}/admin${hash}`, options);
    await page.waitForSelector('[data-link="live"]');
    await use(page);
    assert.deepEqual(trouble, []);
    await page.context().close();
  }

  const numberIn = async (page, selector) => Number(await page.textContent(selector));

  test("the page shows the tree that the command line shows", async () => {
    await withPage({}, async (page) => {
      const tree = await treeOf(server);
      for (const path of ["/database/writer", "/http/listener-0", "/dashboard", "/admin"]) {
        assert.equal(await page.textContent(`${row(path)} .state`), find(tree, path).state);
      }
      assert.match(await page.textContent(`${row("/http/connections")} .count`), /× \d/);
      assert.equal(await page.$(`#tree tr[data-path^="/http/connections/"]`), null);
      assert.ok((await numberIn(page, '[data-figure="connections"]')) >= 1);
      await shoot(page, "desktop-light");
    });
  });

  test("a crash flashes where it happens, is counted, and its stack can be read", async () => {
    await withPage({}, async (page) => {
      const before = await numberIn(page, `${row("/presence")} .restarts`);
      await succeed(server, "crash", "/presence");
      await page.waitForSelector(`${row("/presence")}.struck`);
      await page.waitForFunction(([selector, count]) =>
        Number(document.querySelector(selector).textContent) > count,
      [`${row("/presence")} .restarts`, before]);
      await page.waitForSelector('#events li[data-kind="actor.crash"]:has-text("/presence")');
      await shoot(page, "desktop-light-crash");
      await page.click(`${row("/presence")} a`);
      await page.waitForSelector('#actor .crash .reason:has-text("crash on request")');
      await page.waitForSelector('#actor .chart:has-text("Messages/s")');
      await shoot(page, "desktop-light-actor");
    });
  });

  for (const [name, options] of [["desktop", {}], ["phone", PHONE]]) {
    test(`the last crashes of an actor's place are there, with stacks that the keyboard opens: ${name}`, async () => {
      const ledger = async () => (await ask(server, "/v1/actor?path=/presence")).crashes;
      const count = async () => (await ledger()).reduce((sum, each) => sum + each.count, 0);
      const before = await count();
      await succeed(server, "crash", "/presence");
      await until("the crash to be written", async () => (await count()) > before);
      await withPage(options, async (page) => {
        const kept = "#actor .on-record li";
        await page.waitForSelector(`${kept} .reason:has-text("crash on request")`);
        assert.match(await page.textContent(`${kept} .at`), /\d/);
        const crashes = await ledger();
        assert.equal((await page.$$(kept)).length, crashes.length);
        assert.equal(await page.isVisible(`${kept} pre`), false);
        await page.focus(`${kept} summary`);
        await page.keyboard.press("Enter");
        await page.waitForSelector(`${kept} pre`);
        const shown = await page.textContent(`${kept} pre`);
        for (const part of [crashes[0].state, crashes[0].stack]) assert.ok(shown.includes(part ?? ""), shown);
        assert.notEqual(shown, "");
        await shoot(page, `${name}-light-crashes`);
        assert.deepEqual(await page.evaluate(faintTexts, READABLE), []);
        const width = await page.evaluate(() => innerWidth);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        await page.evaluate(() => (location.hash = "#/pubsub/none"));
        await page.waitForSelector("#actor .on-record", { state: "hidden" });
      }, "#/presence");
    });
  }

  test("crashes stand out without an animation for who wants none", async () => {
    await withPage({ reducedMotion: "reduce" }, async (page) => {
      await succeed(server, "crash", "/pubsub");
      await page.waitForSelector(`${row("/pubsub")}.struck`);
      const style = await page.$eval(row("/pubsub"), (element) => {
        const { animationName, backgroundColor } = getComputedStyle(element);
        return { animationName, backgroundColor };
      });
      assert.equal(style.animationName, "none");
      assert.notEqual(style.backgroundColor, "rgba(0, 0, 0, 0)");
    });
  });

  test("the button restarts an actor, once that is confirmed", async () => {
    await withPage({}, async (page) => {
      const incarnation = async () => find(await treeOf(server), "/jobs/sweeper").incarnation;
      const before = await incarnation();
      await page.click('[data-order="restart"]');
      await page.waitForSelector('#confirm[open]:has-text("Restart /jobs/sweeper?")');
      await shoot(page, "desktop-light-confirm");
      await page.click('#confirm [value="no"]');
      assert.equal(await incarnation(), before);
      await page.click('[data-order="restart"]');
      await page.click("#confirm .sure");
      await page.waitForSelector('#actor .outcome:has-text("Restart: done.")');
      assert.equal(await incarnation(), before + 1);
      await logs(server, "a developer on this machine orders restart of /jobs/sweeper");
      const { stdout } = await server.command("logs", "--folder", "app/dashboard");
      assert.match(stdout, /orders restart of \/jobs\/sweeper .*request_id=\w{20}$/m);
    }, "#/jobs/sweeper");
  });

  test("the keyboard gets to an actor, suspends and resumes it", async () => {
    await withPage({}, async (page) => {
      const state = async () => find(await treeOf(server), "/jobs/sweeper").state;
      const press = async (key, times = 1) => {
        for (let n = 0; n < times; ++n) await page.keyboard.press(key);
      };
      await press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      await press("Enter");
      await press("Tab");
      const focused = () => page.evaluate(() => document.activeElement.hash);
      assert.equal(await focused(), "#/");
      while ((await focused()) !== "#/jobs/sweeper") {
        const from = await focused();
        await press("ArrowDown");
        assert.notEqual(await focused(), from, "the tree's end");
      }
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, "none");
      await press("Enter");
      await page.waitForFunction(() => document.activeElement.id === "actor-title");
      await press("Tab", 2); // past Restart
      assert.equal(await page.evaluate(() => document.activeElement.dataset.order), "suspend");
      await press("Enter");
      await page.waitForSelector("#confirm[open]");
      await press("Enter");
      await page.waitForSelector('#actor .outcome:has-text("Suspend: done.")');
      await page.waitForSelector(`${row("/jobs/sweeper")}[data-state="suspended"]`);
      assert.equal(await state(), "suspended");
      await page.waitForSelector('[data-order="resume"]');
      await page.focus('[data-order="resume"]');
      await press("Enter");
      await page.waitForSelector("#confirm[open]");
      await press("Enter");
      await page.waitForSelector('#actor .outcome:has-text("Resume: done.")');
      await page.waitForSelector(`${row("/jobs/sweeper")}[data-state="running"]`);
      assert.equal(await state(), "running");
    });
  });

  test("an order that fails says why", async () => {
    await withPage({}, async (page) => {
      await page.click('[data-order="suspend"]');
      await page.click("#confirm .sure");
      await page.waitForSelector("#actor .outcome.failed:has-text(\"can't be suspended\")");
    }, "#/admin");
  });

  test("a reload keeps the charts' history", async () => {
    await withPage({}, async (page) => {
      const points = () => page.$eval("#actor .chart .line", (line) =>
        line.getAttribute("d").split("L").length);
      await page.waitForSelector("#actor .chart");
      const before = await until("some samples", async () => (await points()) >= 3 && (await points()));
      await page.reload();
      await page.waitForSelector("#actor .chart");
      assert.ok((await points()) >= before);
    }, "#/database/writer");
  });

  test("the page shows that the connection is lost, and comes back by itself", async () => {
    await withServer({}, async (other) => {
      const page = await newPage(browser);
      await page.goto(`${other.url}/admin`);
      await page.waitForSelector('[data-link="live"]');
      await other.destroy();
      await page.waitForSelector('[data-link="lost"]');
      await page.waitForSelector('#link:has-text("Connection lost")');
      other.env.PORT = String(other.port);
      await other.start();
      await page.waitForSelector('[data-link="live"]');
      await page.context().close();
    });
  });

  for (const [name, options] of [
    ["desktop-dark", { colorScheme: "dark" }], ["desktop-light", { colorScheme: "light" }],
    ["phone-dark", { ...PHONE, colorScheme: "dark" }], ["phone-light", { ...PHONE, colorScheme: "light" }],
  ]) {
    test(`the page can be read and fits: ${name}`, async () => {
      await withPage(options, async (page) => {
        for (const view of ["", "#/presence"]) {
          await page.evaluate((hash) => (location.hash = hash), view);
          if (view) await page.waitForSelector("#actor .chart");
          await page.waitForSelector("#database .chart");
          await shoot(page, `${name}${view && "-actor"}`);
          assert.deepEqual(await page.evaluate(faintTexts, READABLE), [], view);
          const width = await page.evaluate(() => innerWidth);
          assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        }
      });
    });
  }

  test("nobody and members are refused in production, administrators are let in", async () => {
    const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: SECRET };
    const prepare = users(["ada@example.com", "admin"], ["eve@example.com", "member"]);
    await withServer({ env, prepare }, async (guarded) => {
      const page = await newPage(browser);
      const enter = async (email, password = PASSWORD) => {
        await page.fill("[name=email]", email);
        await page.fill("[name=password]", password);
        await page.click("#enter button");
      };
      const answer = await page.goto(`${guarded.url}/admin`);
      assert.equal(answer.status(), 401);
      await page.waitForSelector("#enter:not([hidden])");
      await shoot(page, "sign-in");
      await enter("ada@example.com", "wrong but long enough");
      await page.waitForSelector('.outcome:has-text("not the email and password")');
      await enter("eve@example.com");
      await page.waitForSelector('#leave:has-text("eve@example.com is no administrator")');
      assert.equal((await page.reload()).status(), 403);
      await page.click("#leave button");
      await page.waitForSelector("#enter:not([hidden])");
      await enter("ada@example.com");
      await page.waitForSelector('[data-link="live"]');
      await page.click(`${row("/jobs/sweeper")} a`);
      await page.click('[data-order="restart"]');
      await page.click("#confirm .sure");
      await page.waitForSelector('#actor .outcome:has-text("Restart: done.")');
      await logs(guarded, "ada@example.com (user 1) orders restart of /jobs/sweeper");
      await page.click("#sign-out");
      await page.waitForSelector("#enter:not([hidden])");
      await page.context().close();
    });
  });

  test("the channel refuses who is no administrator, and bearer tokens", async () => {
    const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: SECRET };
    const prepare = users(["ada@example.com", "admin"], ["ed@example.com", "editor"]);
    await withServer({ env, prepare }, async (guarded) => {
      const tokenOf = async (email) =>
        (await (await signedIn(guarded, email)).request("POST", "/api/socket-token", {})).body.data.token;
      await withClients(guarded, async (client) => {
        const refused = /unauthorized/;
        await assert.rejects(client().join("admin"), refused);
        await assert.rejects(client("ed", { authToken: await tokenOf("ed@example.com") }).join("admin"), refused);
        const ada = await signedIn(guarded, "ada@example.com");
        const made = await ada.request("POST", "/api/tokens", { name: "t", scopes: ["socket"], days: 1 });
        assert.equal(made.status, 201);
        await assert.rejects(client("ada", { authToken: made.body.data.secret }).join("admin"), refused);
        await client("ada", { authToken: await tokenOf("ada@example.com") }).join("admin");
      });
    });
  });

  test("in development, too, nobody comes by a proxy or from a page of another site", async () => {
    const status = async (headers) => (await server.get("/admin", { headers })).status;
    assert.equal(await status({}), 200);
    for (const headers of [{ "x-forwarded-for": "127.0.0.1" }, { forwarded: "for=127.0.0.1" },
                           { via: "1.1 proxy" }, { "fly-client-ip": "127.0.0.1" }]) {
      assert.equal(await status(headers), 401, JSON.stringify(headers));
    }
    const by = (options) => ({ port: server.port, transport: class extends WebSocket {
      constructor(url, protocols) { super(url, protocols, options); }
    } });
    for (const options of [{ headers: { "x-forwarded-for": "127.0.0.1" } },
                           { headers: { host: `evil.example:${server.port}` } },
                           { origin: "http://evil.example" }, { origin: "http://localhost:3000" }]) {
      await withClients(by(options), async (client) => {
        await assert.rejects(client().join("admin"), /unauthorized/, JSON.stringify(options));
      });
    }
    await withClients(by({ origin: server.url }), (client) => client().join("admin"));
  });
});
