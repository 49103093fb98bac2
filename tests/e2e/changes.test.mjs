// The change feed, followed over channels and as Server-Sent Events.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { ChannelFollower, StreamFollower, commitOf, editor, fedAfter } from "./support/changes.mjs";
import { TRANSPORTS, withClients } from "./support/clients.mjs";
import { RawConnection, exchange, statusOf } from "./support/raw_http.mjs";
import { coppice, withServer } from "./support/server.mjs";
import { querySql, runSql } from "./support/sql.mjs";
import { until, within } from "./support/wait.mjs";

// A server with an editor who writes, and clients.
function feedTest(name, use, env = {}) {
  test(name, () => withServer({ env }, (server) =>
    withClients(server, async (client) => use(await editor(server), client, server))));
}

// The same over each transport.
function channelTest(name, use) {
  for (const [carrier, transport] of Object.entries(TRANSPORTS)) {
    test(`${carrier}: ${name}`, () => withServer({}, (server) =>
      withClients(Object.assign(server, { transport }), async (client) =>
        use(await editor(server), client, server))));
  }
}

// `writers` that each make, change and delete posts at the same time.
function writeALot(author, writers, rounds) {
  return Promise.all(Array.from({ length: writers }, async (_, writer) => {
    for (let round = 0; round < rounds; ++round) {
      const { id } = await author.create(`p-${writer}-${round}`);
      await author.change(id, { title: "changed" });
      if (round % 3 === 0) await author.remove(id);
    }
  }));
}

async function listOf(server) {
  const { body } = await server.json("/api/posts?limit=100");
  return body.data.toSorted((a, b) => a.id - b.id);
}

function sorted(list) {
  return [...list.values()].toSorted((a, b) => a.id - b.id);
}

// -- channels ------------------------------------------------------------------------------------

feedTest("each commit arrives once and in order, however often the connection is lost",
  async (author, client, server) => {
    const follower = new ChannelFollower(client());
    const { position } = await follower.joined;
    const writing = writeALot(author, 6, 9);
    let done = false;
    writing.finally(() => (done = true)).catch(() => {});
    while (!done) {
      await new Promise((resume) => setTimeout(resume, Math.random() * 60));
      follower.cut();
    }
    await writing;
    const fed = await fedAfter(server, commitOf(position));
    await follower.untilTold(fed.length);
    assert.deepEqual(follower.told, fed);
    assert.deepEqual(follower.resets, []);
    assert.ok(follower.answers.length > 1, "it has rejoined");
  });

channelTest("a snapshot that is followed ends as the list", async (author, client, server) => {
  for (let n = 0; n < 5; ++n) await author.create(`first-${n}`);
  const writing = writeALot(author, 3, 6);
  const follower = new ChannelFollower(client(), { snapshot: true });
  await follower.joined;
  await writing;
  const { id } = await author.create("last");
  await until("the last post", () => follower.list.has(id));
  assert.deepEqual(sorted(follower.list), await listOf(server));
});

channelTest("a long snapshot has pages", async (author, client) => {
  for (let n = 0; n < 101; ++n) await author.create(`post-${n}`);
  const follower = new ChannelFollower(client(), { snapshot: true });
  const { data, page } = await follower.joined;
  assert.equal(data.length, 100);
  const next = (cursor) => new Promise((done) => follower.channel.push("page", { cursor })
    .receive("ok", done).receive("error", done));
  const rest = await next(page.next);
  assert.equal(rest.data.length, 1);
  assert.equal(rest.page.next, null);
  assert.match((await next("x")).reason, /cursor/);
  assert.match((await next(7)).reason, /cursor/);
});

channelTest("a filter tells what enters and leaves", async (author, client) => {
  const oaks = new ChannelFollower(client(), { filter: { tag: "oak" } });
  await oaks.joined;
  const a = await author.create("a", { tags: ["oak"] });
  const b = await author.create("b");
  await author.change(b.id, { title: "B" });
  await author.change(b.id, { tags: ["oak", "old"] });
  await author.change(a.id, { tags: [] });
  await author.change(a.id, { title: "A" });
  await author.remove(b.id);
  await oaks.untilTold(4);
  assert.equal(oaks.summary(),
               `insert ${a.id}, enter ${b.id}, leave ${a.id}, delete ${b.id}`);
});

