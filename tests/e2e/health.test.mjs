// `coppice health`, which a container's health check runs.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { join } from "node:path";
import { freePort } from "./support/ports.mjs";
import { coppice, withFolder, withServer } from "./support/server.mjs";

const run = promisify(execFile);
const MAKE_CERTIFICATE = fileURLToPath(new URL("../../scripts/cert", import.meta.url));

const health = (server, env = {}) =>
  coppice(["health"], { env: { PORT: String(server.port), ...env } });

// Runs `use` with the address of a server that answers everything with `answer`.
async function withAnswers(answer, use) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  try {
    await once(server, "listening");
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("health is 0 and shows the answer of a server that is well", async () => {
  await withServer({}, async (server) => {
    const { code, stdout } = await health(server);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { status: "ok", app: "coppice" });
  });
});

test("health asks the server itself, whatever proxy the environment names", async () => {
  await withServer({}, async (server) => {
    const { code, stderr } = await health(server, { http_proxy: "http://127.0.0.1:1" });
    assert.equal(code, 0, stderr);
  });
});

test("health asks a server that has a certificate, whomever that names", async () => {
  await withFolder(async (folder) => {
    await run(MAKE_CERTIFICATE, [folder]);
    const tls = {
      TLS_CERT_PATH: join(folder, "certificate.pem"), TLS_KEY_PATH: join(folder, "key.pem"),
    };
    await withServer({ env: tls }, async (server) => {
      const { code, stderr } = await health(server, { TLS_CERT_PATH: tls.TLS_CERT_PATH });
      assert.equal(code, 0, stderr);
    });
  });
});

test("health is 1 when nobody answers", async () => {
  const { code, stdout, stderr } = await health({ port: await freePort() });
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^coppice: http:\/\/127\.0\.0\.1:\d+\/api\/health: /);
});

test("health is 1 and says why when the answer is not 200", async () => {
  const unwell = (request, response) => response.writeHead(503).end("restarting");
  await withAnswers(unwell, async (url) => {
    const { code, stderr } = await coppice(["health", "--url", url]);
    assert.equal(code, 1);
    assert.equal(stderr, `coppice: ${url} answers 503: restarting\n`);
  });
});

test("health is 1 when the answer takes too long", async () => {
  await withAnswers(() => {}, async (url) => {
    const { code } = await coppice(["health", "--timeout", "1", "--url", url]);
    assert.equal(code, 1);
  });
});

test("health tells programs what was answered, well or not", async () => {
  const answers = [
    [200, '{"status":"ok"}', { status: "ok" }, 0],
    [503, '{"status":"unwell"}', { status: "unwell" }, 1],
    [503, "restarting", "restarting", 1],
  ];
  for (const [status, body, answer, exit] of answers) {
    await withAnswers((_, response) => response.writeHead(status).end(body), async (url) => {
      const { code, stdout } = await coppice(["health", "--json", "--url", url]);
      assert.equal(code, exit, body);
      assert.deepEqual(JSON.parse(stdout), { url, status, answer });
    });
  }
  const nobody = await coppice(["health", "--json"], { env: { PORT: String(await freePort()) } });
  assert.deepEqual({ code: nobody.code, stdout: nobody.stdout }, { code: 1, stdout: "" });
});

test("health takes no timeout that is none", async () => {
  assert.equal((await coppice(["health", "--timeout", "0"])).code, 2);
});
