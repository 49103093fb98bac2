// Debian's Chromium, driven from the tests; every page watches itself.
import { chromium } from "playwright-core";
import { LIMIT_MS } from "./wait.mjs";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
               "--disable-component-update", "--disable-sync"];

// Whoever calls closes it.
export function startBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM, headless: true, chromiumSandbox: false, args: FLAGS });
}

// An empty page of its own, which waits as patiently as the other tests do.
export async function newPage(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(LIMIT_MS);
  return await context.newPage();
}

// Opens a page of its own: {page, trouble}. `trouble` grows by what goes wrong on it: errors of its
// scripts and in its console, what its policy forbade, requests that failed or left the server.
export async function openPage(browser, url, options = {}) {
  const page = await newPage(browser, options);
  const trouble = [];
  await page.exposeFunction("reportViolation", (text) => trouble.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) =>
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
  });
  page.on("pageerror", (error) => trouble.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      trouble.push(`console: ${message.text()}`);
    }
  });
  page.on("requestfailed", (request) => trouble.push(`request: ${request.url()}`));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) {
      trouble.push(`elsewhere: ${request.url()}`);
    }
  });
  await page.goto(url);
  return { page, trouble };
}
