// Clients that don't read while others in their room go on: what waits for them is bounded, beyond that
// their channels' policy is applied and counted, and nobody else notices.
import assert from "node:assert/strict";
import test from "node:test";
import { ask } from "./support/admin.mjs";
import { withClients } from "./support/clients.mjs";
import { connectionOf } from "./support/connection_actor.mjs";
import { RawSocket } from "./support/raw_socket.mjs";
import { withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const LOBBY = "room:lobby";
const SITE = "viewers:site";
const TOKEN = "sixteen characters, or more";
const MOST_WAITING = 1024 * 1024;
const TRY_LATER = 1013;
const TEXT = "x".repeat(50_000);

function slowTest(name, use) {
  test(name, () => withServer({ env: { METRICS_TOKEN: TOKEN } }, (server) =>
    withClients(server, (client) => use(client, server))));
}

// The value of a series that Prometheus is given.
async function metric(server, series) {
  const answer = await server.get("/metrics", { headers: { authorization: `Bearer ${TOKEN}` } });
  const line = (await answer.text()).split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.split(" ")[1] ?? assert.fail(`no ${series}`));
}

const overflows = (server, policy) =>
  metric(server, `coppice_socket_queue_overflows_total{policy="${policy}"}`);
const overflowed = (server, transport) =>
  metric(server, `coppice_sockets_closed_total{transport="${transport}",cause="overflow"}`);

// How much waits for each socket that has joined a topic.
async function waiting(server, topic) {
  const { connections } = await ask(server, `/v1/connections?topic=${encodeURIComponent(topic)}`);
  return connections.map(({ queued_bytes }) => queued_bytes);
}

// Two who read what they are sent, and talk.
class Company {
  said = 0;
  mostWaiting = 0;

  static async in(topic, client, server) {
    const company = new Company();
    company.server = server;
    company.topic = topic;
    company.rooms = [await client("ann").join(topic), await client("bob").join(topic)];
    return company;
  }

  // Talks, a little at a time and no faster than they hear it themselves, until it `is` so.
  async talkUntil(what, is) {
    await until(what, async () => {
      for (let n = 0; n < 5; ++n) this.rooms[0].push("shout", { n: this.said++, text: TEXT });
      for (const room of this.rooms) await room.receive("shout", this.said);
      this.mostWaiting = Math.max(this.mostWaiting, ...(await waiting(this.server, this.topic)));
      return is();
    });
  }

  // That they have heard everything, once and in order, and are still there.
  check() {
    for (const room of this.rooms) {
      assert.deepEqual(numbers(room.of("shout")), upTo(this.said));
      assert.deepEqual([room.client.opens, room.client.closes], [1, []]);
    }
  }
}

const numbers = (shouts) => shouts.map(({ n }) => n);
const upTo = (count) => Array.from({ length: count }, (_, n) => n);
const shoutsOf = (socket) => socket.of("shout").map((frame) => frame[4]);

async function stopsReading(server, user, ...topics) {
  const socket = await RawSocket.open(server, { user_id: user });
  for (const topic of topics) await socket.join(topic);
  socket.tcp.pause();
  return socket;
}

slowTest("one that doesn't read is closed with 1013 once a mebibyte waits, and nobody else notices",
  async (client, server) => {
    const company = await Company.in(LOBBY, client, server);
    const slow = await stopsReading(server, "slow", LOBBY);
    await until("it to be there", () => company.rooms[1].members().slow === 1);
    await company.talkUntil("the overflow", async () => (await overflows(server, "close")) > 0);
    company.check();
    // It is gone for the others before it has read anything of that.
    await until("it to be gone", () => company.rooms[1].members().slow === undefined);
    assert.equal(await overflowed(server, "websocket"), 1);
    assert.equal(await overflows(server, "close"), 1);
    assert.ok(company.mostWaiting > 0 && company.mostWaiting <= MOST_WAITING, `${company.mostWaiting}`);

    slow.tcp.resume();
    assert.equal(await within("its close", slow.closed), TRY_LATER);
    const heard = numbers(shoutsOf(slow));
    assert.deepEqual(heard, upTo(heard.length));
    assert.ok(heard.length < company.said);
  });

slowTest("one that never reads again is let go of", async (client, server) => {
  const company = await Company.in(LOBBY, client, server);
  const slow = await stopsReading(server, "slow", LOBBY);
  const path = await connectionOf(server, slow);
  await company.talkUntil("the overflow", async () => (await overflowed(server, "websocket")) > 0);
  await until("its connection to be gone", async () => !find(await treeOf(server), path));
  company.check();
  slow.terminate();
});

slowTest("an official client that was too slow comes back and hears what is new",
  async (client, server) => {
    const company = await Company.in(LOBBY, client, server);
    const slow = await client("slow").join(LOBBY);
    const { conn } = slow.client.socket;
    conn._socket.pause();
    await company.talkUntil("the overflow", async () => (await overflowed(server, "websocket")) > 0);
    conn._socket.resume();
    await until("the rejoin", () => slow.client.opens === 2 && slow.channel.state === "joined");
    assert.deepEqual(slow.client.closes, [TRY_LATER]);
    company.rooms[0].push("shout", { n: company.said++, text: "new" });
    await until("the new", () => slow.of("shout").some(({ text }) => text === "new"));
    for (const room of company.rooms) await room.receive("shout", company.said);
    company.check();
  });

