// Which channel a message reaches, what it is answered, and how channels begin and end: frame by frame,
// over each transport.
import assert from "node:assert/strict";
import { testsOfOneServer } from "./support/carriers.mjs";
import { until } from "./support/wait.mjs";

const routeTest = testsOfOneServer();

const ok = (joinRef, ref, topic, response = {}) =>
  [joinRef, ref, topic, "phx_reply", { status: "ok", response }];
const error = (joinRef, ref, topic, reason) =>
  [joinRef, ref, topic, "phx_reply", { status: "error", response: { reason } }];
const unmatched = (ref, topic) => error(null, ref, topic, "unmatched topic");
const welcome = (joinRef, ref, topic) =>
  ok(joinRef, ref, topic, { room: topic.slice("room:".length) });
const close = (joinRef, topic) => [joinRef, joinRef, topic, "phx_close", {}];
const crash = (joinRef, topic) => [joinRef, joinRef, topic, "phx_error", { reason: "channel_crash" }];

// What the client has received, but for who is present and settle()'s own beats.
const heard = (client) => client.frames.filter(([, ref, , event]) =>
  !/^presence_/.test(event) && !/^settle-/.test(ref));

// Sends frames, and returns all that they are answered.
async function exchange(client, ...frames) {
  const before = heard(client).length;
  for (const frame of frames) client.sendJson(frame);
  await client.settle();
  return heard(client).slice(before);
}

async function joined(open, topic, params = {}) {
  const client = await open(params);
  await exchange(client, ["1", "1", topic, "phx_join", {}]);
  return client;
}

// -- the rules, in their order -------------------------------------------------------------------

routeTest("a heartbeat is answered without a join_ref, joined or not, whatever it carries",
  async (open, topic) => {
    const client = await open();
    const beat = (joinRef, ref, payload) => [joinRef, ref, "phoenix", "heartbeat", payload];
    const beats = [beat(null, "a", {}), beat("7", "b", [1]), beat(7, null, null), beat("", 1.5, "x")];
    const answers = ["a", "b", null, 1.5].map((ref) => ok(null, ref, "phoenix"));
    assert.deepEqual(await exchange(client, ...beats), answers);
    await exchange(client, ["1", "1", topic, "phx_join", {}]);
    assert.deepEqual(await exchange(client, ...beats), answers);
  });

routeTest("phoenix takes nothing but heartbeats", async (open) => {
  const client = await open();
  const events = ["phx_join", "ping", "heartbeats", "phx_close"];
  assert.deepEqual(await exchange(client, ...events.map((event) => ["1", event, "phoenix", event, {}])),
                   events.map((event) => unmatched(event, "phoenix")));
});

routeTest("topics match a pattern or nothing", async (open) => {
  const client = await open();
  const join = (topic) => [topic, topic, topic, "phx_join", {}];
  for (const topic of ["room:", "room:a", "room:a:b", "room:*", "room:é🌳 /?#"]) {
    assert.deepEqual(await exchange(client, join(topic)), [welcome(topic, topic, topic)]);
  }
  for (const topic of ["room", "roo", "rooms:a", "Room:a", " room:a", "", "*", "content:", "users_socket:1"]) {
    assert.deepEqual(await exchange(client, join(topic)), [unmatched(topic, topic)]);
  }
});

routeTest("what nobody takes is answered without a join_ref", async (open, topic) => {
  const client = await open();
  assert.deepEqual(await exchange(client, ["7", "1", topic, "ping", {}], [null, null, "x", "y", []],
                                  ["7", 2, topic, "phx_reply", {}]),
                   [unmatched("1", topic), unmatched(null, "x"), unmatched(2, topic)]);
});

routeTest("a leave of what is not joined is ok, without a close", async (open, topic) => {
  const client = await open();
  assert.deepEqual(await exchange(client, ["7", "1", topic, "phx_leave", {}],
                                  [null, "2", "nowhere", "phx_leave", {}]),
                   [ok("7", "1", topic), ok(null, "2", "nowhere")]);
});

