// Signing in with OpenID Connect providers.
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { addUser, command, users } from "./support/accounts.mjs";
import { withCollector } from "./support/collector.mjs";
import { CLIENT, Traveller, claims, newKey, token, withFakeProvider, withProvider }
  from "./support/oidc.mjs";
import { freePort } from "./support/ports.mjs";
import { withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const ADA = "ada@example.com";
const SESSION = "_coppice_session";

// A server that trusts the provider; its port is known beforehand, as its address is configured.
async function withTrusting(issuer, { env = {}, path = "/auth/oidc/callback",
                                      prepare = users([ADA, "editor"]) }, use) {
  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${port}${path}`;
  const all = { PORT: String(port), OIDC_ISSUER: issuer, OIDC_CLIENT_ID: CLIENT.id,
                OIDC_CLIENT_SECRET: CLIENT.secret, OIDC_REDIRECT_URI: redirectUri, ...env };
  await withServer({ env: all, prepare }, (server) => use(server, redirectUri));
}

// Where a person is when they are back: {status, next, text, me}.
async function signIn(server, login, path = "/auth/oidc", browser = new Traveller()) {
  const callback = /\/callback\?/;
  const away = await browser.signInAt(server.url + path, login, callback);
  assert.match(away.next ?? "", callback, away.text);
  const back = await browser.go(away.next);
  const session = browser.cookies(server.url).get(SESSION);
  const me = session && await (await server.get("/api/me", {
    headers: { cookie: `${SESSION}=${session}` } })).json();
  return { ...back, me: me?.data, callback: away.next, browser };
}

test("somebody signs in with a provider, and comes back to where they were", async () => {
  for (const [algorithm, inToken] of [["RS256", true], ["ES256", false]]) {
    await withProvider(async (issuer, configure) => {
      await withTrusting(issuer, {}, async (server, redirectUri) => {
        await configure(redirectUri, { keys: [newKey("k", algorithm)], algorithm, inToken });
        const there = await signIn(server, "ada", "/auth/oidc?return_to=/posts/new?x=1");
        assert.equal(there.status, 303, there.text);
        assert.equal(there.next, `${server.url}/posts/new?x=1`);
        assert.deepEqual([there.me.email, there.me.role], [ADA, "editor"]);
        const plain = await signIn(server, "ada");
        assert.equal(plain.next, `${server.url}/`);
        const encoded = await signIn(server, "ada", "/auth/oidc?return_to=/gr%C3%BCn%E2%82%AC");
        assert.equal(encoded.next, `${server.url}/gr%C3%BCn%E2%82%AC`);
        for (const evil of ["//evil.example", "https://evil.example", "/\\evil.example", "x",
                            "/a\u0000", "/a\u0001b", "/a\u001b", "/\t/evil.example", "/a b",
                            "/a\r\nx: y", "/a\u007f"]) {
          const kept = await signIn(server, "ada",
                                    `/auth/oidc?return_to=${encodeURIComponent(evil)}`);
          assert.equal(kept.next, `${server.url}/`, evil);
        }
      });
    });
  }
});

test("whoever has no account, or no verified address, is refused, unless accounts are given", async () => {
  await withProvider(async (issuer, configure) => {
    const keys = [newKey("k")];
    await withTrusting(issuer, {}, async (server, redirectUri) => {
      await configure(redirectUri, { keys, inToken: true });
      const stranger = await signIn(server, "eve");
      assert.deepEqual([stranger.status, stranger.text, stranger.me],
        [403, "You are not signed in: there is no account for this address.\n", undefined]);
      await addUser(server, "unverified@example.com");
      assert.equal((await signIn(server, "unverified")).status, 403);
      await command(server, ["user", "disable", ADA]);
      assert.equal((await signIn(server, "ada")).status, 403);
    });
    const env = { SIGN_UP_WITH_PROVIDER: "true", SIGN_IN_REDIRECT: "/welcome" };
    await withTrusting(issuer, { env }, async (server, redirectUri) => {
      await configure(redirectUri, { keys, inToken: true });
      const eve = await signIn(server, "eve");
      assert.equal(eve.next, `${server.url}/welcome`);
      assert.deepEqual([eve.me.email, eve.me.role, eve.me.name],
                       ["eve@example.com", "member", "The eve"]);
      assert.equal((await signIn(server, "eve")).me.id, eve.me.id);
    });
  });
});

test("a callback works once, in the browser that began, for the state that it was given", async () => {
  await withProvider(async (issuer, configure) => {
    await withTrusting(issuer, {}, async (server, redirectUri) => {
      await configure(redirectUri, { keys: [newKey("k")], inToken: true });
      const { callback, browser, status } = await signIn(server, "ada");
      assert.equal(status, 303);
      for (const [who, url] of [[browser, callback], [new Traveller(), callback],
                                [new Traveller(), redirectUri]]) {
        const again = await who.go(url);
        assert.equal(again.status, 400, again.text);
        assert.match(again.text, /was not begun in this browser, or too long ago/);
      }
      const other = new Traveller();
      await other.go(`${server.url}/auth/oidc`);
      assert.equal((await other.go(callback)).status, 400, "another sign-in's state was taken");
      const { next } = await other.go(`${server.url}/auth/oidc`);
      const state = new URL(next).searchParams.get("state");
      assert.equal((await other.go(`${redirectUri}?state=${state}&state=${state}&code=x`)).status, 400);
      assert.equal((await other.go(`${redirectUri}?state=&code=`)).status, 400);
      assert.equal((await server.get("/auth/nobody")).status, 404);
      assert.equal((await server.get("/auth/nobody/callback")).status, 404);
    });
  });
});

test("the callback is where the provider was told that it is", async () => {
  await withProvider(async (issuer, configure) => {
    await withTrusting(issuer, { path: "/api/sign-in/callback" }, async (server, redirectUri) => {
      await configure(redirectUri, { keys: [newKey("k")], inToken: true });
      assert.equal((await signIn(server, "ada")).me.email, ADA);
    });
  });
});

test("no token that is not right in every part signs anybody in", async () => {
  await withFakeProvider(async (fake) => {
    await withTrusting(fake.issuer, {}, async (server) => {
      const attempt = (make) => {
        fake.token = make;
        return signIn(server, "ada");
      };
      const good = (nonce) => token(fake.key, claims(fake.issuer, nonce));
      assert.equal((await attempt(good)).me.email, ADA);
      const stranger = newKey("one");
      const now = Math.floor(Date.now() / 1000);
      const bad = {
        "another nonce": () => token(fake.key, claims(fake.issuer, "x")),
        "another issuer": (n) => token(fake.key, claims("http://evil.example", n)),
        "another audience": (n) => token(fake.key, claims(fake.issuer, n, { aud: "them" })),
        "several audiences": (n) => token(fake.key, claims(fake.issuer, n, { aud: ["us", "them"] })),
        "expired": (n) => token(fake.key, claims(fake.issuer, n, { exp: now - 61 })),
        "from the future": (n) => token(fake.key, claims(fake.issuer, n, { iat: now + 120 })),
        "nobody's": (n) => token(fake.key, claims(fake.issuer, n, { sub: "" })),
        "another's key": (n) => token(stranger, claims(fake.issuer, n)),
        "no algorithm": (n) => token(fake.key, claims(fake.issuer, n), { alg: "none" })
          .replace(/[^.]*$/, ""),
        "a symmetric algorithm": (n) => token(fake.key, claims(fake.issuer, n), { alg: "HS256" }),
        "changed": (n) => good(n).replace(/\.(.{20})/, (_, part) => `.${part.slice(0, 19)}A`),
        "no token": () => undefined,
        "no JWT": () => "x.y.z",
      };
      for (const [name, make] of Object.entries(bad)) {
        const refused = await attempt(make);
        assert.equal(refused.me, undefined, name);
        assert.equal(refused.status, 401, `${name}: ${refused.text}`);
      }
      const early = await attempt((n) => token(fake.key, claims(fake.issuer, n, { exp: now - 30 })));
      assert.equal(early.status, 303, "clocks may differ by a minute");
    });
  });
});

test("the provider and the database are asked in the trace of who comes back", async () => {
  await withCollector((collector) => withFakeProvider(async (fake) => {
    fake.token = (nonce) => token(fake.key, claims(fake.issuer, nonce));
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    await withTrusting(fake.issuer, { env }, async (server) => {
      assert.equal((await signIn(server, "ada")).me.email, ADA);
      const request = await until("the request's span", () =>
        collector.spans.find(({ name }) => name === "GET /auth/oidc/callback"));
      const within = (parent) => collector.spans.filter(({ traceId, parentSpanId }) =>
        traceId === request.traceId && parentSpanId === parent.spanId);
      const handler = within(request).find(({ name }) => name === "handle");
      const asks = within(handler).find(({ name }) => name === "ask the provider");
      assert.equal(asks.kind, 3);
      assert.equal(asks.attributes["coppice.provider"], "oidc");
      assert.equal(fake.traces["/token"], `00-${request.traceId}-${asks.spanId}-01`);
      const written = within(handler).filter(({ name }) => name === "write")
        .map(({ attributes }) => attributes["coppice.command"]);
      assert.deepEqual(written, ["accounts.sign_in_with_identity", "accounts.create_session"]);
    });
  }));
});

test("a provider may change its keys, and be away for a while", async () => {
  await withFakeProvider(async (fake) => {
    fake.token = (nonce) => token(fake.key, claims(fake.issuer, nonce));
    await withTrusting(fake.issuer, {}, async (server) => {
      fake.broken = (_path, response) => response.writeHead(503).end();
      const away = await new Traveller().go(`${server.url}/auth/oidc`);
      assert.deepEqual([away.status, away.text],
                       [502, "You are not signed in: the provider does not answer.\n"]);
      fake.broken = undefined;
      // It is asked again five seconds later.
      await until("the provider to be asked again", async () => {
        await pause(1000);
        return (await signIn(server, "ada")).status === 303;
      });
      assert.equal((await signIn(server, "ada")).status, 303);
      assert.equal(fake.asked["/jwks"], 1);
      fake.key = newKey("two");
      // They are asked for again at most every five seconds, and attempts that fail are limited.
      await until("the new key to be known", async () => {
        await pause(1000);
        return (await signIn(server, "ada")).status === 303;
      });
      assert.equal(fake.asked["/jwks"], 2);
      fake.broken = (path, response) => path === "/token" && response.writeHead(500).end();
      assert.equal((await signIn(server, "ada")).status, 502);
      fake.broken = (path, response) => path === "/token" &&
        response.writeHead(400, { "content-type": "application/json" })
          .end('{"error":"invalid_grant"}');
      assert.equal((await signIn(server, "ada")).status, 401);
    });
  });
});

test("a provider that is not who it should be is not gone to", async () => {
  await withFakeProvider(async (fake) => {
    for (const metadata of [{ issuer: "http://evil.example" }, { token_endpoint: undefined },
                            { jwks_uri: "file:///etc/passwd" }]) {
      fake.metadata = metadata;
      await withTrusting(fake.issuer, {}, async (server) => {
        assert.equal((await new Traveller().go(`${server.url}/auth/oidc`)).status, 502);
      });
    }
  });
});

test("a provider that accepts and says nothing is asked by one at a time, and soon not at all", async () => {
  await withFakeProvider(async (fake) => {
    const discovery = "/.well-known/openid-configuration";
    fake.token = (nonce) => token(fake.key, claims(fake.issuer, nonce));
    fake.broken = () => true;
    await withTrusting(fake.issuer, {}, async (server) => {
      const begin = () => new Traveller().go(`${server.url}/auth/oidc`);
      const crowd = await Promise.all(Array.from({ length: 15 }, begin));
      for (const { status, text } of crowd) {
        assert.deepEqual([status, text],
                         [502, "You are not signed in: the provider does not answer.\n"]);
      }
      assert.equal((await begin()).status, 502);
      assert.equal(fake.asked[discovery], 1);
      const lines = server.log.split("\n").filter((line) => /sign-in with oidc/.test(line));
      assert.equal(lines.length, 1, server.log);
      assert.match(lines[0], /warn/);
      fake.broken = undefined;
      await until("the provider to be asked again", async () => {
        await pause(3000);
        return (await begin()).status === 303;
      });
      assert.equal(fake.asked[discovery], 2);
      assert.equal((await signIn(server, "ada")).me.email, ADA);
    });
  });
});

test("whoever keeps beginning what comes to nothing is told to wait", async () => {
  await withFakeProvider(async (fake) => {
    fake.broken = (_path, response) => response.writeHead(503).end();
    await withTrusting(fake.issuer, {}, async (server) => {
      const begin = () => server.get("/auth/oidc", { redirect: "manual" });
      for (let n = 0; n < 20; ++n) assert.equal((await begin()).status, 502, `${n}`);
      const limited = await begin();
      assert.equal(limited.status, 429);
      assert.ok(Number(limited.headers.get("retry-after")) >= 1);
      assert.match(await limited.text(), /too many attempts/);
    });
  });
});
