// Channels messages as text, in both versions: what is read, what ends a connection, and what is sent,
// to the byte.
import assert from "node:assert/strict";
import { testsOfOneServer } from "./support/carriers.mjs";
import { until, within } from "./support/wait.mjs";

const frameTest = testsOfOneServer();

const BROKEN = 1011;

// What has been received, as text, but for who is present.
const received = (client) => client.texts.filter((text) => !/"presence_(state|diff)"/.test(text));

// The next frame after `text` has been sent, as text.
async function answerTo(client, text) {
  const before = received(client).length;
  client.sendText(text);
  return until("an answer", () => received(client)[before]);
}

// What a ping with that payload, as text, brings back: text as well.
async function echoOf(client, topic, payload) {
  const answer = await answerTo(client, `["1","echo","${topic}","ping",${payload}]`);
  const [, echo] = /^\["1","echo","[^"]*","phx_reply",\{"status":"ok","response":(.*)\}\]$/
    .exec(answer) ?? assert.fail(answer);
  return echo;
}

async function joined(open, topic) {
  const client = await open();
  client.sendJson(["1", "1", topic, "phx_join", {}]);
  await client.receive("the state", ([, , , event]) => event === "presence_state");
  return client;
}

const closed = (client) => within("the end of the connection", client.closed);

// -- V2: what is read ----------------------------------------------------------------------------

const LONG = "7".repeat(5000);

frameTest("refs of any type and length come back as they went", async (open, topic) => {
  const client = await open();
  const refs = ["null", '"1"', '""', `"${LONG}"`, "1", "1.5", "123456789012345678901234567890", "true",
                '{"a":[1]}', '"\\u0000é🌳\\"\\\\"'];
  for (const ref of refs) {
    // null would be refused by nobody: see the routing of joins without one.
    const answer = await answerTo(client, `[${ref},${ref},"${topic}","phx_join",{"deny":true}]`);
    assert.equal(answer, `[${ref},${ref},"${topic}","phx_reply",` +
      '{"status":"error","response":{"reason":"unauthorized"}}]');
  }
});

frameTest("join_refs are compared by value and by type", async (open, topic) => {
  const client = await open();
  client.sendText(`[7,"1","${topic}","phx_join",{}]`);
  await client.reply("1");
  client.sendText(`["7","text","${topic}","ping",{}]`);
  client.sendText(`[70,"other","${topic}","ping",{}]`);
  client.sendText(`[7,"number","${topic}","ping",{}]`);
  assert.equal((await client.reply("number"))[0], 7);
  assert.deepEqual(client.frames.filter(([, ref]) => ref === "text" || ref === "other"), []);
});

frameTest("elements beyond the fifth are ignored", async (open, topic) => {
  const client = await joined(open, topic);
  const answer = await answerTo(client, `["1","2","${topic}","ping",{"a":1},6,[7],{"8":9},null]`);
  assert.deepEqual(JSON.parse(answer),
                   ["1", "2", topic, "phx_reply", { status: "ok", response: { a: 1 } }]);
});

// What is no message. Each is sent over a connection of its own.
const NO_MESSAGES = {
  "fewer than five elements": (topic) => `["1","2","${topic}","ping"]`,
  "an empty array": () => "[]",
  "an object": () => "{}",
  "an object of version 1": (topic) =>
    JSON.stringify({ topic, event: "phx_join", payload: {}, ref: "1" }),
  "a string": () => '"phx_join"',
  "no JSON": () => "nonsense",
  "a raw control character in a string": (topic) => `["1","2","${topic}","ping",{"a":"\t"}]`,
  "trailing garbage": (topic) => `["1","2","${topic}","ping",{}] x`,
  "a second array": (topic) => `["1","2","${topic}","ping",{}][]`,
  "a byte-order mark": (topic) => `\ufeff["1","2","${topic}","ping",{}]`,
  "a lone surrogate": (topic) => `["1","2","${topic}","ping",{"a":"\\ud800"}]`,
  "surrogates the wrong way round": (topic) => `["1","2","${topic}","ping",{"a":"\\udc00\\ud800"}]`,
  "a number with a leading zero": (topic) => `["1","2","${topic}","ping",01]`,
  "a trailing comma in the payload": (topic) => `["1","2","${topic}","ping",[1,]]`,
  "a trailing comma": (topic) => `["1","2","${topic}","ping",{},]`,
  "a number beyond a double": (topic) => `["1","2","${topic}","ping",1e400]`,
  "a key without quotes": (topic) => `["1","2","${topic}","ping",{a:1}]`,
  "a million levels": (topic) => `["1","2","${topic}","ping",${"[".repeat(1e6)}`,
  "ten thousand levels, all closed": (topic) =>
    `["1","2","${topic}","ping",${"[".repeat(1e4)}${"]".repeat(1e4)}]`,
};