routeTest("an event reaches the channel with its join_ref or with none, and no other",
  async (open, topic) => {
    const client = await open();
    await exchange(client, ["j", "1", topic, "phx_join", {}]);
    const ping = (joinRef, ref) => [joinRef, ref, topic, "ping", {}];
    assert.deepEqual(await exchange(client, ping("j", "2"), ping(null, "3"), ping("i", "4"),
                                    ping("", "5"), ping(1, "6"), ["i", "7", topic, "crash", {}],
                                    ping("j", "8")),
                     [ok("j", "2", topic), ok("j", "3", topic), ok("j", "8", topic)]);
  });

routeTest("a push has the channel's join_ref, a broadcast none", async (open, topic) => {
  const client = await open();
  assert.deepEqual(await exchange(client, ["j", "1", topic, "phx_join", {}],
                                  ["j", "2", topic, "push_me", { a: 1 }],
                                  ["j", "3", topic, "shout", { b: 2 }]),
                   [welcome("j", "1", topic), ["j", null, topic, "pushed", { a: 1 }],
                    [null, null, topic, "shout", { b: 2 }]]);
});

routeTest("frames are handled in the order of their arrival", async (open, topic) => {
  const client = await joined(open, topic);
  const other = `${topic}-other`;
  await exchange(client, ["2", "2", other, "phx_join", {}]);
  const frames = Array.from({ length: 100 }, (_, n) =>
    [n % 2 ? "1" : "2", `n${n}`, n % 2 ? topic : other, "ping", { n }]);
  assert.deepEqual(await exchange(client, ...frames),
                   frames.map(([joinRef, ref, at, , payload]) => ok(joinRef, ref, at, payload)));
});

// -- joins ---------------------------------------------------------------------------------------

routeTest("the answer to a join is the first that its channel sends, however busy the room is",
  async (open, topic) => {
    const talker = await joined(open, topic);
    let talking = true;
    const talk = async () => {
      while (talking) await exchange(talker, ...Array(20).fill(["1", "x", topic, "shout", {}]));
    };
    const talks = talk();
    try {
      for (let n = 0; n < 20; ++n) {
        const client = await open();
        client.sendJson([`${n}`, `${n}`, topic, "phx_join", {}]);
        await client.receive("a shout", ([, , , event]) => event === "shout");
        assert.deepEqual(client.frames[0], welcome(`${n}`, `${n}`, topic));
        client.terminate();
      }
    } finally {
      talking = false;
      await talks;
    }
  });

routeTest("a refused join leaves no channel, and no close follows", async (open, topic) => {
  const client = await open();
  assert.deepEqual(await exchange(client, ["1", "1", topic, "phx_join", { deny: true }],
                                  ["1", "2", topic, "ping", {}],
                                  ["1", "3", topic, "phx_leave", {}]),
                   [error("1", "1", topic, "unauthorized"), unmatched("2", topic),
                    ok("1", "3", topic)]);
  assert.deepEqual(await exchange(client, ["4", "4", topic, "phx_join", { deny: false }]),
                   [welcome("4", "4", topic)]);
});

routeTest("a join without a response is answered {}", async (open) => {
  const client = await open();
  for (const topic of ["content", "viewers:site"]) {
    client.sendJson(["1", topic, topic, "phx_join", {}]);
    assert.deepEqual(await client.reply(topic), ok("1", topic, topic));
  }
});

routeTest("a join may carry anything", async (open, topic) => {
  const client = await open();
  for (const [n, params] of [null, [], "text", 0, true, { deny: "true" }, { deny: null }].entries()) {
    assert.deepEqual(await exchange(client, [`${n}`, `${n}`, `${topic}-${n}`, "phx_join", params]),
                     [welcome(`${n}`, `${n}`, `${topic}-${n}`)]);
  }
});

