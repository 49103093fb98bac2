// Behind Caddy, with the project's own Caddyfile: HTTPS ends there, and the server must know.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { PASSWORD, users } from "./support/accounts.mjs";
import { withClients } from "./support/clients.mjs";
import { stopInTime } from "./support/ending.mjs";
import { freePort } from "./support/ports.mjs";
import { withFolder, withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const CADDYFILE = fileURLToPath(new URL("../../Caddyfile", import.meta.url));
// As docker-compose.yml has it, with a session that other sites' pages may use.
const ENV = { PHX_HOST: "localhost", TRUSTED_PROXIES: "private", SESSION_SAME_SITE: "none" };

const skip = hasCaddy() ? false : "no caddy here (apt-get install caddy)";

function hasCaddy() {
  try {
    execFileSync("caddy", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

// Runs `use` with a site: a server, Caddy before it, and {port, ca, origin}.
async function withSite(options, use) {
  await withFolder((folder) =>
    withServer({ ...options, env: { ...ENV, ...options.env } }, async (server) => {
      const port = await freePort();
      const caddy = spawn("caddy", ["run", "--config", CADDYFILE, "--adapter", "caddyfile"], {
        stdio: "ignore",
        env: {
          PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder,
          HTTPS_PORT: String(port), COPPICE_UPSTREAM: `127.0.0.1:${server.port}`,
        },
      });
      const ended = new Promise((done) => caddy.once("close", done));
      try {
        const authority = join(folder, "caddy/pki/authorities/local/root.crt");
        await until("Caddy's authority", () => existsSync(authority));
        const site = { port, ca: await readFile(authority), origin: `https://localhost:${port}` };
        await until("Caddy", async () => (await ask(site, "GET", "/api/health")).status === 200);
        await use(server, site);
      } finally {
        caddy.kill("SIGKILL");
        await ended;
      }
    }));
}

// {status, headers, body} of a request through Caddy. `sent` is called once all of it is on its way.
function ask({ port, ca }, method, path, { body, headers = {}, sent: whenSent = () => {} } = {}) {
  return new Promise((done, failed) => {
    const options = { host: "localhost", port, method, path, ca, headers, agent: false };
    const sent = request(options, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      done({ status: response.statusCode, headers: response.headers, body: text });
    });
    sent.on("error", failed).on("finish", whenSent).end(body);
  });
}

test("pages come through, and no redirect to where they came from", { skip }, async () => {
  await withSite({ env: { FORCE_SSL: "true" } }, async (server, site) => {
    const page = await ask(site, "GET", "/docs");
    assert.equal(page.status, 200);
    assert.match(page.headers["content-type"], /^text\/html/);
    assert.match(page.headers["strict-transport-security"], /max-age=\d+/);
  });
});

test("the session's cookie is secure and other sites' pages may use it", { skip }, async () => {
  await withSite({ prepare: users(["ada@example.com"]) }, async (server, site) => {
    const answer = await ask(site, "POST", "/api/session", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ada@example.com", password: PASSWORD }),
    });
    assert.equal(answer.status, 201, answer.body);
    const [cookie] = answer.headers["set-cookie"];
    for (const attribute of [/^__Host-_coppice_session=/, /; path=\/;/i, /; secure/i, /; samesite=none/i, /; httponly/i]) {
      assert.match(cookie, attribute);
    }
    const me = await ask(site, "GET", "/api/me", { headers: { cookie: cookie.split(";")[0] } });
    assert.equal(me.status, 200);
  });
});

test("sockets come through, from the site's own pages alone", { skip }, async () => {
  await withSite({}, async (server, site) => {
    const from = (origin) => class extends WebSocket {
      constructor(url) {
        super(url, { ca: site.ca, origin });
      }
    };
    const socketUrl = `wss://localhost:${site.port}/socket`;
    await withClients({ socketUrl, transport: from(site.origin) }, async (client) => {
      const room = await client("ada").join("room:lobby");
      room.push("shout", { text: "hello" });
      assert.equal((await room.receive("shout"))[0].text, "hello");
    });
    const stranger = new (from("https://elsewhere.example"))(`${socketUrl}/websocket?vsn=2.0.0`);
    const refused = await new Promise((done) => {
      stranger.once("error", ({ message }) => done(message));
      stranger.once("open", () => done("let in"));
    });
    assert.match(refused, /403/);
  });
});

test("a long poll that waits comes through, and what ends it", { skip }, async () => {
  await withSite({}, async (server, site) => {
    const path = "/socket/longpoll?vsn=2.0.0";
    const { token } = JSON.parse((await ask(site, "GET", path)).body);
    const waiting = ask(site, "GET", `${path}&token=${token}`);
    const taken = await ask(site, "POST", `${path}&token=${token}`, {
      headers: { "content-type": "application/x-ndjson" },
      body: '["1","1","room:lobby","phx_join",{}]',
    });
    assert.equal(JSON.parse(taken.body).status, 200);
    const { status, messages } = JSON.parse((await within("the poll", waiting)).body);
    assert.equal(status, 200);
    assert.match(messages[0], /"phx_reply",\{"status":"ok"/);
  });
});

test("nothing that is read fails while the server is replaced: it waits for the new one", { skip }, async () => {
  await withSite({}, async (server, site) => {
    const statuses = [];
    let goesOn = true;
    const reading = Promise.all(Array.from({ length: 3 }, async () => {
      while (goesOn) statuses.push((await ask(site, "GET", "/api/tags")).status);
    }));
    reading.catch(() => {}); // told below, if nothing else fails first
    const untilMore = async () => {
      const before = statuses.length;
      await until("more answers", () => statuses.length > before + 3);
    };
    await untilMore();
    await stopInTime(server);
    let sent;
    const isSent = new Promise((done) => (sent = done));
    const meanwhile = ask(site, "GET", "/api/posts", { sent });
    await within("the request to be sent", isSent);
    server.env.PORT = String(server.port);
    await server.start();
    assert.equal((await within("what came meanwhile", meanwhile)).status, 200);
    await untilMore();
    goesOn = false;
    await within("the last answers", reading);
    assert.deepEqual([...new Set(statuses)], [200]);
  });
});

test("the server knows the client, and not Caddy, by its address", { skip }, async () => {
  await withSite({}, async (server, site) => {
    await ask(site, "GET", "/api/tags", { headers: { "x-forwarded-for": "203.0.113.9" } });
    const line = await until("the request in the log", () =>
      server.log.split("\n").find((each) => each.includes("/api/tags")));
    assert.match(line, /127\.0\.0\.1|::1/);
    assert.doesNotMatch(line, /203\.0\.113\.9/);
  });
});
