// Accounts over HTTP and on the command line: sessions, passwords, bearer tokens.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { Browser, PASSWORD, addUser, command, signedIn, users, withToken } from "./support/accounts.mjs";
import { ask, operate } from "./support/admin.mjs";
import { Server, coppice, withFolder, withServer } from "./support/server.mjs";
import { querySql, runSql } from "./support/sql.mjs";
import { until } from "./support/wait.mjs";

const ADA = "ada@example.com";
const withAda = { prepare: users([ADA, "admin"]) };
const detail = ({ body }) => body.errors.detail;

test("the command line makes users while no server runs and while one does", async () => {
  await withServer({ prepare: (server) => addUser(server, ADA, { role: "admin" }) },
    async (server) => {
      await addUser(server, "eve@example.com");
      const { stdout } = await command(server, ["user", "list", "--json"]);
      assert.deepEqual(JSON.parse(stdout).users.map(({ email, role, disabled }) =>
        [email, role, disabled]), [[ADA, "admin", false], ["eve@example.com", "member", false]]);
      const table = await command(server, ["user", "list"]);
      assert.match(table.stdout, /^ID +EMAIL +NAME +ROLE +STATE\n1 +ada@example\.com +ada +admin +active\n/);
      await signedIn(server, "eve@example.com");
    });
});

test("the command line says what is wrong, and takes no password from its arguments", async () => {
  await withServer(withAda, async (server) => {
    const cases = [
      [["user", "add", ADA, "--password-stdin"], PASSWORD, 1, /email has already been taken/],
      [["user", "add", "ADA@EXAMPLE.COM", "--password-stdin"], PASSWORD, 1, /already been taken/],
      [["user", "add", "x@example.com", "--password-stdin"], "short", 2, /at least 12 character/],
      [["user", "add", "no address", "--password-stdin"], PASSWORD, 2, /must have the @ sign/],
      [["user", "add", "x@example.com", "--role", "root", "--password-stdin"], PASSWORD, 2,
       /"root" is no role; accepted: admin, editor, member/],
      [["user", "add", "x@example.com"], PASSWORD, 2, /no terminal.*--password-stdin/],
      [["user", "add", "x@example.com", "--password", PASSWORD], "", 2, /--password/],
      [["user", "role", "no@example.com", "editor"], "", 1, /there is no user no@example\.com/],
      [["user", "passwd", "no@example.com", "--password-stdin"], PASSWORD, 1, /there is no user/],
      [["user", "disable", "no@example.com"], "", 1, /there is no user/],
      [["user"], "", 2, /subcommand/],
      [["token", "create", ADA, "--name", "t", "--scope", "all"], "", 2, /"all" is no scope/],
      [["token", "revoke", ADA, "99"], "", 1, /there is no such token/],
    ];
    for (const [args, input, code, says] of cases) {
      const run = await command(server, args, input);
      assert.equal(run.code, code, `${args.join(" ")}: ${run.stderr}`);
      assert.match(run.stderr, says, args.join(" "));
    }
  });
});

test("a generated password is printed once and signs in", async () => {
  await withServer({}, async (server) => {
    const run = await command(server, ["user", "add", ADA, "--generate-password", "--json"]);
    const { user, password } = JSON.parse(run.stdout);
    assert.equal(user.email, ADA);
    await signedIn(server, ADA, password);
    const passwd = await command(server, ["user", "passwd", ADA, "--generate-password"]);
    const next = /password: (\S+)/.exec(passwd.stdout)[1];
    assert.notEqual(next, password);
    await signedIn(server, ADA, next);
  });
});