routeTest("a socket has a hundred channels and no more", async (open, topic) => {
  const client = await open();
  const name = (n) => `${topic}-${n}`;
  const joins = Array.from({ length: 101 }, (_, n) => [`${n}`, `${n}`, name(n), "phx_join", {}]);
  const answers = await exchange(client, ...joins);
  assert.deepEqual(answers.slice(0, 100), joins.slice(0, 100).map(([ref, , at]) => welcome(ref, ref, at)));
  assert.deepEqual(answers.slice(100), [error("100", "100", name(100), "too many channels joined")]);
  // A duplicate join is no further channel, and one that has been left makes room.
  assert.deepEqual((await exchange(client, ["b", "b", name(0), "phx_join", {}]))[0],
                   welcome("b", "b", name(0)));
  await exchange(client, ["1", "l", name(1), "phx_leave", {}]);
  assert.deepEqual(await exchange(client, ["c", "c", name(100), "phx_join", {}]),
                   [welcome("c", "c", name(100))]);
});

routeTest("nothing needs to wait for the answer to a join", async (open, topic) => {
  const client = await open();
  assert.deepEqual(
    await exchange(client, ["1", "1", topic, "phx_join", {}], ["1", "2", topic, "ping", { n: 2 }],
                   ["1", "3", topic, "shout", { n: 3 }], ["1", "4", topic, "phx_leave", {}],
                   ["1", "5", topic, "ping", {}]),
    [welcome("1", "1", topic), ok("1", "2", topic, { n: 2 }), [null, null, topic, "shout", { n: 3 }],
     ok("1", "4", topic), close("1", topic), unmatched("5", topic)]);
});

routeTest("a join without a join_ref is told of its ref, and named by none", async (open, topic) => {
  const client = await open();
  const begin = ["j", topic, "phx_join", {}];
  assert.deepEqual(
    await exchange(client, [null, ...begin], [null, "2", topic, "ping", {}],
                   [null, "3", topic, "push_me", {}], ["j", "4", topic, "ping", {}],
                   ["j", "5", topic, "phx_leave", {}], [null, "6", topic, "phx_leave", {}],
                   [null, "7", topic, "ping", {}]),
    [welcome(null, "j", topic), ok("j", "2", topic), ["j", null, topic, "pushed", {}],
     ok("j", "6", topic), close(null, topic), unmatched("7", topic)]);
  assert.deepEqual(await exchange(client, [null, ...begin], [null, "8", topic, "crash", {}]),
                   [welcome(null, "j", topic), crash(null, topic)]);
  assert.deepEqual(await exchange(client, [null, ...begin], [null, "9", topic, "stop", {}]),
                   [welcome(null, "j", topic), close(null, topic)]);
});

// -- duplicate joins -----------------------------------------------------------------------------

// Clients tell the answer from the close by their join_refs, so that either may come first.
const inAnyOrder = (frames) => frames.map((frame) => JSON.stringify(frame)).sort();

routeTest("a second join ends the first, and takes its place", async (open, topic) => {
  const client = await open();
  await exchange(client, ["a", "1", topic, "phx_join", {}]);
  const answers = await exchange(client, ["b", "2", topic, "phx_join", {}]);
  assert.deepEqual(inAnyOrder(answers), inAnyOrder([welcome("b", "2", topic), close("a", topic)]));
  const other = await joined(open, topic);
  await exchange(other, ["1", "2", topic, "shout", { n: 1 }]);
  await client.receive("the shout", ([, , , event]) => event === "shout");
  assert.deepEqual(await exchange(client, ["a", "3", topic, "ping", {}], ["a", "4", topic, "phx_leave", {}],
                                  ["b", "5", topic, "ping", {}]), [ok("b", "5", topic)]);
  assert.equal(client.of("shout").length, 1);
});

routeTest("a second join that is refused ends the first all the same", async (open, topic) => {
  const client = await open();
  await exchange(client, ["a", "1", topic, "phx_join", {}]);
  const answers = await exchange(client, ["b", "2", topic, "phx_join", { deny: true }]);
  assert.deepEqual(inAnyOrder(answers),
                   inAnyOrder([error("b", "2", topic, "unauthorized"), close("a", topic)]));
  assert.deepEqual(await exchange(client, ["a", "3", topic, "ping", {}]), [unmatched("3", topic)]);
});

