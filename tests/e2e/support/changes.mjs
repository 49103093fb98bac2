// Those who follow changes: over channels with the official client, and as Server-Sent Events.
import assert from "node:assert/strict";
import { addUser, command } from "./accounts.mjs";
import { querySql } from "./sql.mjs";
import { until } from "./wait.mjs";

// Somebody with a bearer token that writes content.
export async function editor(server, email = "ed@example.com") {
  await addUser(server, email, { role: "editor" });
  const scopes = ["--scope", "content:read", "--scope", "content:write", "--scope", "socket"];
  const made = await command(server, ["token", "create", email, "--name", "test", ...scopes]);
  assert.equal(made.code, 0, made.stderr);
  return new Editor(server, made.stdout.trim());
}

class Editor {
  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  async send(method, path, body) {
    const response = await this.server.get(path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text).data : undefined;
  }

  create(slug, fields = {}) {
    return this.send("POST", "/api/posts", { title: slug, slug, raw_body: "x", ...fields });
  }

  change(id, fields) {
    return this.send("PATCH", `/api/posts/${id}`, fields);
  }

  remove(id) {
    return this.send("DELETE", `/api/posts/${id}`);
  }
}

// What the feed has of posts after `since`: "42 7 insert", in order.
export async function fedAfter(server, since = 0) {
  const rows = await querySql(server.database, `
    SELECT seq, id, op FROM changes WHERE resource = 'posts' AND seq > ${since}
     ORDER BY seq, id`);
  return rows.map((row) => row.join(" "));
}

// The number of the commit in "1765357200.42-17".
export function commitOf(position) {
  return Number(/^\d+\.(\d+)/.exec(position)[1]);
}

// What a client makes of a snapshot and events: `told` has "42 7 insert" of each, in order, `list`
// the records by id.
class Copy {
  told = [];
  events = [];
  resets = [];
  list = new Map();
  position = undefined;

  take(event, payload) {
    this.events.push({ event, ...payload });
    this.position = payload.position;
    if (event === "reset") {
      this.resets.push(payload.position);
      return;
    }
    const { id, op = event, record } = payload;
    this.told.push(`${commitOf(payload.position)} ${id} ${op}`);
    if (op === "delete" || op === "leave") this.list.delete(id);
    else if (record) this.list.set(id, record);
  }

  replace(records) {
    this.list = new Map(records.map((record) => [record.id, record]));
  }

  untilTold(count) {
    return until(`${count} events, not ${this.told.length}`, () => this.told.length >= count);
  }

  // The events' names and ids: "insert 7, leave 8".
  summary() {
    return this.events.map(({ event, op = event, id }) => `${op} ${id}`).join(", ");
  }
}

const EVENTS = ["change", "enter", "leave", "reset"];

// Follows over a channel; each rejoin says how far it has come.
export class ChannelFollower extends Copy {
  answers = [];

  constructor(client, params = {}, topic = "changes:posts") {
    super();
    this.client = client;
    this.channel = client.socket.channel(topic, () => ({ since: this.position, ...params }));
    for (const event of EVENTS) this.channel.on(event, (payload) => this.take(event, payload));
    this.joined = new Promise((done, failed) => {
      this.channel.join()
        .receive("ok", (answer) => {
          this.answers.push(answer);
          if (answer.data) this.replace(answer.data);
          this.position = answer.position;
          done(answer);
        })
        .receive("error", (answer) => failed(new Error(JSON.stringify(answer))));
    });
    this.joined.catch(() => {});
  }

  // Loses the connection; the client comes back by itself.
  cut() {
    this.client.socket.conn?.terminate();
  }
}

// Follows as Server-Sent Events.
export class StreamFollower extends Copy {
  ids = [];
  ended = false;
  #abort = new AbortController();

  static async open(server, query, headers = {}) {
    const follower = new StreamFollower();
    follower.response = await fetch(`${server.url}/api/changes?${query}`,
                                    { headers, signal: follower.#abort.signal });
    follower.closed = follower.#read().catch((error) => error);
    return follower;
  }

  async #read() {
    let text = "";
    for await (const bytes of this.response.body.pipeThrough(new TextDecoderStream())) {
      text += bytes;
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) this.#takeBlock(block);
    }
    this.ended = true;
  }

  #takeBlock(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    if (fields.id) this.ids.push(fields.id);
    if (!fields.data) return;
    const payload = JSON.parse(fields.data);
    assert.equal(payload.position, fields.id);
    if (fields.event === "snapshot") this.replace(payload.data);
    else this.take(fields.event, payload);
    if (fields.event === "snapshot") this.snapshot = payload;
  }

  close() {
    this.#abort.abort();
    return this.closed;
  }
}