test("operators make users and tokens over the socket, and nothing secret is in the log", async () => {
  await withServer({}, async (server) => {
    const order = async (path, form) => {
      const { status, body } = await operate(server, path, "POST", form);
      return { status, body: JSON.parse(body) };
    };
    const made = await order("/v1/users", { email: ADA, password: PASSWORD, role: "editor" });
    assert.equal(made.status, 200, JSON.stringify(made.body));
    assert.equal(made.body.user.role, "editor");
    const browser = await signedIn(server, ADA);
    assert.deepEqual((await ask(server, "/v1/users")).users, [made.body.user]);

    const next = "another good password";
    assert.equal((await order("/v1/users/password", { email: ADA, password: next })).status, 200);
    assert.equal((await browser.me()).status, 401);
    await signedIn(server, ADA, next);

    const token = (await order("/v1/tokens", { email: ADA, name: "t", scopes: ["content:read"] })).body;
    const me = async (secret) =>
      (await server.get("/api/me", { headers: { authorization: `Bearer ${secret}` } })).status;
    assert.equal(await me(token.secret), 200);
    assert.deepEqual((await order("/v1/tokens/revoke", { email: ADA, id: token.token.id })).body, { ok: true });
    assert.equal(await me(token.secret), 401);

    await until("the log of them", () => /POST \/v1\/tokens\/revoke answered 200/.test(server.log));
    const who = `to uid ${process.getuid()}, pid ${process.pid}`;
    assert.ok(server.log.includes(`operator: POST /v1/users answered 200 ${who}`), server.log);
    assert.match(server.log, /accounts: user 1 has another password/);
    for (const secret of [PASSWORD, next, token.secret, ADA]) assert.ok(!server.log.includes(secret), secret);
  });
});

