// The page that shows the API, in a real browser.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { newPage, openPage, startBrowser } from "./support/browser.mjs";
import { Server } from "./support/server.mjs";

const METHODS = ["get", "post", "put", "patch", "delete"];
const PHONE = { viewport: { width: 360, height: 740 } };
const READABLE = 4.5; // contrast, as WCAG 2.2 wants it of text (1.4.3, AA)

function operationsOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => `${method} ${path}`));
}

// In the page: how each kind of text stands out from the background, as WCAG measures it.
function contrasts() {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => [red, green, blue]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const below = numbers(getComputedStyle(document.body).backgroundColor);
  const background = luminance(below);
  const opacityOf = (element) =>
    element === null ? 1 : Number(getComputedStyle(element).opacity) * opacityOf(element.parentElement);
  const texts = ["h1", "nav h2", "nav a", "main h3", ".method", "td", ".note"].map((selector) => {
    const element = document.querySelector(selector);
    const opacity = opacityOf(element);
    const mixed = numbers(getComputedStyle(element).color)
      .slice(0, 3).map((part, index) => part * opacity + below[index] * (1 - opacity));
    const [high, low] = [luminance(mixed), background].sort((a, b) => b - a);
    return { selector, contrast: (high + 0.05) / (low + 0.05) };
  });
  return { background, texts };
}

describe("the page that shows the API", () => {
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

  // Opens the page once it shows the description; whatever went wrong on it fails the test.
  async function withPage(options, use) {
    const { page, trouble } = await openPage(browser, `${server.url}/docs`, options);
    await page.waitForSelector("main h1");
    await use(page);
    assert.deepEqual(trouble, []);
    await page.context().close();
  }

  test("the page shows every operation and schema of the description, and its policy lets it", async () => {
    await withPage({}, async (page) => {
      const api = (await server.json("/api/openapi.json")).body;
      const shown = await page.$$eval("main section h3", (titles) =>
        titles.map((title) => [...title.childNodes].map((node) => node.textContent).join(" ")));
      const schemas = Object.keys(api.components.schemas);
      assert.deepEqual(shown.sort(), [...operationsOf(api), ...schemas].sort());
      assert.equal(await page.title(), api.info.title);
      assert.equal((await page.$$("nav a")).length, shown.length);
      const broken = await page.$$eval('a[href^="#"]', (links) =>
        links.filter((link) => !document.getElementById(decodeURIComponent(link.hash.slice(1))))
          .map((link) => link.hash));
      assert.deepEqual(broken, []);
    });
  });

  test("the page says so when there is no description", async () => {
    const page = await newPage(browser);
    await page.route("**/api/openapi.json", (route) => route.fulfill({ status: 503 }));
    await page.goto(`${server.url}/docs`);
    await page.waitForSelector("text=The description can't be shown: the server answered 503");
    await page.context().close();
  });

  test("the page fits a phone: nothing is wider than it", async () => {
    await withPage(PHONE, async (page) => {
      const wide = await page.evaluate(() => [...document.querySelectorAll("body *")]
        .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map((each) => `${each.tagName} ${each.textContent.slice(0, 40)}`));
      assert.deepEqual(wide, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    });
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`text can be read on a ${colorScheme} page`, async () => {
      await withPage({ colorScheme }, async (page) => {
        const { background, texts } = await page.evaluate(contrasts);
        assert.ok(colorScheme === "dark" ? background < 0.2 : background > 0.8, `${background}`);
        const faint = texts.filter((text) => text.contrast < READABLE);
        assert.deepEqual(faint, []);
      });
    });
  }

  test("a keyboard gets to the operations, past the contents or through them", async () => {
    await withPage({}, async (page) => {
      const focused = () => page.evaluate(() => ({
        text: document.activeElement.textContent,
        inside: document.activeElement.closest("nav, main")?.localName,
        outlined: getComputedStyle(document.activeElement).outlineStyle !== "none",
      }));
      await page.keyboard.press("Tab");
      assert.deepEqual(await focused(),
                       { text: "Skip to the operations", inside: undefined, outlined: true });
      await page.keyboard.press("Tab");
      const first = await focused();
      assert.equal(first.inside, "nav");
      assert.ok(first.outlined);
      await page.keyboard.press("Enter");
      const target = await page.evaluate(() => {
        const section = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        return { tag: section.localName, top: section.getBoundingClientRect().top };
      });
      assert.equal(target.tag, "section");
      assert.ok(target.top > -1 && target.top < 200, `${target.top}`);

      await page.reload();
      await page.waitForSelector("main h1");
      await page.evaluate(() => document.activeElement.blur());
      await page.focus("text=Skip to the operations");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "description");
    });
  });
});