slowTest("several that don't read are each closed, and cost the others nothing",
  async (client, server) => {
    const company = await Company.in(LOBBY, client, server);
    const slow = await Promise.all(upTo(5).map((n) => stopsReading(server, `slow-${n}`, LOBBY)));
    await company.talkUntil("all overflows", async () => (await overflows(server, "close")) === 5);
    company.check();
    assert.ok(company.mostWaiting <= MOST_WAITING, `${company.mostWaiting}`);
    for (const each of slow) each.terminate();
  });

slowTest("one that asks and doesn't read the answers is closed as well", async (client, server) => {
  const company = await Company.in(LOBBY, client, server);
  const slow = await stopsReading(server, "slow", "room:mine");
  let mostWaiting = 0;
  await until("the overflow", async () => {
    for (let n = 0; n < 5; ++n) slow.send("1", "room:mine", "ping", { text: TEXT });
    mostWaiting = Math.max(mostWaiting, ...(await waiting(server, "room:mine")));
    return (await overflows(server, "close")) > 0;
  });
  assert.ok(mostWaiting <= MOST_WAITING, `${mostWaiting}`);
  await company.talkUntil("some talk", () => true);
  company.check();
  slow.terminate();
});

slowTest("one that reads again in time has lost nothing", async (client, server) => {
  const company = await Company.in(LOBBY, client, server);
  const slow = await stopsReading(server, "slow", LOBBY);
  await company.talkUntil("something to wait", () => company.mostWaiting > 0);
  slow.tcp.resume();
  await until("all of it", () => shoutsOf(slow).length === company.said);
  assert.deepEqual(numbers(shoutsOf(slow)), upTo(company.said));
  company.check();
  assert.ok(slow.isOpen);
  assert.equal(await overflows(server, "close"), 0);
  slow.terminate();
});

slowTest("of counts that wait one that doesn't read gets the latest, and all that was said",
  async (client, server) => {
    const company = await Company.in(LOBBY, client, server);
    const slow = await stopsReading(server, "slow", LOBBY, SITE);
    await company.talkUntil("something to wait", () => company.mostWaiting > 0);
    const site = await company.rooms[0].client.join(SITE);
    for (const n of upTo(5)) {
      await client(`viewer-${n}`).join(SITE);
      await until("the count", () => site.of("presence_count").at(-1)?.count === n + 3);
    }
    slow.tcp.resume();
    await until("the latest count", () => slow.of("presence_count").at(-1)?.[4].count === 7);
    await until("all that was said", () => shoutsOf(slow).length === company.said);
    assert.deepEqual(numbers(shoutsOf(slow)), upTo(company.said));
    const counts = slow.of("presence_count").map((frame) => frame[4].count);
    assert.ok(counts.filter((count) => count > 2).length < 5, `${counts}`);
    assert.ok((await overflows(server, "keep_latest")) > 0);
    assert.equal(await overflows(server, "close"), 0);
    slow.terminate();
  });

// -- long poll -----------------------------------------------------------------------------------

// Joins the lobby over long poll, and polls no more: asks by itself, with the session's token.
async function stopsPolling(server, user) {
  const path = `/socket/longpoll?user_id=${user}&vsn=2.0.0`;
  const { token } = (await server.json(path)).body;
  const session = {
    poll: async () => (await server.json(`${path}&token=${token}`)).body,
    post: async (frame) => {
      const body = JSON.stringify(frame);
      const answer = await server.get(`${path}&token=${token}`, { method: "POST", body });
      return (await answer.json()).status;
    },
  };
  assert.equal(await session.post(["1", "1", LOBBY, "phx_join", {}]), 200);
  return session;
}

slowTest("a session that isn't polled ends once a mebibyte waits, and nobody else notices",
  async (client, server) => {
    const company = await Company.in(LOBBY, client, server);
    const slow = await stopsPolling(server, "slow");
    await until("it to be there", () => company.rooms[1].members().slow === 1);
    await company.talkUntil("the overflow", async () => (await overflows(server, "close")) > 0);
    company.check();
    await until("it to be gone", () => company.rooms[1].members().slow === undefined);
    assert.equal(await overflowed(server, "longpoll"), 1);
    assert.equal(await overflows(server, "close"), 1);
    assert.ok(company.mostWaiting > 0 && company.mostWaiting <= MOST_WAITING, `${company.mostWaiting}`);
    assert.equal(await slow.post([null, "2", "phoenix", "heartbeat", {}]), 410);
    assert.equal((await slow.poll()).status, 410);
  });

slowTest("a session that is polled again in time has lost nothing", async (client, server) => {
  const company = await Company.in(LOBBY, client, server);
  const slow = await stopsPolling(server, "slow");
  await company.talkUntil("something to wait", () => company.mostWaiting > MOST_WAITING / 4);
  const heard = [];
  while (heard.length < company.said) {
    const { status, messages } = await slow.poll();
    assert.equal(status, 200);
    const shouts = messages.map((text) => JSON.parse(text)).filter(([, , , event]) => event === "shout");
    heard.push(...shouts.map((frame) => frame[4].n));
  }
  assert.deepEqual(heard, upTo(company.said));
  company.check();
  assert.equal(await overflows(server, "close"), 0);
});
