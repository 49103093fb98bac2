// A WebSocket that speaks Channels frames by itself: for what no official client sends or shows.
import WebSocket from "ws";
import { until, within } from "./wait.mjs";

export class RawSocket {
  frames = [];  // as received: [join_ref, ref, topic, event, payload]
  #ref = 0;

  static async open(server, params = {}) {
    const socket = new RawSocket();
    const query = new URLSearchParams({ ...params, vsn: "2.0.0" });
    const ws = new WebSocket(`ws://127.0.0.1:${server.port}/socket/websocket?${query}`);
    socket.ws = ws;
    socket.closed = new Promise((done) => ws.on("close", done));
    ws.on("message", (text) => socket.frames.push(JSON.parse(text)));
    const opened = new Promise((done, failed) => ws.on("open", done).on("error", failed));
    await within("a socket to open", opened);
    ws.on("error", () => {});
    return socket;
  }

  // Sends a message and returns its ref.
  send(joinRef, topic, event, payload = {}) {
    const ref = String(++this.#ref);
    this.ws.send(JSON.stringify([joinRef ?? ref, ref, topic, event, payload]));
    return ref;
  }

  // Joins a topic and returns the reply.
  join(topic, params = {}) {
    const ref = this.send(null, topic, "phx_join", params);
    return this.reply(ref);
  }

  reply(ref) {
    return this.receive(`a reply to ${ref}`, (frame) => frame[1] === ref && frame[3] === "phx_reply");
  }

  // The first frame that `matches`, once it is there.
  receive(what, matches) {
    return until(what, () => this.frames.find(matches));
  }

  of(event) {
    return this.frames.filter((frame) => frame[3] === event);
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
