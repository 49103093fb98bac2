// TLS in the process itself, with curl, OpenSSL and the official Phoenix client.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import WebSocket from "ws";
import { withClients } from "./support/clients.mjs";
import { RawConnection, exchange, statusOf } from "./support/raw_http.mjs";
import { coppice, withFolder, withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";
import { frame } from "./support/websocket_frames.mjs";

const run = promisify(execFile);
const MAKE = fileURLToPath(new URL("../../scripts/cert", import.meta.url));

// What `./dev cert` makes in a folder: paths, and the environment of a server that uses them.
async function certificateIn(folder) {
  await run(MAKE, [folder]);
  const [ca, certificate, key] = ["ca.pem", "certificate.pem", "key.pem"].map((name) =>
    join(folder, name));
  return { ca, certificate, key, env: { TLS_CERT_PATH: certificate, TLS_KEY_PATH: key } };
}

// Runs `use` with a server that speaks TLS and its certificate.
function withTlsServer(use, env = {}) {
  return withFolder(async (folder) => {
    const made = await certificateIn(folder);
    await withServer({ env: { ...env, ...made.env } }, (server) => use(server, made));
  });
}

// {code, out} of curl, which trusts the certificate's authority only.
async function curl(server, { ca }, path, ...options) {
  const url = `https://localhost:${server.port}${path}`;
  const args = ["-sS", "--max-time", "20", "--cacert", ca, ...options, url];
  return run("curl", args).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    ({ code, stderr }) => ({ code, out: stderr }));
}

// A TLS connection of Node's: {protocol, serial, resumed, socket}.
async function tlsConnection(server, { ca }, options = {}) {
  const socket = connectTls({
    host: "127.0.0.1", port: server.port, servername: "localhost", ca: await readFile(ca), ...options,
  });
  await within("the handshake", new Promise((done, failed) => {
    socket.once("secureConnect", done);
    socket.once("error", failed);
  }));
  return socket;
}

const serialOf = (socket) => socket.getPeerCertificate().serialNumber;

test("a client that trusts the authority is served over HTTPS", async () => {
  await withTlsServer(async (server, made) => {
    const { code, out } = await curl(server, made, "/api/health");
    assert.equal(code, 0, out);
    assert.equal(JSON.parse(out).status, "ok");
    const { out: version } = await curl(
      server, made, "/api/health", "-o", "/dev/null", "-w", "%{http_version} %{ssl_verify_result}");
    assert.equal(version, "1.1 0");
    for (const host of ["127.0.0.1", "[::1]"]) {
      await run("curl", ["-sSf", "--cacert", made.ca, `https://${host}:${server.port}/api/health`]);
    }
  });
});

test("a client that trusts nobody is not", async () => {
  await withTlsServer(async (server) => {
    await assert.rejects(
      run("curl", ["-sS", `https://localhost:${server.port}/api/health`]), { code: 60 });
  });
});

test("keep-alive, pipelines and large answers work as without TLS", async () => {
  await withTlsServer(async (server, made) => {
    const socket = await tlsConnection(server, made, { ALPNProtocols: ["http/1.1"] });
    assert.equal(socket.alpnProtocol, "http/1.1");
    let received = "";
    socket.setEncoding("latin1").on("data", (text) => (received += text));
    const one = "GET /api/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    socket.write(one.repeat(50));
    await until("50 answers", () => received.split("HTTP/1.1 200 ").length === 51);
    received = "";
    for (const character of one) {  // a record for each
      socket.write(character);
    }
    await until("one more", () => received.startsWith("HTTP/1.1 200 "));
    socket.destroy();
  });
});

test("only what is safe is spoken", async () => {
  await withTlsServer(async (server, made) => {
    for (const version of ["TLSv1.2", "TLSv1.3"]) {
      const socket = await tlsConnection(
        server, made, { minVersion: version, maxVersion: version });
      assert.equal(socket.getProtocol(), version);
      assert.equal(socket.getEphemeralKeyInfo().type, "ECDH", "forward secrecy");
      socket.destroy();
    }
    const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" };
    await assert.rejects(tlsConnection(server, made, old));
    await assert.rejects(tlsConnection(server, made, { maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }));
    await assert.rejects(tlsConnection(server, made, { ALPNProtocols: ["h2"] }));
    assert.equal((await curl(server, made, "/api/health")).code, 0);
  });
});

