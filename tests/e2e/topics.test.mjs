// The application's own topics, over each transport: rooms, notices of changed content. Viewers,
// changes, sessions and histories have files of their own.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { editor } from "./support/changes.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const IMAGE = fileURLToPath(new URL("../../content/assets/actor-tree.png", import.meta.url));
const LOBBY = "room:lobby";

function topicTest(name, use, env = {}) {
  for (const [carrier, transport] of Object.entries(TRANSPORTS)) {
    test(`${carrier}: ${name}`, () => withServer({ env }, (server) =>
      withClients(Object.assign(server, { transport }), (client) => use(client, server))));
  }
}

const meta = (room, user) => room.presence.state[user].metas[0];

// -- rooms ---------------------------------------------------------------------------------------

topicTest("a room takes in whoever does not ask to be denied", async (client) => {
  const ann = client("ann");
  await assert.rejects(ann.join(LOBBY, { deny: true, other: 1 }), /\{"reason":"unauthorized"\}/);
  for (const [n, params] of [{}, { deny: false }, { deny: 1 }, { deny: "true" }, { other: true }].entries()) {
    const room = await ann.join(`room:${n}:${n}`, params);
    assert.deepEqual(room.channel.joinPush.receivedResp.response, { room: `${n}:${n}` });
  }
});

topicTest("a member is present under its user_id, since when, and is told who else is",
  async (client) => {
    const began = Math.floor(Date.now() / 1000);
    const ann = await client("ann").join(LOBBY);
    const nobody = await client().join(LOBBY);
    const [state] = await nobody.receive("presence_state");
    assert.deepEqual(Object.keys(state).sort(), ["ann", "anon"]);
    await until("both", () => Object.keys(ann.members()).length === 2);
    for (const user of ["ann", "anon"]) {
      const { online_at, ...rest } = meta(ann, user);
      assert.deepEqual(Object.keys(rest), ["phx_ref"]);
      assert.ok(Number(online_at) >= began && Number(online_at) <= Date.now() / 1000, online_at);
    }
  });

topicTest("ping and bin bring back whatever they carry", async (client) => {
  const room = await client("ann").join(LOBBY);
  for (const event of ["ping", "bin"]) {
    for (const payload of [{ a: [1, { b: null }] }, [1, 2], "text", 7, true]) {
      assert.deepEqual(await room.ask(event, payload), { status: "ok", response: payload });
    }
  }
});

topicTest("shout reaches all, whisper all but oneself, push_me oneself, and none is answered",
  async (client) => {
    const ann = await client("ann").join(LOBBY);
    const bob = await client("bob").join(LOBBY);
    const answers = [];
    for (const event of ["shout", "whisper", "push_me", "silent"]) {
      const push = ann.channel.push(event, { event });
      for (const status of ["ok", "error"]) push.receive(status, () => answers.push(event));
    }
    await bob.receive("whisper");
    await ann.ask("ping");
    await bob.ask("ping");
    const heard = (room) => ["shout", "whisper", "pushed"].map((event) => room.of(event));
    assert.deepEqual(heard(ann), [[{ event: "shout" }], [], [{ event: "push_me" }]]);
    assert.deepEqual(heard(bob), [[{ event: "shout" }], [{ event: "whisper" }], []]);
    assert.deepEqual(answers, []);
  });

topicTest("update_meta merges into the meta, and is not answered", async (client) => {
  const ann = await client("ann").join(LOBBY);
  const bob = await client("bob").join(LOBBY);
  await until("ann", () => bob.members().ann === 1);
  const { online_at } = meta(bob, "ann");
  const answers = [];
  for (const changes of [{ a: 1, b: { c: 2 } }, { b: 3, d: null }, {}]) {
    const push = ann.channel.push("update_meta", changes);
    for (const status of ["ok", "error"]) push.receive(status, () => answers.push(status));
  }
  await until("the changes", () => meta(bob, "ann").b === 3);
  await ann.ask("ping");
  const { phx_ref, phx_ref_prev, ...rest } = meta(bob, "ann");
  assert.deepEqual(rest, { online_at, a: 1, b: 3, d: null });
  assert.ok(phx_ref && phx_ref_prev && phx_ref !== phx_ref_prev);
  assert.deepEqual(answers, []);
});

