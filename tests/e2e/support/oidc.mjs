// OpenID Connect providers: a real one, and one that says whatever it is told to.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export const CLIENT = { id: "us", secret: "s3cret: with %/+ in it" };

// A signing key as a JWK, with its private part.
export function newKey(kid, algorithm = "RS256") {
  const { privateKey } = algorithm === "RS256"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid, alg: algorithm, use: "sig" };
}

async function listen(handler, use) {
  let handle = handler;
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  try {
    return await use(issuer, (next) => (handle = next));
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

async function realProvider(issuer, redirectUri, { keys, algorithm, inToken }) {
  const { default: Provider } = await import("oidc-provider");
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri],
      id_token_signed_response_alg: algorithm,
    }],
    jwks: { keys },
    cookies: { keys: ["a test"] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: !inToken,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: id !== "unverified",
                       name: `The ${id}` }),
    }),
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  return provider.callback();
}

// Runs `use` with oidc-provider: (issuer, configure). `configure` says how it behaves from then on.
export function withProvider(use) {
  return listen((_request, response) => response.writeHead(503).end(), (issuer, serve) =>
    use(issuer, async (redirectUri, options) =>
      serve(await realProvider(issuer, redirectUri, { algorithm: "RS256", ...options }))));
}

const base64url = (value) => Buffer.from(value).toString("base64url");

// A signed token. `header` and `claims` override what is usual.
export function token(key, claims, header = {}) {
  const text = [{ alg: key.alg, kid: key.kid, ...header }, claims]
    .map((part) => base64url(JSON.stringify(part))).join(".");
  const privateKey = createPrivateKey({ key, format: "jwk" });
  return `${text}.${base64url(sign("sha256", Buffer.from(text),
    { key: privateKey, dsaEncoding: "ieee-p1363" }))}`;
}

// Runs `use` with a provider whose answers are in what it is given: {issuer, key, codes, answers}.
// `answers.token` makes the token endpoint's answer from the nonce; `asked` counts by path, and
// `traces` has each path's last `traceparent`.
export function withFakeProvider(use) {
  const fake = { key: newKey("one"), nonces: new Map(), asked: {}, traces: {}, metadata: {} };
  const json = (response, status, body) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  return listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url, fake.issuer);
    fake.asked[pathname] = (fake.asked[pathname] ?? 0) + 1;
    fake.traces[pathname] = request.headers.traceparent;
    const path = (name) => `${fake.issuer}/${name}`;
    if (fake.broken?.(pathname, response)) return;
    if (pathname === "/.well-known/openid-configuration") {
      json(response, 200, {
        issuer: fake.issuer, authorization_endpoint: path("authorize"), token_endpoint: path("token"),
        jwks_uri: path("jwks"), ...fake.metadata });
    } else if (pathname === "/jwks") {
      json(response, 200, { keys: [createPublicKey({ key: fake.key, format: "jwk" })
        .export({ format: "jwk" })].map((key) => ({ ...key, kid: fake.key.kid })) });
    } else if (pathname === "/authorize") {
      fake.nonce = searchParams.get("nonce");
      response.writeHead(303, { location: `${searchParams.get("redirect_uri")}?${
        new URLSearchParams({ code: "code", state: searchParams.get("state") })}` });
      response.end();
    } else {
      json(response, 200, { access_token: "a", id_token: fake.token(fake.nonce) });
    }
  }, (issuer) => {
    fake.issuer = issuer;
    return use(fake);
  });
}

// The claims of a good token.
export function claims(issuer, nonce, more = {}) {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: CLIENT.id, sub: "ada", nonce, iat: now, exp: now + 300,
           email: "ada@example.com", email_verified: true, name: "Ada", ...more };
}

// A browser that goes where it is sent, to whatever host, with each host's cookies.
export class Traveller {
  #cookies = new Map();

  async go(url, { method = "GET", form } = {}) {
    const { origin } = new URL(url);
    const jar = this.#cookies.get(origin) ?? new Map();
    this.#cookies.set(origin, jar);
    const response = await fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
      headers: { cookie: [...jar].map((pair) => pair.join("=")).join("; ") },
      body: form && new URLSearchParams(form),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value === "" || /max-age=0(;|$)/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const text = await response.text();
    const location = response.headers.get("location");
    return { status: response.status, url, text, next: location && new URL(location, url).href };
  }

  // Follows redirects until there are none, or one leads to what `stop` matches.
  async follow(url, stop = /$^/) {
    let page = await this.go(url);
    while (page.next && !stop.test(page.next)) page = await this.go(page.next);
    return page;
  }

  // Fills in oidc-provider's forms, to sign in as `login` and to agree.
  async signInAt(url, login, stop) {
    let page = await this.follow(url, stop);
    for (const form of [{ prompt: "login", login, password: "x" }, { prompt: "consent" }]) {
      if (page.next) return page;
      const action = new URL(/action="([^"]+)"/.exec(page.text)[1], page.url).href;
      page = await this.go(action, { method: "POST", form });
      if (page.next && !stop.test(page.next)) page = await this.follow(page.next, stop);
    }
    return page;
  }

  cookies(origin) {
    return this.#cookies.get(origin) ?? new Map();
  }
}