routeTest("a second join may have the join_ref of the first", async (open, topic) => {
  const client = await open();
  for (const joinRef of ["a", null]) {
    await exchange(client, [joinRef, "1", topic, "phx_join", {}]);
    const answers = await exchange(client, [joinRef, "1", topic, "phx_join", {}]);
    assert.deepEqual(inAnyOrder(answers), inAnyOrder([welcome(joinRef, "1", topic), close(joinRef, topic)]));
    assert.deepEqual((await exchange(client, [joinRef, "2", topic, "ping", {}])).length, 1);
  }
});

routeTest("joins upon joins end one after the other", async (open, topic) => {
  const client = await open();
  const joins = Array.from({ length: 20 }, (_, n) => [`${n}`, `${n}`, topic, "phx_join", {}]);
  const answers = await exchange(client, ...joins);
  const closes = joins.slice(0, -1).map(([joinRef]) => close(joinRef, topic));
  assert.deepEqual(inAnyOrder(answers),
                   inAnyOrder([...joins.map(([ref]) => welcome(ref, ref, topic)), ...closes]));
  await exchange(client, ["19", "x", topic, "shout", {}]);
  assert.equal(client.of("shout").length, 1);
});

// -- leaves --------------------------------------------------------------------------------------

routeTest("a leave is answered, then the channel is closed, and no more", async (open, topic) => {
  const client = await open();
  const other = await joined(open, topic);
  await exchange(client, ["j", "1", topic, "phx_join", {}]);
  assert.deepEqual(await exchange(client, ["j", "2", topic, "phx_leave", {}]),
                   [ok("j", "2", topic), close("j", topic)]);
  await exchange(other, ["1", "2", topic, "shout", {}]);
  assert.deepEqual(await exchange(client, ["j", "3", topic, "ping", {}]), [unmatched("3", topic)]);
});

routeTest("a leave without a join_ref counts, one of an earlier join is ignored",
  async (open, topic) => {
    const client = await open();
    await exchange(client, ["j", "1", topic, "phx_join", {}]);
    assert.deepEqual(await exchange(client, ["i", "2", topic, "phx_leave", {}],
                                    ["j", "3", topic, "ping", {}]), [ok("j", "3", topic)]);
    assert.deepEqual(await exchange(client, [null, "4", topic, "phx_leave", {}]),
                     [ok("j", "4", topic), close("j", topic)]);
  });

routeTest("a leave and a join back to back are answered in order", async (open, topic) => {
  const client = await open();
  assert.deepEqual(await exchange(client, ["a", "1", topic, "phx_join", {}],
                                  ["a", "2", topic, "phx_leave", {}], ["b", "3", topic, "phx_join", {}],
                                  ["a", "4", topic, "crash", {}], ["b", "5", topic, "ping", {}]),
                   [welcome("a", "1", topic), ok("a", "2", topic), close("a", topic),
                    welcome("b", "3", topic), ok("b", "5", topic)]);
});

// -- how channels end ----------------------------------------------------------------------------

routeTest("a channel that stops is closed", async (open, topic) => {
  const client = await joined(open, topic);
  assert.deepEqual(await exchange(client, ["1", "2", topic, "stop", {}], ["1", "3", topic, "ping", {}]),
                   [close("1", topic), unmatched("3", topic)]);
  assert.deepEqual(await exchange(client, ["4", "4", topic, "phx_join", {}]), [welcome("4", "4", topic)]);
});

// What an application has no handler for, and what it may not broadcast or push.
const CRASHES = {
  "an exception": ["crash", {}],
  "an unknown event": ["nonsense", {}],
  "phx_reply from a client": ["phx_reply", { status: "ok", response: {} }],
  "phx_close from a client": ["phx_close", {}],
  "phx_error from a client": ["phx_error", {}],
  "a broadcast of an array": ["shout", []],
  "a broadcast of a text": ["shout", "x"],
  "a broadcast of a number": ["shout", 1],
  "a broadcast of null": ["shout", null],
  "a whisper of an array": ["whisper", [{}]],
  "a push of an array": ["push_me", []],
  "a push of null": ["push_me", null],
};

