// Topics that count their members, with the official Phoenix client and raw frames.
import assert from "node:assert/strict";
import test from "node:test";
import { RawSocket } from "./support/raw_socket.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const HOME = "viewers:page:home";

function clientTest(name, use, carriers = Object.keys(TRANSPORTS)) {
  for (const carrier of carriers) {
    test(`${carrier}: ${name}`, () => withServer({}, (server) =>
      withClients(Object.assign(server, { transport: TRANSPORTS[carrier] }), (client) =>
        use(client, server))));
  }
}

const counts = (page) => page.of("presence_count").map(({ count }) => count);

function untilCount(page, expected) {
  return until(`${expected} viewers`, () => counts(page).at(-1) === expected);
}

clientTest("viewers learn how many they are, and not who", async (client) => {
  const ann = await client("ann").join(HOME);
  await untilCount(ann, 1);
  const bob = await client("bob").join(HOME);
  const eve = await client("eve").join(HOME);
  for (const page of [ann, bob, eve]) await untilCount(page, 3);
  await bob.leave();
  for (const page of [ann, eve]) await untilCount(page, 2);
  await eve.leave();
  await untilCount(ann, 1);
  for (const { event } of ann.events) assert.ok(["phx_reply", "presence_count"].includes(event) ||
    event.startsWith("chan_reply_"), event);
  assert.deepEqual(Object.keys(ann.of("presence_count")[0]), ["count"]);
});

clientTest("one who joins is told at once, the others once a second at most", async (client) => {
  const ann = await client("ann").join(HOME);
  await untilCount(ann, 1);
  const began = performance.now();
  for (let n = 0; n < 40; ++n) {
    const page = await client().join(HOME);
    await until("a count with it", () => counts(page).at(-1) >= n + 2);
  }
  await untilCount(ann, 41);
  const seconds = (performance.now() - began) / 1000;
  // The first change is told at once, and one more after each second begun.
  assert.ok(counts(ann).length <= 1 + 1 + Math.ceil(seconds), `${counts(ann)} in ${seconds} s`);
});

clientTest("who loses the connection is counted no more", async (client) => {
  const ann = await client("ann").join(HOME);
  const bob = await client("bob").join(HOME);
  await untilCount(ann, 2);
  await bob.client.disconnect();
  await untilCount(ann, 1);
}, ["WebSocket"]);

clientTest("every page is counted by itself, every channel once", async (client) => {
  const topics = ["viewers:site", HOME, "viewers:page:posts", "viewers:page:projects",
                  "viewers:page:gallery", "viewers:page:post:hello-world_2"];
  const ann = client("ann");
  const pages = [];
  for (const topic of topics) pages.push(await ann.join(topic));
  for (const page of pages) await untilCount(page, 1);
  const tab = await client("ann").join(HOME);
  await untilCount(tab, 2);
  await untilCount(pages[1], 2);
  assert.deepEqual(pages.map((page) => counts(page).at(-1)), [1, 2, 1, 1, 1, 1]);
  await pages[1].leave();
  await untilCount(tab, 1);
});

clientTest("what is no page is refused with the reason", async (client) => {
  const ann = client("ann");
  for (const page of ["", "page", "page:", "page:nowhere", "page:home:", "site:", "page:post:",
                      "page:post:Not a slug", "page:post:../etc", "page:post:\u0000",
                      `page:post:${"x".repeat(256)}`]) {
    await assert.rejects(ann.join(`viewers:${page}`), /unknown page/, page);
  }
  await assert.rejects(ann.join("viewers"), /unmatched topic/);
  await untilCount(await ann.join(`viewers:page:post:${"x".repeat(255)}`), 1);
});

clientTest("an event is answered with an error and changes nothing", async (client) => {
  const ann = await client("ann").join(HOME);
  const { status, response } = await ann.ask("presence_count", { count: 99 });
  assert.deepEqual([status, response], ["error", { reason: "unknown event" }]);
  await untilCount(await client("bob").join(HOME), 2);
});

clientTest("a crash of presence loses no viewer", async (client, server) => {
  const pages = [];
  for (let n = 0; n < 5; ++n) pages.push(await client().join(HOME));
  for (const page of pages) await untilCount(page, 5);
  await server.command("crash", "/presence");
  await pages.pop().leave();
  pages.push(await client().join(HOME), await client().join(HOME));
  for (const page of pages) await untilCount(page, 6);
  for (const page of pages) assert.deepEqual(page.client.closes, []);
});

clientTest("rooms and pages on one socket don't mix", async (client) => {
  const ann = client("ann");
  const room = await ann.join("room:lobby");
  const page = await ann.join(HOME);
  await untilCount(page, 1);
  await until("ann in the room", () => room.members().ann === 1);
  assert.deepEqual(counts(room), []);
  assert.deepEqual([...page.of("presence_state"), ...page.of("presence_diff")], []);
});

test("names that clients invent don't pile up", async () => {
  await withServer({}, async (server) => {
    const sockets = [];
    const view = async (socket, slug) => {
      const [, , , , { status, response }] = await socket.join(`viewers:page:post:${slug}`);
      return status === "ok" ? "ok" : response.reason;
    };
    const fill = async () => {
      const socket = await RawSocket.open(server);
      sockets.push(socket);
      const n = sockets.length;
      return Promise.all(Array.from({ length: 100 }, (_, slug) => view(socket, `${n}-${slug}`)));
    };
    try {
      for (let n = 0; n < 100; ++n) assert.deepEqual(new Set(await fill()), new Set(["ok"]));
      const late = await RawSocket.open(server);
      sockets.push(late);
      assert.equal(await view(late, "one-more"), "too many pages are being viewed");
      assert.equal(await view(late, "1-1"), "ok");
      for (const socket of sockets.splice(0, 50)) socket.terminate();
      await until("room", async () => (await view(late, "one-more")) === "ok");
    } finally {
      for (const socket of sockets) socket.terminate();
    }
  });
});