channelTest("what a join asks is strict", async (_author, client) => {
  const ann = client();
  const refused = (params, why, topic) =>
    assert.rejects(new ChannelFollower(ann, params, topic).joined, why);
  await refused({ sinse: "1.2" }, /unknown parameter sinse/);
  await refused({ since: "yesterday" }, /since must be a position/);
  await refused({ filter: { colour: "red" } }, /no filter colour; there are tag, slug, is_draft/);
  await refused({ filter: { tag: "x" } }, /assets have no tags/, "changes:assets");
  await refused({}, /no such resource/, "changes:users");
  await refused({}, /no such resource/, "changes:");
});

channelTest("a draft is not there for the public", async (author, client) => {
  const visitor = new ChannelFollower(client());
  await visitor.joined;
  const draft = await author.create("a-post", { title: "Secret", is_draft: true });
  await author.change(draft.id, { title: "More secret" });
  await author.change(draft.id, { is_draft: false, title: "Open" });
  await visitor.untilTold(1);
  await author.change(draft.id, { is_draft: true, title: "Secret again" });
  await author.change(draft.id, { title: "And again" });
  await author.remove(draft.id);
  const { id } = await author.create("open");
  await visitor.untilTold(3);
  assert.equal(visitor.summary(), `insert ${draft.id}, delete ${draft.id}, insert ${id}`);
  assert.doesNotMatch(JSON.stringify(visitor.events), /secret/i);
});

channelTest("an editor follows drafts over a channel", async (author, client) => {
  const own = new ChannelFollower(client("ed", { authToken: author.token }));
  await own.joined;
  const draft = await author.create("secret", { is_draft: true });
  await author.change(draft.id, { is_draft: false });
  await own.untilTold(2);
  assert.equal(own.summary(), `insert ${draft.id}, update ${draft.id}`);
  assert.equal(own.events[0].record.is_draft, true);
});

channelTest("every resource can be followed", async (author, client) => {
  const tags = new ChannelFollower(client(), { snapshot: true }, "changes:tags");
  const projects = new ChannelFollower(client(), {}, "changes:projects");
  await tags.joined;
  await projects.joined;
  await author.send("POST", "/api/projects",
                    { name: "P", url: "https://example.com", description: "d", tags: ["oak"] });
  await tags.untilTold(1);
  await projects.untilTold(1);
  assert.deepEqual(sorted(tags.list).map(({ label }) => label), ["oak"]);
  assert.deepEqual(sorted(projects.list).map(({ name }) => name), ["P"]);
});

feedTest("who was away for too long begins anew", async (author, client, server) => {
  await author.create("a");
  const first = new ChannelFollower(client());
  const { position } = await first.joined;
  await author.create("b");
  await author.create("c");
  await runSql(server.database, `
    DELETE FROM changes;
    UPDATE coppice_changes_trimmed SET seq = (SELECT sequence FROM coppice_position)`);
  const late = new ChannelFollower(client(), { since: position, snapshot: true });
  const answer = await late.joined;
  assert.equal(answer.reset, true);
  assert.deepEqual(answer.data.map(({ slug }) => slug).toSorted(), ["a", "b", "c"]);
  assert.equal(commitOf(answer.position), commitOf(position) + 2);
  const stream = await StreamFollower.open(server, `resource=posts&since=${position}`);
  await until("the reset", () => stream.resets.length === 1);
  await author.create("d");
  await late.untilTold(1);
  await stream.untilTold(1);
  await stream.close();
});