for (const [what, [event, payload]] of Object.entries(CRASHES)) {
  routeTest(`${what} is the end of that channel alone, until it is joined again`,
    async (open, topic) => {
      const client = await joined(open, topic);
      const other = await joined(open, topic);
      const elsewhere = `${topic}-elsewhere`;
      await exchange(client, ["2", "2", elsewhere, "phx_join", {}]);
      assert.deepEqual(
        await exchange(client, ["1", "3", topic, event, payload], ["1", "4", topic, "ping", {}],
                       ["2", "5", elsewhere, "ping", {}], ["6", "6", topic, "phx_join", {}],
                       ["6", "7", topic, "shout", {}]),
        [crash("1", topic), unmatched("4", topic), ok("2", "5", elsewhere), welcome("6", "6", topic),
         [null, null, topic, "shout", {}]]);
      await until("the shout", () => other.of("shout").length > 0);
      assert.deepEqual(await exchange(other, ["1", "8", topic, "ping", {}]), [ok("1", "8", topic)]);
      assert.deepEqual(heard(other).filter(([, , , each]) => each !== "shout"),
                       [welcome("1", "1", topic), ok("1", "8", topic)]);
    });
}

const productionTest = testsOfOneServer({ COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) });

productionTest("in production an event that is unknown is answered with an error", async (open, topic) => {
  const client = await joined(open, topic);
  const events = ["nonsense", "phx_reply", "phx_close", "phx_error", "crash", "stop", "silent", "block"];
  assert.deepEqual(await exchange(client, ...events.map((event) => ["1", event, topic, event, {}])),
                   events.map((event) => error("1", event, topic, "unknown event")));
});

// -- order, and who hears what -------------------------------------------------------------------

routeTest("a broadcast that was made before a reply arrives before it", async (open, topic) => {
  const client = await joined(open, topic);
  const frames = [];
  const expected = [];
  for (let n = 0; n < 20; ++n) {
    frames.push(["1", `s${n}`, topic, "shout", { n }], ["1", `p${n}`, topic, "push_me", { n }],
                ["1", `r${n}`, topic, "ping", { n }]);
    expected.push([null, null, topic, "shout", { n }], ["1", null, topic, "pushed", { n }],
                  ok("1", `r${n}`, topic, { n }));
  }
  assert.deepEqual(await exchange(client, ...frames), expected);
});

routeTest("everybody hears each sender once and in order", async (open, topic) => {
  const clients = [];
  for (let n = 0; n < 4; ++n) clients.push(await joined(open, topic));
  for (let n = 0; n < 50; ++n) {
    for (const [from, client] of clients.entries()) {
      client.sendJson(["1", `${n}`, topic, "shout", { from, n }]);
    }
  }
  for (const client of clients) {
    await until("all shouts", () => client.of("shout").length >= 200);
    await client.settle();
    for (const from of clients.keys()) {
      const said = client.of("shout").map((frame) => frame[4]).filter((each) => each.from === from);
      assert.deepEqual(said.map(({ n }) => n), Array.from({ length: 50 }, (_, n) => n));
    }
  }
});

routeTest("a whisper misses its channel alone, not its sender's other sockets", async (open, topic) => {
  const phone = await joined(open, topic, { user_id: "ann" });
  const laptop = await joined(open, topic, { user_id: "ann" });
  await exchange(phone, ["2", "2", `${topic}-other`, "phx_join", {}]);
  assert.deepEqual(await exchange(phone, ["1", "3", topic, "whisper", { n: 1 }]), []);
  assert.deepEqual(await laptop.receive("it", ([, , , event]) => event === "whisper"),
                   [null, null, topic, "whisper", { n: 1 }]);
});

routeTest("silent says nothing, ever", async (open, topic) => {
  const client = await joined(open, topic);
  assert.deepEqual(await exchange(client, ["1", "2", topic, "silent", {}], ["1", "3", topic, "ping", {}]),
                   [ok("1", "3", topic)]);
});