for (const [what, frame] of Object.entries(NO_MESSAGES)) {
  frameTest(`${what} ends the connection, and every channel on it`, async (open, topic) => {
    const other = `${topic}-other`;
    const watcher = await open({ user_id: "watcher" });
    const client = await open({ user_id: "victim" });
    const seen = (at, part) => watcher.receive(`${part} of ${at}`, ([, , where, event, diff]) =>
      where === at && event === "presence_diff" && "victim" in diff[part]);
    for (const room of [topic, other]) {
      await watcher.join(room);
      await client.join(room);
      await seen(room, "joins");
    }
    client.sendText(frame(topic));
    assert.equal(await closed(client), BROKEN);
    for (const room of [topic, other]) await seen(room, "leaves");
    await watcher.settle();
  });
}

frameTest("an empty message ends the connection", async (open) => {
  const client = await open();
  client.sendText("");
  assert.equal(await closed(client), BROKEN);
});

frameTest("NUL survives in texts, keys and topics", async (open, topic) => {
  const client = await open();
  const named = `${topic}\u0000x`;
  client.sendJson(["1", "1", named, "phx_join", {}]);
  const [, , answered, , { response }] = await client.reply("1");
  assert.equal(answered, named);
  assert.equal(response.room, named.slice("room:".length));
  const payload = { "a\u0000b": "\u0000", "\u0000": ["\u0000\u0000"] };
  client.sendJson(["1", "2", named, "ping", payload]);
  assert.deepEqual((await client.reply("2"))[4].response, payload);
});

frameTest("numbers keep their value, whatever their size", async (open, topic) => {
  const client = await joined(open, topic);
  for (const number of ["0", "9007199254740993", "-9223372036854775808", "18446744073709551615",
                        "123456789012345678901234567890", "-98765432109876543210987654321", "1.5",
                        "0.1", "1.7976931348623157", "-1.5"]) {
    assert.equal(await echoOf(client, topic, number), number);
  }
  assert.equal(await echoOf(client, topic, "1E2"), "100.0");
  assert.equal(await echoOf(client, topic, "-0"), "0");
  for (const number of ["1e308", "-2.5e-7", "1E+10", "5e-324", "1e-400"]) {
    assert.equal(Number(await echoOf(client, topic, number)), Number(number));
  }
});

frameTest("of keys that are given twice the first counts", async (open, topic) => {
  const client = await joined(open, topic);
  const given = '{"a":1,"b":{"c":2,"c":[{}]},"a":{"d":[3]},"\\u0061":4,"e":5}';
  assert.equal(await echoOf(client, topic, given), '{"a":1,"b":{"c":2},"e":5}');
  const other = await open();
  other.sendText(`["1","1","${topic}","phx_join",{"deny":true,"deny":false}]`);
  assert.equal((await other.reply("1"))[4].status, "error");
  other.sendText(`["1","2","${topic}","phx_join",{"deny":false,"deny":true}]`);
  assert.equal((await other.reply("2"))[4].status, "ok");
});

frameTest("a payload may have a hundred levels", async (open, topic) => {
  const client = await joined(open, topic);
  for (const nested of [`${"[".repeat(100)}${"]".repeat(100)}`,
                        `${'{"a":'.repeat(99)}{}${"}".repeat(99)}`]) {
    assert.equal(await echoOf(client, topic, nested), nested);
  }
});

frameTest("a topic that is no string is unmatched, and named as it came", async (open) => {
  const client = await open();
  for (const topic of ["7", "null", '["room:lobby"]', '{"a":1}', "true"]) {
    for (const event of ["phx_join", "ping"]) {
      assert.equal(await answerTo(client, `["1","2",${topic},"${event}",{}]`),
                   `[null,"2",${topic},"phx_reply",` +
                   '{"status":"error","response":{"reason":"unmatched topic"}}]');
    }
  }
});

