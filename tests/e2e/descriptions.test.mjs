// Both APIs answer what their descriptions say: the schema of an answer is compared with the answer.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { addUser, command, PASSWORD, signedIn } from "./support/accounts.mjs";
import { ask, operate } from "./support/admin.mjs";
import { contentFolder, trees } from "./support/content.mjs";
import { withClients } from "./support/clients.mjs";
import { Description, emptyOnes } from "./support/description.mjs";
import { withFolder, withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const OPENAPI = fileURLToPath(new URL("../../docs/admin.openapi.json", import.meta.url));
const IMAGE = fileURLToPath(new URL("../../content/assets/actor-tree.png", import.meta.url));

// -- operators -------------------------------------------------------------------------------------

// In an order in which each can be answered; `{id}` is that of a crash, `{connection}` a client's, `{content}` a folder.
const OPERATORS = [
  ["GET", "/v1/openapi.json"], ["GET", "/v1/version"], ["GET", "/v1/config"],
  ["GET", "/v1/tree"], ["GET", "/v1/tree?children=count"], ["GET", "/v1/cluster/tree"], ["GET", "/v1/nodes"],
  ["GET", "/v1/actor?path=/database/writer"], ["GET", "/v1/actor?path=/database"], ["GET", "/v1/actor?path=/pubsub"],
  ["GET", "/v1/metrics"], ["GET", "/v1/metrics?format=json"], ["GET", "/v1/shards"], ["GET", "/v1/requests"], ["GET", "/v1/work"],
  ["GET", "/v1/connections"], ["GET", "/v1/channels"], ["GET", "/v1/topics"], ["GET", "/v1/presence?topic=room:lobby"],
  ["POST", "/v1/channels/close?connection={connection}&topic=room:lobby"],
  ["GET", "/v1/crashes"], ["GET", "/v1/crashes/{id}"], ["GET", "/v1/logs"], ["GET", "/v1/events"],
  ["GET", "/v1/log-level"], ["POST", "/v1/log-level?target=db&level=debug&for=1m"], ["GET", "/v1/log-level"],
  ["GET", "/v1/database"], ["GET", "/v1/migrations"], ["POST", "/v1/migrations/up"], ["POST", "/v1/backups"], ["GET", "/v1/backups"],
  ["POST", "/v1/backups/verify?backup=latest"], ["POST", "/v1/database/check"],
  ["POST", "/v1/import?folder={content}"],
  ["POST", "/v1/users", { email: "ada@example.com", password: PASSWORD, name: "Ada", role: "editor" }],
  ["POST", "/v1/users/password", { email: "ada@example.com", password: "another good password" }],
  ["POST", "/v1/users/role", { email: "ada@example.com", role: "member" }],
  ["POST", "/v1/users/disable", { email: "ada@example.com" }], ["POST", "/v1/users/enable", { email: "ada@example.com" }],
  ["GET", "/v1/users"],
  ["POST", "/v1/tokens", { email: "ada@example.com", name: "t", scopes: ["content:read"], days: 1 }],
  ["GET", "/v1/tokens?email=ada%40example.com"], ["POST", "/v1/tokens/revoke", { email: "ada@example.com", id: 1 }],
  ["POST", "/v1/backups/restore?backup=latest"], ["POST", "/v1/database/reindex"], ["GET", "/v1/database"],
  ["POST", "/v1/suspend?path=/presence"], ["GET", "/v1/actor?path=/presence"],
  ["POST", "/v1/resume?path=/presence"], ["POST", "/v1/restart?path=/presence"],
  ["POST", "/v1/kill?path=/presence"], ["POST", "/v1/trace?path=/database/writer&for=500ms"],
  ["POST", "/v1/stop?path=/jobs/sweeper"], ["GET", "/v1/tree"],
  ["POST", "/v1/connections/disconnect?user=1"],
  ["GET", "/v1/server/drain"], ["POST", "/v1/server/drain"], ["POST", "/v1/server/stop"],
];

async function crashed(server, description) {
  const restarts = find(await treeOf(server), "/pubsub").restarts;
  description.check("POST", "/v1/crash", await operate(server, "/v1/crash?path=/pubsub", "POST"));
  await until("the actor to be back", async () => {
    const place = find(await treeOf(server), "/pubsub");
    return place.restarts > restarts && place.state === "running";
  });
  return await until("the crash to be written", async () => (await ask(server, "/v1/crashes")).crashes[0]?.id);
}

test("operators are answered as the description says, whatever they ask", async () => {
  await withFolder(async (folder) => {
    await withServer({ env: { BACKUP_PATH: join(folder, "backups") } }, async (server) => {
      const description = new Description(await ask(server, "/v1/openapi.json"));
      assert.deepEqual(emptyOnes(description.goodAnswers()), []);
      const id = await crashed(server, description);
      const content = await contentFolder(folder, trees(1));
      await server.json("/api/posts");
      await withClients(server, async (client) => {
        await client("ann").join("room:lobby");
        await until("ann to be there", async () =>
          (await ask(server, "/v1/presence?topic=room:lobby")).members.length === 1);
        const [{ connection }] = (await ask(server, "/v1/channels")).channels;
        for (const [method, asked, form] of OPERATORS) {
          const target = asked.replace("{id}", id).replace("{connection}", encodeURIComponent(connection))
            .replace("{content}", encodeURIComponent(content));
          description.takes(method, asked.split("?")[0], form);
          const answer = await operate(server, target, method, form);
          assert.ok(answer.status < 300, `${method} ${target}: ${answer.status} ${answer.body}`);
          description.check(method, target.split("?")[0], answer);
        }
      });
      await within("the end", server.ended);
      assert.deepEqual(description.operations().filter((each) => !description.asked.has(each)), []);
    });
  });
});

// COPPICE_WRITE_OPENAPI=1 writes it anew, from what the binary serves.
test("the repository has the description of the operators' API that is served", async () => {
  await withServer({}, async (server) => {
    const served = await ask(server, "/v1/openapi.json");
    served.info.version = "v1"; // the API's, in the place of the release's
    if (process.env.COPPICE_WRITE_OPENAPI) await writeFile(OPENAPI, `${JSON.stringify(served, null, 2)}\n`);
    const kept = JSON.parse(await readFile(OPENAPI, "utf8"));
    assert.deepEqual(kept, served, "it has changed: COPPICE_WRITE_OPENAPI=1 writes it anew, see docs/testing.md");
  });
});

test("operators are refused as the description says", async () => {
  await withServer({}, async (server) => {
    const description = new Description(await ask(server, "/v1/openapi.json"));
    for (const [method, path] of [["GET", "/v1/actor"], ["POST", "/v1/restart"], ["GET", "/v1/crashes/x"],
                                  ["POST", "/v1/backups"], ["POST", "/v1/backups/verify"], ["POST", "/v1/users"],
                                  ["GET", "/v1/tokens?email=nobody%40example.com"],
                                  ["POST", "/v1/database/check?database=/no/such.db"]]) {
      const answer = await operate(server, path, method);
      assert.ok(answer.status >= 400, `${method} ${path}`);
      description.check(method, path.split("?")[0], answer);
    }
  });
});

// -- clients ---------------------------------------------------------------------------------------

async function answerOf(server, method, path, options = {}) {
  const response = await server.get(path, { method, redirect: "manual", ...options });
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

class Asking {
  constructor(server, description) {
    this.server = server;
    this.description = description;
  }

  // Asks, and checks what comes. The body of the answer, from JSON where it is some.
  async ask(status, method, path, body, headers = {}) {
    const isPlain = body === undefined || body instanceof FormData;
    const answer = await answerOf(this.server, method, path, {
      headers: { ...(this.token && { authorization: `Bearer ${this.token}` }),
                 ...(!isPlain && { "content-type": "application/json" }), ...headers },
      body: isPlain ? body : JSON.stringify(body),
    });
    assert.equal(answer.status, status, `${method} ${path}: ${answer.body}`);
    this.description.check(method, path.split("?")[0], answer);
    return answer.headers["content-type"]?.startsWith("application/json") ? JSON.parse(answer.body) : answer.body;
  }
}

async function withDescribed(use) {
  await withServer({}, async (server) => {
    const { body } = await server.json("/api/openapi.json");
    const asking = new Asking(server, new Description(body));
    await addUser(server, "ed@example.com", { role: "editor" });
    const made = await command(server, ["token", "create", "ed@example.com", "--name", "t",
                                        "--scope", "content:read", "--scope", "content:write"]);
    assert.equal(made.code, 0, made.stderr);
    asking.token = made.stdout.trim();
    await use(asking, server);
  });
}

test("no answer of the API's description has an empty schema", async () => {
  await withServer({}, async (server) => {
    const { body } = await server.json("/api/openapi.json");
    assert.deepEqual(emptyOnes(new Description(body).goodAnswers()), []);
    assert.equal(body.components.schemas.Post.properties.headings.items.properties.link.type, "string");
  });
});

test("content is answered as the description says", async () => {
  await withDescribed(async (asking) => {
    const post = { title: "Oak", slug: "oak", raw_body: "# Bark\n\nOld & tall.\n\n## Leaf\n\nGreen.",
                   published_at: "2025-01-01T00:00:00Z", tags: ["tree"] };
    await asking.ask(201, "POST", "/api/posts", post);
    const shown = await asking.ask(200, "GET", "/api/posts/oak");
    assert.ok(shown.data.headings.length > 0);
    await asking.ask(200, "GET", "/api/posts");
    await asking.ask(200, "PATCH", "/api/posts/oak", { title: "Old oak" });
    await asking.ask(200, "PUT", "/api/posts/oak", post);
    const { data: project } = await asking.ask(201, "POST", "/api/projects",
      { name: "Oak saw", url: "https://example.com", description: "An oak saw.", tags: ["tool"] });
    await asking.ask(200, "GET", `/api/projects/${project.id}`);
    await asking.ask(200, "GET", "/api/projects?limit=1");
    const form = new FormData();
    form.append("file", new Blob([await readFile(IMAGE)], { type: "image/png" }), "tree.png");
    await asking.ask(201, "POST", "/api/assets", form);
    await asking.ask(200, "GET", "/api/assets/tree.webp");
    await asking.ask(200, "GET", "/api/assets");
    await asking.ask(200, "GET", "/assets/images/tree.webp");
    await asking.ask(200, "GET", "/api/tags");
    await asking.ask(200, "GET", "/api/tags/tree");
    const found = await asking.ask(200, "GET", "/api/search?q=oak");
    assert.deepEqual(found.data.map(({ kind }) => kind).sort(), ["post", "project"]);
    for (const path of ["/api/health", "/health", "/rss"]) await asking.ask(200, "GET", path);
    await asking.ask(204, "DELETE", "/api/posts/oak");
  });
});

test("refusals are as the description says", async () => {
  await withDescribed(async (asking) => {
    await asking.ask(404, "GET", "/api/posts/none");
    await asking.ask(400, "GET", "/api/posts?limit=none");
    await asking.ask(422, "POST", "/api/posts", { title: "" });
    await asking.ask(415, "POST", "/api/posts", {}, { "content-type": "text/plain" });
    asking.token = undefined;
    await asking.ask(401, "GET", "/api/me");
    await asking.ask(401, "POST", "/api/posts", { title: "Oak", slug: "oak", raw_body: "x" });
    await asking.ask(401, "POST", "/api/session", { email: "ed@example.com", password: "wrong" });
  });
});

test("accounts are answered as the description says", async () => {
  await withDescribed(async (asking, server) => {
    await asking.ask(200, "GET", "/api/me");
    asking.token = undefined;
    await asking.ask(201, "POST", "/api/session", { email: "ed@example.com", password: PASSWORD });
    const browser = await signedIn(server, "ed@example.com");
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const session = { cookie, "x-csrf-token": browser.csrf };
    await asking.ask(200, "GET", "/api/me", undefined, session);
    await asking.ask(201, "POST", "/api/tokens", { name: "x", scopes: ["content:read"], days: 1 }, session);
    const { data: tokens } = await asking.ask(200, "GET", "/api/tokens", undefined, session);
    await asking.ask(204, "DELETE", `/api/tokens/${tokens[0].id}`, undefined, session);
    await asking.ask(201, "POST", "/api/socket-token", {}, session);
    await asking.ask(202, "POST", "/api/password-resets", { email: "nobody@example.com" });
    await asking.ask(204, "DELETE", "/api/session", undefined, session);
  });
});
