// Channels frames over long poll: for what no official client sends or shows.
import { RawClient } from "./raw_client.mjs";

const PLAIN = "application/json";  // one text frame
const LINES = "application/x-ndjson";

// As the official client reports what ends a session.
const POST_REFUSED = 1011;
const SESSION_GONE = 3410;

export class RawPoll extends RawClient {
  #url;
  #abort = new AbortController();
  #posted = Promise.resolve();
  #end;

  static open(server, params = {}, version = "2.0.0") {
    return RawPoll.openWith(server, new URLSearchParams({ ...params, vsn: version }), version);
  }

  static async openWith(server, query, version) {
    const client = new RawPoll(version, `${server.url}/socket/longpoll?${query}`);
    const { status, token } = await client.#request("GET");
    if (status !== 410) throw new Error(`the session was refused: ${status}`);
    client.#url += `&token=${token}`;
    client.#poll();
    return client;
  }

  constructor(version, url) {
    super(version);
    this.#url = url;
    this.closed = new Promise((done) => (this.#end = done));
  }

  // Frames are posted one after the other, each for itself.
  sendText(text) {
    this.#post(PLAIN, text);
  }

  sendBytes(bytes) {
    this.#post(LINES, bytes.toString("base64"));
  }

  // Polls no more. The server notices only by that.
  terminate() {
    this.#abort.abort();
  }

  #post(type, body) {
    this.#posted = this.#posted.then(async () => {
      const { status } = await this.#request("POST", { "content-type": type }, body);
      if (status !== 200) this.#end(POST_REFUSED);
    }).catch((error) => this.#fail(error));
  }

  async #poll() {
    try {
      for (;;) {
        const { status, messages } = await this.#request("GET");
        if (status === 410) return await this.#endWith(SESSION_GONE);
        for (const message of messages) this.take(message);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  // Ends once it is known what became of what was posted, which may be the reason.
  async #endWith(code) {
    await this.#posted;
    this.#end(code);
  }

  #fail(error) {
    if (!this.#abort.signal.aborted) this.#end(error);
  }

  async #request(method, headers, body) {
    const answer = await fetch(this.#url, { method, headers, body, signal: this.#abort.signal });
    return answer.status === 200 ? answer.json() : { status: `HTTP ${answer.status}` };
  }
}
