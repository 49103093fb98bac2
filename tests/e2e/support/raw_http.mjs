// HTTP as bytes, for what well-behaved clients don't send.
import { connect } from "node:net";
import { within } from "./wait.mjs";

// A TCP connection that collects what it receives.
export class RawConnection {
  received = "";
  #socket;
  #listeners = new Set();

  constructor(port, { allowHalfOpen = false, host = "127.0.0.1" } = {}) {
    this.#socket = connect({ port, host, allowHalfOpen });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text) => {
      this.received += text;
      for (const listener of this.#listeners) listener();
    });
    // A reset after the answer is how a server may end a connection it no longer reads from.
    this.#socket.on("error", () => {});
    this.closed = new Promise((done) => this.#socket.once("close", () => done(this.received)));
  }

  send(bytes, encoding = "utf8") {
    this.#socket.write(bytes, encoding);
  }

  // Waits until `pattern` has been received.
  async receive(pattern) {
    let listener;
    const found = new Promise((done, failed) => {
      listener = () => pattern.test(this.received) && done(this.received);
      listener();
      this.closed.then(() => failed(new Error(`closed after: ${this.received}`)));
    });
    this.#listeners.add(listener);
    try {
      return await within(`${pattern} from the server`, found);
    } finally {
      this.#listeners.delete(listener);
    }
  }

  // Sends nothing more.
  end() {
    this.#socket.end();
  }

  // Reads nothing more.
  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  destroy() {
    this.#socket.destroy();
  }
}

// Sends bytes and returns everything the server says until it closes the connection.
export async function exchange(port, bytes, options = {}) {
  const connection = new RawConnection(port, options);
  try {
    connection.send(bytes);
    return await within("the server to close the connection", connection.closed);
  } finally {
    connection.destroy();
  }
}

export function statusOf(answer) {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}