frameTest("an event that is no string crashes its channel alone", async (open, topic) => {
  for (const event of ["7", "null", '["ping"]', "{}"]) {
    const client = await joined(open, topic);
    client.sendJson(["2", "2", `${topic}-other`, "phx_join", {}]);
    client.sendText(`["1","3","${topic}",${event},{}]`);
    const error = await client.receive("the crash", ([, , , name]) => name === "phx_error");
    assert.deepEqual(error, ["1", "1", topic, "phx_error", { reason: "channel_crash" }]);
    client.sendJson(["2", "4", `${topic}-other`, "ping", {}]);
    await client.reply("4");
    assert.deepEqual(client.frames.filter(([, ref]) => ref === "3"), []);
  }
});

// -- V2: what is sent ----------------------------------------------------------------------------

frameTest("what is sent is compact, and text stays what it is", async (open, topic) => {
  const client = await joined(open, topic);
  for (const [given, sent] of [
    ['{ "a" : [ 1 , 2 ,{ } ] , "b":\t"c d" }', '{"a":[1,2,{}],"b":"c d"}'],
    ['{"\\u00e9":"\\ud83c\\udf33 \\u00fc \\/"}', '{"é":"🌳 ü /"}'],
    ['"\\"\\\\\\n\\u001f\\u007f"', '"\\"\\\\\\n\\u001f\u007f"'],
    ['[true,false,null,"",[],{}]', '[true,false,null,"",[],{}]'],
  ]) {
    assert.equal(await echoOf(client, topic, given), sent);
    assert.equal(await answerTo(client, ` [ "1" , "2" , "${topic}" , "shout" , {"text":${given}} ] `),
                 `[null,null,"${topic}","shout",{"text":${sent}}]`);
  }
});

frameTest("a reply may be any JSON value", async (open, topic) => {
  const client = await joined(open, topic);
  for (const value of ["null", "true", "0", '"text"', "[]", "[1,[2]]", "{}"]) {
    assert.equal(await echoOf(client, topic, value), value);
  }
});

frameTest("each kind of message has its five elements", async (open, topic) => {
  const client = await open();
  client.sendJson(["j", "1", topic, "phx_join", {}]);
  await client.receive("the state", ([, , , event]) => event === "presence_state");
  const sent = [[null, "2", "phoenix", "heartbeat", {}], ["x", "3", "nowhere", "ping", {}],
                ["j", "4", topic, "ping", { n: 1 }], ["j", "5", topic, "push_me", { n: 2 }],
                ["j", "6", topic, "shout", { n: 3 }], ["j", "7", topic, "phx_leave", {}]];
  client.frames.length = 0;
  for (const each of sent) client.sendJson(each);
  await client.receive("the close", ([, , , event]) => event === "phx_close");
  assert.deepEqual(client.frames.filter(([, , , event]) => event !== "presence_diff"), [
    [null, "2", "phoenix", "phx_reply", { status: "ok", response: {} }],
    [null, "3", "nowhere", "phx_reply",
     { status: "error", response: { reason: "unmatched topic" } }],
    ["j", "4", topic, "phx_reply", { status: "ok", response: { n: 1 } }],
    ["j", null, topic, "pushed", { n: 2 }],
    [null, null, topic, "shout", { n: 3 }],
    ["j", "7", topic, "phx_reply", { status: "ok", response: {} }],
    ["j", "j", topic, "phx_close", {}],
  ]);
});

// -- V1 ------------------------------------------------------------------------------------------

const V1 = "1.0.0";
const reply = (topic, ref, response, status = "ok") =>
  ({ topic, event: "phx_reply", payload: { status, response }, ref });
const v1 = (topic, event, ref, payload = {}) => ({ topic, event, payload, ref });

// The frames of a V1 client, without what concerns presence.
const plain = (client) => client.frames.filter(({ event }) => !event.startsWith("presence_"));

frameTest("version 1 sends objects of four keys", async (open, topic) => {
  const client = await open({}, V1);
  for (const frame of [v1("phoenix", "heartbeat", "0"), v1(topic, "phx_join", "1"),
                       v1(topic, "ping", "2", [1]), v1(topic, "push_me", "3", { n: 3 }),
                       v1(topic, "shout", "4", { n: 4 }), v1("nowhere", "ping", "5"),
                       v1(topic, "phx_leave", "6")]) {
    client.sendJson(frame);
  }
  await client.receive("the close", ({ event }) => event === "phx_close");
  assert.deepEqual(plain(client), [
    reply("phoenix", "0", {}),
    reply(topic, "1", { room: topic.slice("room:".length) }),
    reply(topic, "2", [1]),
    v1(topic, "pushed", null, { n: 3 }),
    v1(topic, "shout", null, { n: 4 }),
    reply("nowhere", "5", { reason: "unmatched topic" }, "error"),
    reply(topic, "6", {}),
    v1(topic, "phx_close", null),
  ]);
});