feedTest("a restored backup resets those who follow", async (author, client, server) => {
  const backup = async (...args) => {
    const run = await coppice(["backup", ...args], { cwd: server.folder, env: server.env });
    assert.equal(run.code, 0, run.stderr);
  };
  const folder = join(server.folder, "backups");
  await author.create("kept");
  await backup("create", "--to", folder);
  await author.create("lost");
  const follower = new ChannelFollower(client(), { snapshot: true });
  const before = await follower.joined;
  assert.equal(before.data.length, 2);
  const stream = await StreamFollower.open(server, "resource=posts");
  await backup("restore", "latest", "--from", folder);
  await until("the resets", () => follower.resets.length === 1 && stream.resets.length === 1);
  const late = new ChannelFollower(client(), { since: before.position, snapshot: true });
  const answer = await late.joined;
  assert.equal(answer.reset, true);
  assert.deepEqual(answer.data.map(({ slug }) => slug), ["kept"]);
  const { id } = await author.create("after");
  for (const each of [follower, stream, late]) {
    await until("the next post", () => each.list.has(id));
  }
  await stream.close();
});

feedTest("nothing is lost or told twice while parts restart", async (author, client, server) => {
  const follower = new ChannelFollower(client());
  const { position } = await follower.joined;
  const stream = await StreamFollower.open(server, `resource=posts&since=${position}`);
  const writing = writeALot(author, 2, 8);
  for (const part of ["/jobs/changes", "/pubsub", "/jobs/changes", "/presence"]) {
    await server.command("crash", part);
  }
  await writing;
  await author.create("last");
  const fed = await fedAfter(server, commitOf(position));
  await follower.untilTold(fed.length);
  await stream.untilTold(fed.length);
  assert.deepEqual(follower.told, fed);
  assert.deepEqual(stream.told, fed);
  await stream.close();
});

feedTest("those who follow outlive the writer", async (author, client, server) => {
  const follower = new ChannelFollower(client());
  const { position } = await follower.joined;
  await author.create("before");
  await server.command("crash", "/database/writer");
  let tries = 0;
  await until("the writer", () => author.create(`after-${++tries}`).catch(() => false));
  const fed = await fedAfter(server, commitOf(position));
  await follower.untilTold(fed.length);
  assert.deepEqual(follower.told, fed);
});

// -- Server-Sent Events --------------------------------------------------------------------------

feedTest("an event stream goes on where it was cut", async (author, _client, server) => {
  await author.create("a");
  const first = await StreamFollower.open(server, "resource=posts&snapshot=true");
  assert.equal(first.response.status, 200);
  assert.equal(first.response.headers.get("content-type"), "text/event-stream");
  assert.equal(first.response.headers.get("content-encoding"), null);
  await until("the snapshot", () => first.list.size === 1);
  await author.create("b");
  await first.untilTold(1);
  await first.close();
  const { id } = await author.create("c");
  await author.change(id, { title: "C" });
  // The header goes before what the page asked at first.
  const second = await StreamFollower.open(
    server, `resource=posts&since=${first.snapshot.position}`, { "last-event-id": first.position });
  await second.untilTold(2);
  assert.equal(second.summary(), `insert ${id}, update ${id}`);
  assert.equal(second.snapshot, undefined);
  await second.close();
});

feedTest("an event stream resumes within a commit", async (author, _client, server) => {
  const made = [await author.create("a", { tags: ["oak"] }),
                await author.create("b", { tags: ["oak"] })];
  const [tag] = (await server.json("/api/tags")).body.data;
  const stream = await StreamFollower.open(server, "resource=posts");
  await until("the stream's place", () => stream.ids.length > 0);
  await author.send("PATCH", `/api/tags/${tag.id}`, { label: "elm" });
  await stream.untilTold(2);
  await stream.close();
  assert.match(stream.ids.at(-2), new RegExp(`-${made[0].id}$`));
  const rest = await StreamFollower.open(server, `resource=posts&since=${stream.ids.at(-2)}`);
  await rest.untilTold(1);
  assert.equal(rest.summary(), `update ${made[1].id}`);
  await rest.close();
});

feedTest("an event stream shows drafts to editors alone", async (author, _client, server) => {
  const mine = { authorization: `Bearer ${author.token}` };
  const [own, visitor] = [await StreamFollower.open(server, "resource=posts&is_draft=true", mine),
                          await StreamFollower.open(server, "resource=posts")];
  const draft = await author.create("secret", { is_draft: true });
  await own.untilTold(1);
  await author.change(draft.id, { is_draft: false });
  await own.untilTold(2);
  await visitor.untilTold(1);
  assert.equal(own.summary(), `insert ${draft.id}, leave ${draft.id}`);
  assert.equal(visitor.summary(), `insert ${draft.id}`);
  await Promise.all([own.close(), visitor.close()]);
  const stranger = await server.get("/api/changes?resource=posts",
                                    { headers: { authorization: "Bearer nobody" } });
  assert.equal(stranger.status, 401);
});