test("sessions are resumed by tickets", async () => {
  await withTlsServer(async (server, made) => {
    const first = await tlsConnection(server, made);
    const session = await within("a ticket", new Promise((done) => first.once("session", done)));
    first.destroy();
    const second = await tlsConnection(server, made, { session });
    assert.equal(second.isSessionReused(), true);
    second.destroy();
  });
});

test("a client too many is told so, after a handshake", async () => {
  await withTlsServer(async (server, made) => {
    const held = await tlsConnection(server, made);
    // Who asks makes no room for others: here the body is not there yet.
    held.write("GET /api/health HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\n");
    try {
      const { out } = await curl(server, made, "/api/health", "-i");
      assert.match(out, /^HTTP\/1\.1 503 /);
      assert.match(out, /^retry-after: 1\r$/m);
      const [, id] = out.match(/^x-request-id: (\w{20})\r$/m);
      await until("the log to say so", () => server.log.includes(`(request ${id})`));
    } finally {
      held.destroy();
    }
    await until("room again", async () => (await curl(server, made, "/api/health")).out === "{\"status\":\"ok\",\"app\":\"coppice\"}");
  }, { MAX_CONNECTIONS: "1", MIN_BODY_RATE: "0" });
});

test("plain HTTP on the port is told to use https", async () => {
  await withTlsServer(async (server) => {
    const answer = await exchange(server.port, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert.equal(statusOf(answer), 400);
    assert.match(answer, /this port speaks HTTPS only: use a URL that begins with https:/);
  });
});

test("what is neither is closed, and so is who says nothing", async () => {
  await withTlsServer(async (server, made) => {
    assert.equal(await exchange(server.port, "\x00\x01\x02"), "");
    const broken = await exchange(server.port, "\x16\x03\x01\x00\x05hello");
    assert.equal(statusOf(broken), NaN);
    const silent = new RawConnection(server.port);
    try {
      assert.equal((await curl(server, made, "/api/health")).code, 0, "others are served meanwhile");
      assert.equal(await within("the silent one to be closed", silent.closed), "");
    } finally {
      silent.destroy();
    }
  });
});

test("the connection is ended in the words of TLS", async () => {
  await withTlsServer(async (server, made) => {
    const socket = await tlsConnection(server, made);
    const ended = new Promise((done) => socket.once("end", done));
    socket.resume();
    socket.write("GET /api/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    await within("close_notify", ended);  // `end` is what Node makes of it; a cut is an error
    socket.destroy();
  });
});

function phoenixOver(server, ca) {
  class Trusting extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { ca });
    }
  }
  return { socketUrl: `wss://localhost:${server.port}/socket`, transport: Trusting };
}

test("the official client speaks over wss, whatever the size, and is told of the end", async () => {
  await withTlsServer(async (server, made) => {
    await withClients(phoenixOver(server, await readFile(made.ca)), async (client) => {
      const ann = await client("ann").join("room:lobby");
      const bob = await client("bob").join("room:lobby");
      const text = "x".repeat(40_000);
      ann.push("shout", { text });
      assert.deepEqual(await bob.receive("shout"), [{ text }]);
      for (let n = 0; n < 300; ++n) ann.push("shout", { text: `${n}` });
      const shouts = await bob.receive("shout", 301);
      assert.deepEqual(shouts.slice(1).map((shout) => Number(shout.text)),
        Array.from({ length: 300 }, (_, n) => n));
      server.signal("SIGTERM");
      await until("the closes", () => ann.client.closes.length > 0 && bob.client.closes.length > 0);
      assert.deepEqual([ann.client.closes[0], bob.client.closes[0]], [1012, 1012]);
    });
    assert.deepEqual(await within("the server's end", server.ended), { code: 0, signal: null });
  });
});

