// Channels frames over a WebSocket: for what no official client sends or shows.
import WebSocket from "ws";
import { decode } from "./binary_frames.mjs";
import { RawClient } from "./raw_client.mjs";
import { within } from "./wait.mjs";

export class RawSocket extends RawClient {

  static open(server, params = {}, version = "2.0.0") {
    return RawSocket.openWith(server, new URLSearchParams({ ...params, vsn: version }), version);
  }

  static async openWith(server, query, version) {
    const socket = new RawSocket(version);
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?${query}`);
    socket.ws = ws;
    socket.closed = new Promise((done) => ws.on("close", done));
    ws.on("message", (bytes, isBinary) => socket.#take(bytes, isBinary));
    const opened = new Promise((done, failed) => ws.on("open", done).on("error", failed));
    await within("a socket to open", opened);
    ws.on("error", () => {});
    return socket;
  }

  #take(bytes, isBinary) {
    if (isBinary) this.binary.push(decode(bytes));
    else this.take(bytes.toString());
  }

  sendText(text) {
    this.ws.send(text);
  }

  sendBytes(bytes) {
    this.ws.send(bytes);
  }

  get isOpen() {
    return this.ws.readyState === WebSocket.OPEN;
  }

  // The connection's TCP socket.
  get tcp() {
    return this.ws._socket;
  }

  // Ends the connection without a word.
  terminate() {
    this.ws.terminate();
  }
}