frameTest("version 1 has presence", async (open, topic) => {
  const client = await open({ user_id: "ann" }, V1);
  client.sendJson(v1(topic, "phx_join", "1"));
  const state = await client.receive("the state", ({ event }) => event === "presence_state");
  assert.deepEqual([Object.keys(state).sort(), state.ref, Object.keys(state.payload)],
                   [["event", "payload", "ref", "topic"], null, ["ann"]]);
  const other = await open({ user_id: "bob" });
  await other.join(topic);
  const diff = await client.receive("bob", ({ event, payload }) =>
    event === "presence_diff" && "bob" in payload.joins);
  assert.deepEqual([Object.keys(diff).sort(), diff.ref], [["event", "payload", "ref", "topic"], null]);
});

frameTest("version 1 may name a join_ref, and is not told any", async (open, topic) => {
  const client = await open({}, V1);
  client.sendJson({ ...v1(topic, "phx_join", "1"), join_ref: "j", more: [{}] });
  client.sendJson({ ...v1(topic, "ping", "2"), join_ref: "other" });
  client.sendJson({ ...v1(topic, "ping", "3"), join_ref: "j" });
  client.sendJson(v1(topic, "ping", "4"));
  client.sendJson({ ...v1(topic, "crash", "5"), join_ref: "j" });
  await client.receive("the crash", ({ event }) => event === "phx_error");
  assert.deepEqual(plain(client), [
    reply(topic, "1", { room: topic.slice("room:".length) }), reply(topic, "3", {}),
    reply(topic, "4", {}), v1(topic, "phx_error", "j", { reason: "channel_crash" })]);
});

const NO_V1_MESSAGES = {
  ...Object.fromEntries(["topic", "event", "payload", "ref"].map((key) =>
    [`no ${key}`, (topic) => JSON.stringify({ ...v1(topic, "phx_join", "1"), [key]: undefined })])),
  "an array": (topic) => JSON.stringify(["1", "1", topic, "phx_join", {}]),
  "trailing garbage": (topic) => `${JSON.stringify(v1(topic, "phx_join", "1"))}}`,
  "no JSON": () => "nonsense",
};

for (const [what, frame] of Object.entries(NO_V1_MESSAGES)) {
  frameTest(`version 1: ${what} ends the connection`, async (open, topic) => {
    const client = await open({}, V1);
    client.sendText(frame(topic));
    assert.equal(await closed(client), BROKEN);
  });
}

frameTest("version 1: a binary message ends the connection", async (open) => {
  const client = await open({}, V1);
  client.sendBytes(Buffer.from("\u0000\u0001\u0001\u0001\u0001abcd"));
  assert.equal(await closed(client), BROKEN);
});

frameTest("both versions hear the same, but for bytes, which version 1 goes without",
  async (open, topic) => {
    const old = await open({}, V1);
    old.sendJson(v1(topic, "phx_join", "1"));
    await old.receive("the reply", ({ ref }) => ref === "1");
    const sender = await open();
    sender.sendJson(["1", "1", topic, "phx_join", {}]);
    await sender.reply("1");
    sender.sendJson(["1", "2", topic, "shout", { n: 1 }]);
    const head = Buffer.from([0, 1, 1, topic.length, "shout".length]);
    sender.sendBytes(Buffer.concat([head, Buffer.from(`13${topic}shout`), Buffer.from([0, 255])]));
    sender.sendJson(["1", "4", topic, "shout", { n: 2 }]);
    for (const [client, said] of [[old, ({ event, payload }) => event === "shout" && payload.n === 2],
                                  [sender, ([, , , event, { n }]) => event === "shout" && n === 2]]) {
      await client.receive("the last shout", said);
    }
    assert.deepEqual(old.frames.filter(({ event }) => event === "shout"),
                     [v1(topic, "shout", null, { n: 1 }), v1(topic, "shout", null, { n: 2 })]);
    assert.deepEqual(sender.of("phx_error"), []);
  });