// What OpenSSL has read and nobody has asked it for makes no socket readable.
test("what comes right behind the upgrade is heard, in the same record and in the next", async () => {
  await withTlsServer(async (server, made) => {
    const socket = await tlsConnection(server, made);
    let heard = Buffer.alloc(0);
    socket.on("data", (bytes) => (heard = Buffer.concat([heard, bytes])));
    const upgrade = "GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: localhost\r\n" +
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const beat = (ref) => frame("text", `[null,"${ref}","phoenix","heartbeat",{}]`);
    socket.cork();
    socket.write(Buffer.concat([Buffer.from(upgrade), beat("same")]));
    socket.write(beat("next"));
    socket.uncork();
    for (const ref of ["same", "next"]) {
      await until(`the answer to ${ref}`, () => heard.includes(`"${ref}","phoenix","phx_reply"`));
    }
    socket.destroy();
  });
});

test("a new certificate is taken without a restart, and open connections stay", async () => {
  await withTlsServer(async (server, made) => {
    const old = await tlsConnection(server, made);
    let answers = 0;
    old.on("data", (bytes) => (answers += bytes.toString("latin1").split("HTTP/1.1 200 ").length - 1));
    await run(MAKE, [join(made.ca, "..")]);
    const serial = await until("the new certificate", async () => {
      const socket = await tlsConnection(server, made);
      const found = serialOf(socket);
      socket.destroy();
      return found !== serialOf(old) && found;
    });
    assert.ok(serial);
    // It is said after it is done.
    await until("what the log says", () =>
      /new connections use another certificate: CN=localhost, until /.test(server.log));
    old.write("GET /api/health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    await until("an answer on the old connection", () => answers === 1);
    old.destroy();
  });
});

test("a pair that can't be used changes nothing, and is said", async () => {
  await withTlsServer(async (server, made) => {
    const before = await tlsConnection(server, made);
    await withFolder(async (folder) => {
      const other = await certificateIn(folder);
      await copyFile(other.key, made.key);
    });
    await until("the refusal", () =>
      /the certificate has changed and can't be used; the one before goes on: .*key\.pem is not the key of the certificate in /
        .test(server.log));
    const { stdout } = await server.command("inspect", "/http/certificate");
    assert.match(stdout, /CN=localhost, until .*; the files there now can't be used: /);
    const after = await tlsConnection(server, made);
    assert.equal(serialOf(after), serialOf(before));
    for (const socket of [before, after]) socket.destroy();
  });
});

test("what is wrong with the files stops the start and is named", async () => {
  await withFolder(async (folder) => {
    const { certificate, key, env } = await certificateIn(folder);
    const nonsense = join(folder, "nonsense.pem");
    await writeFile(nonsense, "nonsense");
    const database = { DATABASE_PATH: join(folder, "test.db"), ADMIN_SOCKET: join(folder, "admin.sock") };
    const start = (changed) =>
      coppice(["server"], { env: { PORT: "0", ...database, ...env, ...changed }, cwd: folder });
    const cases = [
      [{ TLS_KEY_PATH: "" }, 2, /environment variable TLS_KEY_PATH is missing: the other one of /],
      [{ TLS_CERT_PATH: "" }, 2, /environment variable TLS_CERT_PATH is missing: the other one of /],
      [{ TLS_CERT_PATH: join(folder, "none.pem") }, 1, /TLS_CERT_PATH, TLS_KEY_PATH: .*none\.pem is not there/],
      [{ TLS_CERT_PATH: nonsense }, 1, /nonsense\.pem holds no certificate in PEM form/],
      [{ TLS_KEY_PATH: nonsense }, 1, /nonsense\.pem holds no private key in PEM form/],
      [{ TLS_CERT_PATH: key, TLS_KEY_PATH: certificate }, 1, /key\.pem holds no certificate in PEM form/],
    ];
    for (const [changed, expected, message] of cases) {
      const { code, stderr } = await start(changed);
      assert.equal(code, expected, stderr);
      assert.match(stderr, message);
    }
  });
});
