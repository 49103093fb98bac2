// Who connects to channels, and for how long: tokens, sessions, disconnects.
import assert from "node:assert/strict";
import test from "node:test";
import WebSocket from "ws";
import { command, PASSWORD, signedIn, users } from "./support/accounts.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { runSql } from "./support/sql.mjs";
import { withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const ADA = "ada@example.com";
const EVE = "eve@example.com";

// A bearer token of a user: {token: {id, …}, secret}.
async function bearer(server, email, name = "t", scope = "socket") {
  const run = await command(server, ["token", "create", email, "--name", name, "--scope", scope,
                                     "--json"]);
  assert.equal(run.code, 0, run.stderr);
  return JSON.parse(run.stdout);
}

// Over each transport, with Ada and Eve.
function authTest(name, use) {
  for (const [carrier, transport] of Object.entries(TRANSPORTS)) {
    test(`${carrier}: ${name}`, () =>
      withServer({ prepare: users([ADA], [EVE]) }, (server) =>
        withClients(Object.assign(server, { transport }), (client) => use(client, server))));
  }
}

// What a join of `session` is answered.
function whoami(client) {
  const channel = client.socket.channel("session");
  return within("the join", new Promise((done) => channel.join()
    .receive("ok", (state) => done({ channel, ...state }))
    .receive("error", ({ reason }) => done({ channel, reason }))));
}

// The status with which an upgrade is refused; 101 if it isn't.
function upgrade(server, query, options = {}) {
  const url = `ws://127.0.0.1:${server.port}/socket/websocket?vsn=2.0.0${query}`;
  const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers });
  return within("the upgrade", new Promise((done) => {
    socket.on("error", () => {});
    socket.on("open", () => done({ status: 101, socket }));
    socket.on("unexpected-response", (request, { statusCode }) => {
      done({ status: statusCode, socket });
      request.destroy();
    });
  })).finally(() => options.keep || socket.terminate());
}

// The answer to one frame on a raw socket.
async function ask(socket, frame) {
  const answer = new Promise((done) => socket.once("message", (text) => done(JSON.parse(text))));
  socket.send(JSON.stringify(frame));
  return within("an answer", answer);
}

authTest("a token says who connects, out of the URL and in it", async (client, server) => {
  const { secret } = await bearer(server, ADA);
  for (const options of [{ authToken: secret }, { params: { token: secret } }]) {
    const { user_id, expires_at } = await whoami(client("ann", options));
    assert.equal(user_id, 1);
    assert.ok(expires_at > Date.now() / 1000);
  }
  assert.equal((await whoami(client("anybody"))).reason, "unauthorized");
  assert.ok(!server.log.includes(secret));
});

authTest("a page's token connects until its session ends", async (client, server) => {
  const ada = await signedIn(server, ADA);
  const { token } = (await ada.request("POST", "/api/socket-token", {})).body.data;
  const first = client("ann", { authToken: token });
  assert.equal((await whoami(first)).user_id, 1);
  await ada.request("DELETE", "/api/session");
  await until("the refusal", () => first.errors.length > 0);
  assert.ok(!first.socket.isConnected());
});

authTest("a token that is not valid is refused", async (client, server) => {
  const { secret } = await bearer(server, ADA, "reader", "content:read");
  for (const token of [secret, "coppice_nonsense", "nonsense"]) {
    const refused = client("ann", { params: { token } });
    await until("the refusal", () => refused.errors.length > 0);
    assert.equal(refused.opens, 0, token);
  }
});

test("a refusal says 403 on either transport", () => withServer({}, async (server) => {
  assert.equal((await upgrade(server, "&token=nonsense")).status, 403);
  const protocols = ["phoenix", "base64url.bearer.phx.bm9uc2Vuc2U"];
  assert.equal((await upgrade(server, "", { protocols })).status, 403);
  const poll = await server.json("/socket/longpoll?token=nonsense&vsn=2.0.0");
  assert.deepEqual(poll, { status: 200, body: { status: 403 } });
  assert.equal((await upgrade(server, "&token=")).status, 101);
}));

authTest("no bearer token prolongs what an administrator's session allows", async (client, server) => {
  await command(server, ["user", "role", ADA, "admin"]);
  const ada = await signedIn(server, ADA);
  const pageToken = async () => (await ada.request("POST", "/api/socket-token", {})).body.data.token;
  const { channel } = await whoami(client("ann", { authToken: await pageToken() }));
  const renew = (token) => within("an answer", new Promise((done) =>
    channel.push("renew", { token }).receive("ok", done).receive("error", done)));
  const { secret } = await bearer(server, ADA);
  assert.deepEqual(await renew(secret), { reason: "a token of a session is needed" });
  assert.equal((await renew(await pageToken())).user_id, 1);
});