feedTest("what an event stream is asked is strict", async (_author, _client, server) => {
  const refused = async (query, why, headers) => {
    const response = await server.get(`/api/changes?${query}`, { headers });
    assert.equal(response.status, 400, query);
    assert.match((await response.json()).errors.detail, why);
  };
  await refused("", /resource must be one of posts, projects, tags, assets/);
  await refused("resource=users", /resource must be one of/);
  await refused("resource=posts&since=7", /parameter since must be a position/);
  await refused("resource=posts", /header last-event-id must be/, { "last-event-id": "x" });
  await refused("resource=posts&colour=red", /no filter colour/);
  await refused("resource=posts&is_draft=1", /is_draft must be true or false/);
  await refused("resource=posts&snapshot=1", /snapshot must be true or false/);
  const head = await exchange(server.port, "HEAD /api/changes?resource=posts HTTP/1.1\r\n" +
    "host: x\r\nconnection: close\r\n\r\n");
  assert.equal(statusOf(head), 200);
});

feedTest("there are so many event streams for an address, and no more",
  async (author, _client, server) => {
    const request = "GET /api/changes?resource=posts HTTP/1.1\r\nhost: x\r\n\r\n";
    const streams = Array.from({ length: 50 }, () => new RawConnection(server.port));
    for (const stream of streams) stream.send(request);
    await Promise.all(streams.map((stream) => stream.receive(/id: /)));
    const refused = await server.get("/api/changes?resource=posts");
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "10");
    for (const stream of streams) stream.destroy();
    await until("a place", async () => {
      await author.create(`p-${Date.now()}-${Math.random()}`.replace(".", "-"));
      const stream = await StreamFollower.open(server, "resource=posts");
      await stream.close();
      return stream.response.status === 200;
    });
  });

feedTest("a stream that nobody reads costs little, and has everything in the end",
  async (author, _client, server) => {
    const megabytes = async () => {
      const status = await readFile(`/proc/${server.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
    };
    const long = "long ".repeat(10_000);
    const posts = await Promise.all(Array.from({ length: 10 }, (_, n) =>
      author.create(`p-${n}`, { raw_body: long })));
    const changeAll = async () => {
      for (let n = 0; n < 40; ++n) {
        await Promise.all(posts.map(({ id }) => author.change(id, { title: `t${n}` })));
      }
    };
    await changeAll();  // what the changes themselves take, once for all threads, is none of its costs
    const [[start]] = await querySql(server.database, "SELECT sequence FROM coppice_position");
    const lazy = new RawConnection(server.port);
    lazy.send("GET /api/changes?resource=posts HTTP/1.1\r\nhost: x\r\n\r\n");
    await lazy.receive(/id: /);
    lazy.pause();
    const before = await megabytes();
    await changeAll();
    assert.ok((await megabytes()) - before < 60, "some megabytes");
    lazy.resume();
    const fed = await fedAfter(server, start);
    const told = () => [...lazy.received.matchAll(
      /"op":"update","id":(\d+),"position":"\d+\.(\d+)/g)].map(([, id, seq]) =>
      `${seq} ${id} update`);
    await until("all events", () => told().length >= fed.length);
    assert.deepEqual(told(), fed);
    lazy.destroy();
  }, { WRITE_TIMEOUT: "600" });

feedTest("an event stream ends in good order when the server stops",
  async (_author, _client, server) => {
    const stream = await StreamFollower.open(server, "resource=posts");
    await until("the stream", () => stream.ids.length > 0);
    server.signal("SIGTERM");
    await within("the end of the stream", stream.closed);
    assert.equal(stream.ended, true, "by its last chunk, not by a cut");
    assert.equal((await within("the server's end", server.ended)).code, 0);
  });
