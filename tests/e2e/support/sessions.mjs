// Clients that go from node to node, write, read, and hand on the position that they were told. What
// they saw is for history.mjs.
import { until, within } from "./wait.mjs";

const RETRY_MS = 20;
const MOST_PATIENCE_MS = 20_000;

class Session {
  history = [];
  #position;

  constructor(number, urls, token, patienceMs) {
    Object.assign(this, { number, urls, token, patienceMs, nodes: Object.keys(urls) });
  }

  async #ask(path, options = {}, patienceMs = this.patienceMs) {
    const node = this.nodes[Math.floor(Math.random() * this.nodes.length)];
    const headers = { authorization: `Bearer ${this.token}`, ...options.headers };
    if (this.#position) headers["coppice-position"] = this.#position;
    const signal = AbortSignal.timeout(Math.min(patienceMs, MOST_PATIENCE_MS));
    const response = await fetch(this.urls[node] + path, { ...options, headers, signal });
    const body = await response.json();
    return { node, status: response.status, headers: response.headers, body };
  }

  #note({ headers }) {
    this.#position = headers.get("coppice-position") ?? this.#position;
  }

  // Asks again, wherever, as clients do that have an idempotency key; and waits longer each time.
  async write(slug, goesOn) {
    const entry = { op: "write", slug, acknowledged: false };
    this.history.push(entry);
    const options = {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": slug },
      body: JSON.stringify({ title: slug, slug, raw_body: "x" }),
    };
    for (let patience = this.patienceMs; goesOn(); patience *= 2) {
      const answer = await this.#ask("/api/posts", options, patience).catch(() => undefined);
      if (answer?.status === 201) {
        entry.acknowledged = true;
        this.#note(answer);
        return;
      }
      if (answer && answer.status < 500) throw new Error(`${slug}: ${answer.status} ${JSON.stringify(answer.body)}`);
      await new Promise((again) => setTimeout(again, RETRY_MS));
    }
  }

  async read(slug) {
    const answer = await this.#ask(`/api/posts/${slug}`).catch(() => undefined);
    if (answer?.status !== 200 && answer?.status !== 404) return;
    this.#note(answer);
    const says = answer.headers.get("coppice-read");
    this.history.push({ op: "read", node: answer.node, slug, found: answer.status === 200,
                        excused: says === "behind" || says === "superseded" });
  }
}

// `count` sessions on the nodes at `urls`, {name: url}: each writes, and reads what anybody has written,
// until they end. A session gives up a request that has taken `patienceMs`.
export class Sessions {
  #sessions;
  #slugs = [];
  #goOn = true;
  #lives;

  constructor(urls, token, { count = 6, patienceMs = MOST_PATIENCE_MS } = {}) {
    this.#sessions = Array.from({ length: count }, (_, n) => new Session(n, urls, token, patienceMs));
    this.#lives = Promise.all(this.#sessions.map((each) => this.#live(each)));
    this.#lives.catch(() => {});
  }

  async #live(session) {
    const goesOn = () => this.#goOn;
    for (let n = 0; goesOn(); ++n) {
      const slug = `s${session.number}-${n}`;
      this.#slugs.push(slug);
      await session.write(slug, goesOn);
      for (let reads = 0; reads < 3; ++reads) {
        const own = reads === 0 ? slug : this.#slugs[Math.floor(Math.random() * this.#slugs.length)];
        await session.read(own);
      }
    }
  }

  acknowledged() {
    return this.#sessions.flatMap(({ history }) => history).filter((each) => each.acknowledged).length;
  }

  // Waits for some more writes to be acknowledged.
  async progress() {
    const wanted = this.acknowledged() + this.#sessions.length + 1;
    await Promise.race([this.#lives, until("more writes", () => this.acknowledged() >= wanted)]);
  }

  // Ends them, and returns the history of each.
  async end() {
    this.#goOn = false;
    await within("the sessions", this.#lives);
    return this.#sessions.map(({ history }) => history);
  }
}

// How often each post is on a server: a map by slug.
export async function presentOn(server, token) {
  const present = new Map();
  let cursor = "";
  do {
    const headers = { authorization: `Bearer ${token}` };
    const response = await server.get(`/api/posts?limit=100${cursor}`, { headers });
    const { data, page } = await response.json();
    for (const { slug } of data) present.set(slug, (present.get(slug) ?? 0) + 1);
    cursor = page.next ? `&cursor=${page.next}` : "";
  } while (cursor);
  return present;
}

// The same for another process; see inside.mjs.
let sessions;
export const begin = (...args) => void (sessions = new Sessions(...args));
export const progress = () => sessions.progress();
export const end = () => sessions.end();
