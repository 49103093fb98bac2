// A stream of HTTP requests that goes on while something else happens.
import { Agent, get } from "node:http";
import { LIMIT_MS, until, within } from "./wait.mjs";

// Asks for `paths` over and over: one loop on a connection that it keeps, one on a new connection
// for each request. `failures` has what was not answered with 200.
export class Traffic {
  answered = 0;
  failures = [];
  #running = true;
  #loops;

  constructor(server, paths) {
    this.#loops = [true, false].map((keepAlive) => this.#loop(server, paths, keepAlive));
  }

  async #loop(server, paths, keepAlive) {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    for (let n = 0; this.#running; ++n) {
      const path = paths[n % paths.length];
      const began = new Date().toISOString();
      try {
        const { status, body } = await answerTo(server.port, path, agent);
        if (status !== 200) throw new Error(`${status} ${body}`);
        ++this.answered;
      } catch (error) {
        const connection = keepAlive ? "kept" : "new";
        this.failures.push(`${began} ${path} (${connection} connection): ${error.message}`);
      }
    }
    agent.destroy();
  }

  // Waits until every loop has begun and finished requests from now on.
  async progress() {
    const before = this.answered;
    await until("more answers", () => this.answered >= before + 4);
  }

  // What failed since the last time, or since the start.
  takeFailures() {
    return this.failures.splice(0);
  }

  async stop() {
    this.#running = false;
    await within("the last requests", Promise.all(this.#loops));
  }
}

function answerTo(port, path, agent) {
  return new Promise((done, failed) => {
    const request = get({ host: "127.0.0.1", port, path, agent, timeout: LIMIT_MS }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => done({ status: response.statusCode, body }));
      response.on("error", failed);
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", failed);
  });
}