test("an order that can't be followed says why over the socket", async () => {
  await withServer(withAda, async (server) => {
    const cases = [
      ["/v1/users", { email: ADA, password: PASSWORD }, 409, /email has already been taken/],
      ["/v1/users", { email: "x@example.com", password: PASSWORD, roll: "admin" }, 400, /roll is not known/],
      ["/v1/users/role", { email: "no@example.com", role: "editor" }, 404, /there is no user/],
      ["/v1/users/role?database=/no/such.db", { email: ADA, role: "editor" }, 409, /this server's database is/],
      ["/v1/users/role", undefined, 415, /must be application\/json/],
      ["/v1/users/role", [], 400, /must be a JSON object/],
    ];
    for (const [path, form, status, says] of cases) {
      const answer = await operate(server, path, "POST", form);
      assert.equal(answer.status, status, `${path}: ${answer.body}`);
      assert.match(JSON.parse(answer.body).errors.detail, says);
    }
  });
});

test("a database that no server has is worked on without the server of another one", async () => {
  await withServer(withAda, async (server) => {
    const other = ["--database", join(server.folder, "other.db"), "--socket", server.adminSocket];
    const made = await coppice(["user", "add", ADA, "--password-stdin", ...other], { input: `${PASSWORD}\n` });
    assert.equal(made.code, 0, made.stderr);
    const listed = await coppice(["user", "list", "--json", ...other]);
    assert.deepEqual(JSON.parse(listed.stdout).users.map(({ email, role }) => [email, role]), [[ADA, "member"]]);
    assert.deepEqual((await ask(server, "/v1/users")).users.map(({ role }) => role), ["admin"]);
  });
});

test("a server that has the database, and can't be asked, is named", async () => {
  await withServer({}, async (server) => {
    const run = await coppice(["user", "add", ADA, "--password-stdin", "--database",
                               server.database, "--socket", "/nowhere/admin.sock"],
                              { input: `${PASSWORD}\n` });
    assert.equal(run.code, 3, run.stderr);
    assert.match(run.stderr, /is in use, and its server can't be asked: no server is running/);
  });
});

test("signing in begins a session, signing out ends it", async () => {
  await withServer(withAda, async (server) => {
    const browser = new Browser(server);
    assert.equal((await browser.me()).status, 401);
    const answer = await browser.signIn("Ada@Example.com");
    assert.equal(answer.status, 201);
    assert.equal(answer.body.data.email, ADA);
    assert.equal(answer.body.data.role, "admin");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const cookie = answer.headers.get("set-cookie");
    assert.match(cookie, /^_coppice_session=[\w-]+; path=\/; max-age=5184000; samesite=Lax; httponly$/);
    const me = await browser.me();
    assert.equal(me.status, 200);
    assert.equal(me.body.csrf_token, answer.body.csrf_token);
    const kept = new Map(browser.cookies);
    assert.equal((await browser.request("DELETE", "/api/session")).status, 204);
    assert.equal(browser.cookies.size, 0);
    browser.cookies = kept; // whoever kept the cookie has nothing of it
    assert.equal((await browser.me()).status, 401);
  });
});

test("signing out everywhere ends all sessions of that user", async () => {
  await withServer({ prepare: users([ADA, "member"], ["eve@example.com", "member"]) },
    async (server) => {
      const here = await signedIn(server, ADA);
      const there = await signedIn(server, ADA);
      const eve = await signedIn(server, "eve@example.com");
      const program = await withToken(here);
      assert.equal((await here.request("DELETE", "/api/sessions")).status, 204);
      assert.equal((await there.me()).status, 401);
      assert.equal((await program.me()).status, 200, "tokens end one by one");
      assert.equal((await eve.me()).status, 200);
    });
});

test("nobody learns from a refusal whether there is an account", async () => {
  await withServer(withAda, async (server) => {
    const answers = [];
    for (const email of [ADA, "nobody@example.com", "not an address"]) {
      const { status, body } = await new Browser(server).signIn(email, "wrong password!");
      answers.push({ status, body });
    }
    const refusal = { status: 401, body: { errors: { detail: "invalid email or password" } } };
    assert.deepEqual(answers, [refusal, refusal, refusal]);
  });
});

test("the database holds no password and no secret", async () => {
  await withServer(withAda, async (server) => {
    const browser = await signedIn(server, ADA);
    const made = await browser.request("POST", "/api/tokens",
                                       { name: "t", scopes: ["content:read"] });
    const rows = JSON.stringify(await querySql(
      server.database,
      "SELECT password_hash, s.token_hash, t.token_hash FROM coppice_users u " +
      "JOIN coppice_sessions s ON s.user_id = u.id JOIN coppice_api_tokens t ON t.user_id = u.id"));
    assert.match(rows, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.ok(!rows.includes(PASSWORD) && !rows.includes(made.body.secret));
  });
});

test("guessing is slowed down, for each address and account, and for nobody else", async () => {
  await withServer({ prepare: users([ADA, "member"], ["eve@example.com", "member"]) },
    async (server) => {
      const browser = new Browser(server);
      for (const email of [ADA, "nobody@example.com"]) {
        for (let n = 0; n < 5; ++n) {
          assert.equal((await browser.signIn(email, "wrong password!")).status, 401);
        }
        // Now even the right password has to wait.
        const limited = await browser.signIn(email);
        assert.equal(limited.status, 429, email);
        assert.ok(Number(limited.headers.get("retry-after")) >= 1);
      }
      assert.equal((await browser.signIn("eve@example.com")).status, 201);
    });
});

test("passwords in parallel leave the rest of the server fast, and too many are told so", async () => {
  await withServer(withAda, async (server) => {
    const attempts = Array.from({ length: 80 }, (_, n) =>
      new Browser(server).signIn(`user${n}@example.com`, "wrong password!"));
    const began = performance.now();
    assert.equal((await server.get("/api/health")).status, 200);
    assert.ok(performance.now() - began < 1000, "health waited for passwords");
    const statuses = new Set((await Promise.all(attempts)).map(({ status }) => status));
    statuses.forEach((status) => assert.ok([401, 429, 503].includes(status), String(status)));
    assert.ok(statuses.has(401));
  });
});

test("what changes something by cookie needs the session's token, from a page of ours", async () => {
  await withServer({ ...withAda, env: { CORS_ORIGINS: "https://app.example" } }, async (server) => {
    const browser = await signedIn(server, ADA);
    const attempt = (headers, csrf = browser.csrf) =>
      browser.request("POST", "/api/socket-token", {}, { "x-csrf-token": csrf, ...headers });
    assert.equal((await attempt({})).status, 201);
    assert.equal((await attempt({ "sec-fetch-site": "same-origin" })).status, 201);
    assert.equal((await attempt({ origin: server.url })).status, 201);
    assert.equal((await attempt({ origin: "https://app.example",
                                  "sec-fetch-site": "cross-site" })).status, 201);
    const other = await signedIn(server, ADA);
    for (const csrf of ["", "x", other.csrf]) {
      const refused = await attempt({}, csrf);
      assert.equal(refused.status, 403, csrf);
      assert.match(detail(refused), /^x-csrf-token must be/);
    }
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" },
                           { origin: "null" }]) {
      const refused = await attempt(headers);
      assert.equal(refused.status, 403, JSON.stringify(headers));
      assert.equal(detail(refused), "pages of other sites may not do this");
      const login = await new Browser(server, headers).signIn(ADA);
      assert.equal(login.status, 403, "a page of another site signed its visitor in");
    }
    // Reading needs none.
    assert.equal((await browser.request("GET", "/api/me", undefined,
                                        { "x-csrf-token": "" })).status, 200);
  });
});

test("a session's cookie can't be made or changed", async () => {
  await withServer(withAda, async (server) => {
    const browser = await signedIn(server, ADA);
    const value = browser.cookies.get("_coppice_session");
    const middle = Math.floor(value.length / 2);
    const changed = value.slice(0, middle) + (value[middle] === "A" ? "B" : "A") +
                    value.slice(middle + 1);
    for (const forged of [changed, "", "x", value.slice(0, -4), `${value}AAAA`, "%00", '"']) {
      browser.cookies.set("_coppice_session", forged);
      assert.equal((await browser.me()).status, 401, forged);
    }
    browser.cookies.set("_coppice_session", value);
    assert.equal((await browser.me()).status, 200);
  });
});

test("sessions outlive a change of the secret while the one before is accepted", async () => {
  const [first, second] = ["1".repeat(64), "2".repeat(64)];
  await withFolder(async (folder) => {
    const run = async (env, use) => {
      const server = new Server(folder, env);
      try {
        await server.start();
        return await use(server);
      } finally {
        server.signal("SIGTERM");
        await server.ended;
      }
    };
    const browser = await run({ SECRET_KEY_BASE: first }, async (server) => {
      await addUser(server, ADA);
      return signedIn(server, ADA);
    });
    const statusWith = (env) => run(env, async (server) => {
      browser.server = server;
      return [(await browser.me()).status,
              (await browser.request("POST", "/api/socket-token", {})).status];
    });
    const both = { SECRET_KEY_BASE: second, SECRET_KEY_BASE_PREVIOUS: first };
    assert.deepEqual(await statusWith(both), [200, 201]);
    assert.deepEqual(await statusWith({ SECRET_KEY_BASE: second }), [401, 401]);
  });
});

test("in production cookies are for HTTPS only, and a secret is needed", async () => {
  const { stdout } = await coppice(["secret"]);
  assert.match(stdout, /^[\w-]{64}\n$/);
  assert.notEqual((await coppice(["secret"])).stdout, stdout);
  assert.match(JSON.parse((await coppice(["secret", "--json"])).stdout).secret, /^[\w-]{64}$/);
  const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: stdout.trim(), SESSION_SAME_SITE: "strict",
                SESSION_COOKIE_DOMAIN: "example.com", SESSION_MAX_DAYS: "1" };
  await withServer({ ...withAda, env }, async (server) => {
    const answer = await new Browser(server).signIn(ADA);
    assert.match(answer.headers.get("set-cookie"),
                 /^_coppice_session=.+; domain=example\.com; max-age=86400; samesite=Strict; secure; httponly$/);
  });
  await withFolder(async (folder) => {
    const server = (secret) => coppice(["server"], { cwd: folder, env: {
      COPPICE_ENV: "prod", DATABASE_PATH: `${folder}/a.db`, ...secret } });
    const missing = await server({});
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /^environment variable SECRET_KEY_BASE is missing: .*coppice secret/);
    const short = await server({ SECRET_KEY_BASE: "too short" });
    assert.equal(short.code, 2);
    assert.match(short.stderr, /SECRET_KEY_BASE is "\(9 characters\)"; accepted: at least 64/);
  });
});

