// Large images: read from the database in pieces while they are sent, all of one state.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { RawConnection } from "./support/raw_http.mjs";
import { isSanitized, withServer } from "./support/server.mjs";
import { runSql } from "./support/sql.mjs";
import { until, within } from "./support/wait.mjs";

const MIB = 1024 * 1024;
// More than the system keeps of a connection that nobody reads.
const SIZE = 16 * MIB;
const UNIT = 8;
const NAME = "large.webp";
const PATH = `/assets/images/${NAME}`;

// Bytes in which every place can be told from the others.
function bytes() {
  const made = Buffer.alloc(SIZE);
  for (let n = 0; n < SIZE / UNIT; ++n) made.write(`${String(n).padStart(7, "0")} `, n * UNIT, "latin1");
  return made;
}

// The same, made by the database.
const DATA = `CAST((WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${SIZE / UNIT - 1})
  SELECT group_concat(printf('%07d ', i), '') FROM n) AS BLOB)`;
const INSERT = `INSERT INTO assets (name, path, data, width, height, content_type, type, inserted_at, updated_at)
  VALUES ('${NAME}', '${PATH}', ${DATA}, 1, 1, 'image/webp', 'image', '', '')`;
const OTHER_BYTES = `CAST(replace(hex(zeroblob(${SIZE / 2})), '0', 'x') AS BLOB)`;

const withImage = (use) => withServer({}, async (server) => {
  await runSql(server.database, INSERT);
  await use(server);
});

// Somebody who asks for the image, and reads no further than its beginning.
async function slowReader(server) {
  const reader = new RawConnection(server.port);
  reader.send(`GET ${PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  await reader.receive(/\r\n\r\n/);
  reader.pause();
  return reader;
}

// Reads on to the end: the bytes that have come.
async function rest(reader) {
  reader.resume();
  const answer = await within("the end of the answer", reader.closed);
  return Buffer.from(answer.slice(answer.indexOf("\r\n\r\n") + 4), "latin1");
}

// The most memory that the server has had, ever.
async function peak(server) {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)[1]) * 1024;
}

const READERS = 40;

test("who reads a large image slowly holds a piece of it, no copy", { skip: isSanitized() }, async () => {
  await withImage(async (server) => {
    const whole = Buffer.from(await (await server.get(PATH)).arrayBuffer());
    assert.ok(whole.equals(bytes()));
    const before = await peak(server);
    const readers = await Promise.all(Array.from({ length: READERS }, () => slowReader(server)));
    const grown = (await peak(server)) - before;
    assert.ok(grown < (READERS * SIZE) / 8, `${Math.round(grown / MIB)} MiB`);
    for (const reader of readers.slice(0, 2)) assert.ok((await rest(reader)).equals(whole));
    for (const reader of readers) reader.destroy();
  });
});

test("an image that is changed while it is sent is cut, not mixed", async () => {
  await withImage(async (server) => {
    let expected = bytes();
    const changes = [`UPDATE assets SET data = ${OTHER_BYTES}`, "DELETE FROM assets"];
    for (const change of changes) {
      const etag = (await server.get(PATH, { method: "HEAD" })).headers.get("etag");
      const reader = await slowReader(server);
      await runSql(server.database, change);
      const received = await rest(reader);
      assert.match(reader.received, new RegExp(`content-length: ${SIZE}\r\n`));
      assert.ok(received.length < SIZE, `${received.length}`);
      assert.ok(received.equals(expected.subarray(0, received.length)), change);
      assert.notEqual((await server.get(PATH, { method: "HEAD" })).headers.get("etag"), etag);
      expected = Buffer.alloc(SIZE, "x");
    }
    await until("the log to tell", () => server.log.split("was cut while it was sent").length === 3);
  });
});

test("parts of a large image are exact, and of its head alone nothing is sent", async () => {
  await withImage(async (server) => {
    const whole = bytes();
    const head = await server.get(PATH, { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(SIZE)]);
    const part = async (range) => {
      const answer = await server.get(PATH, { headers: { range } });
      assert.equal(answer.status, 206, range);
      return { headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
    };
    for (const [first, last] of [[0, 0], [262_143, 262_144], [1_000_003, 2_000_005], [SIZE - 7, SIZE - 1]]) {
      const { headers, bytes: got } = await part(`bytes=${first}-${last}`);
      assert.equal(headers.get("content-range"), `bytes ${first}-${last}/${SIZE}`);
      assert.equal(headers.get("content-length"), String(last - first + 1));
      assert.ok(got.equals(whole.subarray(first, last + 1)), `${first}-${last}`);
    }
    const several = await server.get(PATH, { headers: { range: "bytes=5-9,3000000-3700000,-3" } });
    assert.deepEqual([several.status, several.headers.get("content-range")], [200, null]);
    assert.ok(Buffer.from(await several.arrayBuffer()).equals(whole), "several are the whole");
  });
});