for (const [where, env] of [["development", {}],
                            ["production", { COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) }]]) {
  test(`a session's cookie counts only with its csrf_token, in ${where}`, () =>
    withServer({ prepare: users([ADA]), env }, async (server) => {
      const ada = await signedIn(server, ADA);
      const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const who = async (query) => {
        const { socket } = await upgrade(server, query, { headers: { cookie }, keep: true });
        const [, , , , { response }] = await ask(socket, ["1", "1", "session", "phx_join", {}]);
        socket.terminate();
        return response;
      };
      assert.equal((await who(`&_csrf_token=${encodeURIComponent(ada.csrf)}`)).user_id, 1);
      assert.deepEqual(await who(""), { reason: "unauthorized" });
      assert.deepEqual(await who("&_csrf_token=other"), { reason: "unauthorized" });
    }));
}

const LET_OUT = {
  "signing out everywhere": async (server) =>
    (await signedIn(server, ADA)).request("DELETE", "/api/sessions"),
  "another password": async (server) =>
    (await signedIn(server, ADA)).request("PUT", "/api/me/password",
      { current_password: PASSWORD, password: "another good password" }),
  "revoking a token": async (server, { token }) =>
    (await signedIn(server, ADA)).request("DELETE", `/api/tokens/${token.id}`),
  "coppice user disable": (server) => command(server, ["user", "disable", ADA]),
  "coppice user role": (server) => command(server, ["user", "role", ADA, "editor"]),
  "coppice user passwd": (server) =>
    command(server, ["user", "passwd", ADA, "--password-stdin"], "another good password"),
  "coppice token revoke": (server, { token }) =>
    command(server, ["token", "revoke", ADA, `${token.id}`]),
};

for (const [what, letOut] of Object.entries(LET_OUT)) {
  authTest(`${what} disconnects the user's sockets, and nobody else's`, async (client, server) => {
    const ada = await bearer(server, ADA);
    const eve = await bearer(server, EVE);
    const first = client("ann", { authToken: ada.secret });
    const other = client("eve", { authToken: eve.secret });
    await whoami(first);
    const others = await other.join("room:lobby");
    await letOut(server, ada);
    await until("the close", () => first.closes.length > 0);
    assert.equal(first.closes[0], server.transport === WebSocket ? 1001 : 3410);
    assert.equal((await others.ask("ping")).status, "ok");
    assert.deepEqual(other.closes, []);
  });
}

for (const what of ["another password", "coppice user passwd"]) {
  authTest(`after ${what} no bearer token from before it connects`, async (client, server) => {
    const ada = await bearer(server, ADA);
    const first = client("ann", { authToken: ada.secret });
    await whoami(first);
    await LET_OUT[what](server, ada);
    await until("the close", () => first.closes.length > 0);
    await until("the refusal of the old token", () => first.errors.length > 0);
    assert.ok(!first.socket.isConnected());
  });
}

// Lets a token end so many seconds from now.
function endIn(server, { token }, seconds) {
  const at = Math.ceil(Date.now() / 1000) + seconds;
  return runSql(server.database,
    `UPDATE coppice_api_tokens SET expires_at = ${at} WHERE id = ${token.id}`);
}

authTest("a client is warned before its token ends, and closed when it does",
  async (client, server) => {
    const short = await bearer(server, ADA);
    await endIn(server, short, 2);
    const ada = client("ann", { authToken: short.secret });
    const channel = ada.socket.channel("session");
    const warnings = [];
    channel.on("expiring", (warning) => warnings.push(warning));
    channel.join();
    await until("the warning", () => warnings.length > 0);
    assert.ok(warnings[0].expires_in >= 0 && warnings[0].expires_in <= 3);
    await until("the close", () => ada.closes.length > 0);
    assert.equal(ada.closes[0], server.transport === WebSocket ? 4001 : 3410);
    await until("the refusal of the old token", () => ada.errors.length > 0);
  });

authTest("a client that renews its token stays", async (client, server) => {
  const short = await bearer(server, ADA, "short");
  const long = await bearer(server, ADA, "long");
  const eves = await bearer(server, EVE);
  await endIn(server, short, 3);
  const ada = client("ann", { authToken: short.secret });
  const { channel } = await whoami(ada);
  const renew = (token) => within("an answer", new Promise((done) =>
    channel.push("renew", { token }).receive("ok", done).receive("error", done)));
  assert.deepEqual(await renew(eves.secret), { reason: "another user's token" });
  assert.deepEqual(await renew("nonsense"), { reason: "invalid token" });
  const { expires_at } = await renew(long.secret);
  assert.ok(expires_at > Date.now() / 1000 + 3600);
  await new Promise((done) => setTimeout(done, 4500)); // past the first one's end
  assert.deepEqual(ada.closes, []);
});