test("in production no other host of the domain can plant a session's cookie", async () => {
  const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) };
  await withServer({ ...withAda, env }, async (server) => {
    const browser = new Browser(server);
    const answer = await browser.signIn(ADA);
    assert.match(answer.headers.get("set-cookie"),
                 /^__Host-_coppice_session=[\w-]+; path=\/; max-age=5184000; samesite=Lax; secure; httponly$/);
    assert.equal((await browser.me()).status, 200);
    assert.equal((await browser.request("POST", "/api/socket-token", {})).status, 201);
    const { body: api } = await server.json("/api/openapi.json");
    assert.equal(api.components.securitySchemes.session.name, "__Host-_coppice_session");
    const planted = new Browser(server);
    planted.cookies.set("_coppice_session", browser.cookies.get("__Host-_coppice_session"));
    assert.equal((await planted.me()).status, 401);
    assert.equal((await browser.request("DELETE", "/api/session")).status, 204);
    assert.equal(browser.cookies.size, 0);
  });
});

test("a change of password ends the other sessions and all bearer tokens", async () => {
  await withServer(withAda, async (server) => {
    const here = await signedIn(server, ADA);
    const there = await signedIn(server, ADA);
    const program = await withToken(here);
    const change = (current_password, password) =>
      here.request("PUT", "/api/me/password", { current_password, password });
    const wrong = await change("not my password", "another password");
    assert.deepEqual([wrong.status, wrong.body],
                     [422, { errors: { current_password: ["is not valid"] } }]);
    const short = await change(PASSWORD, "short");
    assert.deepEqual([short.status, short.body],
                     [422, { errors: { password: ["should be at least 12 character(s)"] } }]);
    assert.equal((await program.me()).status, 200);
    assert.equal((await change(PASSWORD, "another password")).status, 204);
    assert.equal((await here.me()).status, 200);
    assert.equal((await there.me()).status, 401);
    assert.equal((await program.me()).status, 401);
    assert.deepEqual((await here.request("GET", "/api/tokens")).body.data, []);
    assert.equal((await new Browser(server).signIn(ADA)).status, 401);
    await signedIn(server, ADA, "another password");
  });
});