topicTest("stop ends a channel for good, crash and what is unknown until the rejoin",
  async (client) => {
    const ann = client("ann");
    const stopped = await ann.join("room:stopped");
    stopped.push("stop");
    assert.deepEqual(await stopped.receive("phx_close"), [{}]);
    for (const event of ["crash", "what is this"]) {
      const room = await ann.join(`room:${event}`);
      room.push(event);
      assert.deepEqual(await room.receive("phx_error"), [{ reason: "channel_crash" }]);
      await until("the rejoin", () => room.channel.state === "joined");
      assert.equal((await room.ask("ping")).status, "ok");
    }
    assert.deepEqual(ann.closes, []);
  });

// -- notices of changed content --------------------------------------------------------------------

// Uploads an image, and returns the asset that it has become.
async function upload(server, { token }, name) {
  const response = await server.get(`/api/assets?name=${name}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "image/png" },
    body: await readFile(IMAGE),
  });
  assert.equal(response.status, 201);
  return (await response.json()).data;
}

topicTest("members of content hear of everything that changes, with its id", async (client, server) => {
  const author = await editor(server);
  const notices = await client().join("content");
  const told = async (event, id) => {
    await until(`${event} ${id}`, () => notices.of(event).some((each) => each.id === id));
    assert.deepEqual(notices.of(event).at(-1), { id });
  };

  const post = await author.create("oak", { tags: ["tree"] });
  await told("post:reload", post.id);
  const [tag] = (await server.json("/api/tags")).body.data;
  await told("tag:reload", tag.id);
  const project = await author.send("POST", "/api/projects",
                                    { name: "Axe", url: "https://example.com", description: "d" });
  await told("project:reload", project.id);
  const asset = await upload(server, author, "bark.png");
  await told("asset:reload", asset.id);

  for (const [event, change, id] of [
    ["post:reload", () => author.change(post.id, { title: "Old oak" }), post.id],
    ["post:reload", () => author.remove(post.id), post.id],
    ["project:reload", () => author.send("PATCH", `/api/projects/${project.id}`, { name: "Saw" }),
     project.id],
    ["project:reload", () => author.send("DELETE", `/api/projects/${project.id}`), project.id],
    ["asset:reload", () => author.send("DELETE", `/api/assets/${encodeURIComponent(asset.name)}`),
     asset.id],
  ]) {
    const before = notices.of(event).length;
    await change();
    await until(`another ${event}`, () => notices.of(event).length > before);
    assert.deepEqual(notices.of(event).at(-1), { id });
  }
});

topicTest("members of content hear of drafts only if they may see them", async (client, server) => {
  const author = await editor(server);
  const visitor = await client().join("content");
  const own = await client("ed", { authToken: author.token }).join("content");
  const hears = (who, event, id) => until(`${event} ${id}`, () => who.of(event).some((each) => each.id === id));
  const draft = await author.create("secret", { is_draft: true, tags: ["secret"] });
  await hears(own, "post:reload", draft.id);
  await hears(own, "tag:reload", 1);
  const open = await author.create("open");
  await hears(visitor, "post:reload", open.id);
  assert.deepEqual(visitor.of("post:reload"), [{ id: open.id }]);
  assert.deepEqual(visitor.of("tag:reload"), []);
  await author.change(draft.id, { is_draft: false });
  await hears(visitor, "post:reload", draft.id);
  await hears(visitor, "tag:reload", 1);
});

topicTest("content takes no events", async (client) => {
  const notices = await client().join("content");
  for (const event of ["ping", "post:reload", "shout"]) {
    assert.deepEqual(await notices.ask(event, { id: 1 }),
                     { status: "error", response: { reason: "unknown event" } });
  }
});
