// What HTTP's grammar does not allow, and what intermediaries could read in two ways: each has one
// answer, and nothing of it is taken for another request.
import assert from "node:assert/strict";
import test from "node:test";
import { malformedRequests } from "./support/malformed_requests.mjs";
import { RawConnection } from "./support/raw_http.mjs";
import { withServer } from "./support/server.mjs";
import { within } from "./support/wait.mjs";

const NEXT = "GET /api/posts?limit=1 HTTP/1.1\r\nhost: a\r\n\r\n";
const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));

// Sends the bytes in pieces of `size`, and returns what is wrong with what comes back, if anything is.
async function wrong(port, [name, bytes, status, after], size) {
  const connection = new RawConnection(port);
  try {
    for (let at = 0; at < bytes.length; at += size) connection.send(bytes.slice(at, at + size), "latin1");
    if (after === "open") {
      await connection.receive(/^HTTP\/1\.1 \d{3} /);
      connection.send(NEXT);
      await connection.receive(/\{"data":/);
    } else {
      await within(`${name}: the end of the connection`, connection.closed);
    }
    const got = statuses(connection.received).join(" then ");
    const wanted = after === "open" ? `${status} then 200` : `${status}`;
    return got === wanted ? null : `${name}: ${got || "nothing"}, not ${wanted}`;
  } catch (error) {
    const got = statuses(connection.received).join(" then ");
    return `${name}: ${got || "nothing"}, not ${status} and ${after}: ${error.message.slice(0, 80)}`;
  } finally {
    connection.destroy();
  }
}

async function wrongOnes(server, size) {
  const found = [];
  const waiting = [...malformedRequests];
  const worker = async () => {
    for (let each = waiting.shift(); each; each = waiting.shift()) {
      const problem = await wrong(server.port, each, size);
      if (problem) found.push(problem);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return found;
}

test("there are enough of them, each once", () => {
  assert.ok(malformedRequests.length >= 150, `${malformedRequests.length}`);
  assert.equal(new Set(malformedRequests.map(([name]) => name)).size, malformedRequests.length);
});

for (const [how, size] of [["at once", Infinity], ["in small pieces", 7]]) {
  test(`every request gets its answer and nothing else, sent ${how}`, async () => {
    await withServer({ env: { MAX_BODY_BYTES: "1000", ACCESS_LOG: "off", HEADER_TIMEOUT: "3",
                              BODY_TIMEOUT: "3" } }, async (server) => {
      assert.deepEqual(await wrongOnes(server, size), []);
      assert.equal((await server.json("/api/health")).status, 200);
    });
  });
}