test("a disabled user is let in by nothing", async () => {
  await withServer(withAda, async (server) => {
    const browser = await signedIn(server, ADA);
    const program = await withToken(browser);
    assert.equal((await command(server, ["user", "disable", ADA])).code, 0);
    assert.equal((await browser.me()).status, 401);
    assert.equal((await program.me()).status, 401);
    const refused = await new Browser(server).signIn(ADA);
    assert.deepEqual([refused.status, detail(refused)], [401, "invalid email or password"]);
    assert.equal((await command(server, ["user", "enable", ADA])).code, 0);
    await signedIn(server, ADA);
    assert.equal((await program.me()).status, 200, "a token is good again with its user");
  });
});

test("a bearer token is made, used within its scopes, listed and revoked", async () => {
  await withServer(withAda, async (server) => {
    const browser = await signedIn(server, ADA);
    const made = await browser.request("POST", "/api/tokens",
                                       { name: "deploy", scopes: ["socket"], days: 1 });
    assert.equal(made.status, 201);
    const { data: { id, scopes, expires_at }, secret } = made.body;
    assert.match(secret, /^coppice_[\w-]{43}$/);
    assert.deepEqual(scopes, ["socket"]);
    assert.ok(Math.abs(Date.parse(expires_at) - Date.now() - 86_400_000) < 60_000);
    const program = new Browser(server, { authorization: `Bearer ${secret}` });
    const me = await program.me();
    assert.deepEqual([me.status, me.body.data.email, me.body.scopes], [200, ADA, ["socket"]]);
    assert.equal(me.body.csrf_token, undefined);
    assert.equal((await program.request("POST", "/api/socket-token", {})).status, 201);
    // It makes no others, and changes no password.
    const more = await program.request("POST", "/api/tokens", { name: "more", scopes: ["socket"] });
    assert.deepEqual([more.status, detail(more)], [403, "this needs a session, not a token"]);
    const listed = await browser.request("GET", "/api/tokens");
    assert.equal(listed.body.data.length, 1);
    assert.equal(listed.body.data[0].secret, undefined);
    assert.ok(Date.parse(listed.body.data[0].last_used_at));
    assert.equal((await browser.request("DELETE", `/api/tokens/${id}`)).status, 204);
    assert.equal((await browser.request("DELETE", `/api/tokens/${id}`)).status, 404);
    const revoked = await program.me();
    assert.equal(revoked.status, 401);
    assert.equal(revoked.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
  });
});

test("a bearer token's scope is asked for", async () => {
  await withServer(withAda, async (server) => {
    const run = await command(server, ["token", "create", ADA, "--name", "reader", "--scope",
                                       "content:read", "--json"]);
    const { token, secret } = JSON.parse(run.stdout);
    const program = new Browser(server, { authorization: `bearer ${secret}` });
    assert.equal((await program.me()).status, 200);
    const refused = await program.request("POST", "/api/socket-token", {});
    assert.equal(refused.status, 403);
    assert.equal(refused.headers.get("www-authenticate"),
                 'Bearer error="insufficient_scope", scope="socket"');
    const { stdout } = await command(server, ["token", "list", ADA, "--json"]);
    assert.deepEqual(JSON.parse(stdout).tokens.map(({ name }) => name), ["reader"]);
    const revoke = await command(server, ["token", "revoke", ADA, String(token.id)]);
    assert.equal(revoke.code, 0, revoke.stderr);
    assert.equal((await program.me()).status, 401);
  });
});

test("forms that are no forms are told what they should be", async () => {
  await withServer(withAda, async (server) => {
    const post = (body, type = "application/json") =>
      server.get("/api/session", { method: "POST", body, headers: { "content-type": type } });
    const cases = [
      [await post("{", undefined), 400, "the body is not JSON"],
      [await post("[]"), 400, "the body must be a JSON object"],
      [await post(""), 400, "the body is not JSON"],
      [await post('{"email":"\xff'), 400, "the body is not JSON"],
      [await post("[".repeat(10_000)), 400, "the body is not JSON"],
      [await post("email=a&password=b", "application/x-www-form-urlencoded"), 415,
       "the body must be application/json"],
      [await post("x".repeat(20_000)), 413, undefined],
    ];
    for (const [answer, status, says] of cases) {
      assert.equal(answer.status, status);
      if (says) assert.equal((await answer.json()).errors.detail, says);
    }
    const fields = async (body) => (await post(JSON.stringify(body))).json();
    assert.deepEqual(await fields({}),
                     { errors: { email: ["can't be blank"], password: ["can't be blank"] } });
    assert.deepEqual(await fields({ email: 1, password: ["x"] }),
                     { errors: { email: ["is invalid"], password: ["is invalid"] } });
    const browser = await signedIn(server, ADA);
    const token = async (body) => (await browser.request("POST", "/api/tokens", body)).body;
    assert.deepEqual(Object.keys((await token({ name: "", scopes: ["x"], days: 9999 })).errors),
                     ["days", "name", "scopes"]);
    assert.deepEqual((await token({ name: "x", scopes: "socket" })).errors,
                     { scopes: ["is invalid"] });
    assert.equal((await token({ name: "x", scopes: ["socket"] })).errors, undefined);
    assert.deepEqual((await token({ name: "x", scopes: ["socket"] })).errors,
                     { name: ["has already been taken"] });
    assert.equal((await browser.request("DELETE", "/api/tokens/99999999999999999999")).status, 404);
  });
});

test("forms with members too many, twice, of another type or with something behind them are refused", async () => {
  await withServer(withAda, async (server) => {
    const browser = await signedIn(server, ADA);
    const forms = [
      ["POST", "/api/session", { email: ADA, password: PASSWORD }],
      ["PUT", "/api/me/password", { current_password: PASSWORD, password: "another password" }],
      ["POST", "/api/tokens", { name: "t", scopes: ["socket"], days: 1 }],
      ["POST", "/api/password-resets", { email: ADA }],
      ["PUT", "/api/password-resets", { token: "x", password: "another password" }],
    ];
    for (const [method, path, form] of forms) {
      const what = `${method} ${path}`;
      const send = async (body) => {
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
        const headers = { cookie, "x-csrf-token": browser.csrf, "content-type": "application/json" };
        const answer = await server.get(path, { method, body, headers });
        return [answer.status, (await answer.json()).errors];
      };
      const text = JSON.stringify(form);
      assert.deepEqual(await send(JSON.stringify({ ...form, role: "admin" })),
                       [422, { role: ["is not known"] }], what);
      for (const name of Object.keys(form)) {
        assert.deepEqual(await send(text.replace("{", `{${JSON.stringify(name)}:${JSON.stringify(form[name])},`)),
                         [400, { detail: `the body has the member "${name}" twice` }], what);
        assert.deepEqual(await send(JSON.stringify({ ...form, [name]: { is: "no text" } })),
                         [422, { [name]: ["is invalid"] }], what);
      }
      for (const behind of ["x", "{}", ",", "\u0000"]) {
        assert.deepEqual(await send(text + behind), [400, { detail: "the body is not JSON" }], what);
      }
    }
    assert.equal((await browser.me()).status, 200);
    assert.deepEqual((await browser.request("GET", "/api/tokens")).body.data, []);
    await signedIn(server, ADA);
  });
});

test("accounts work on while password hashing is cut down and grows back", async () => {
  await withServer(withAda, async (server) => {
    for (const path of ["/accounts/hasher-1", "/accounts/hasher-2", "/database/writer"]) {
      assert.equal((await server.command("crash", path)).code, 0);
      await until(`${path} to be back`, () => server.log.includes(`sup.restart {"path":"${path}"`));
      await signedIn(server, ADA);
    }
  });
});

test("why an account's request failed is in the log, and not in the answer", async () => {
  await withServer(withAda, async (server) => {
    const browser = await signedIn(server, ADA);
    const bearer = { headers: { authorization: "Bearer coppice_unknown" } };
    const names = ["sessions", "api_tokens"].map((name) => `coppice_${name}`);
    await runSql(server.database, names.map((name) => `ALTER TABLE ${name} RENAME TO no_${name};`)
      .join("\n"));
    const failed = [["GET /api/me", await browser.me()],
                    ["GET /api/tokens", await server.get("/api/tokens", bearer)],
                    ["POST /api/session", await new Browser(server).signIn(ADA)]];
    for (const [request, { status }] of failed) {
      assert.equal(status, 500, request);
      await until(`${request} in the log`, () =>
        new RegExp(`${request} failed: .*no such table`).test(server.log));
    }
    assert.deepEqual(failed[0][1].body, { errors: { detail: "Internal Server Error" } });
    assert.equal((await new Browser(server).signIn(ADA, "wrong password")).status, 401);
    assert.equal(server.log.match(/(GET|POST) \S+ failed: /g).length, failed.length, server.log);
  });
});
