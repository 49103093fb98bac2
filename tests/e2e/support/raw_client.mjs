// What clients that speak Channels frames by themselves have in common, whatever carries the frames.
import { until } from "./wait.mjs";

export class RawClient {
  texts = [];  // text frames as received
  frames = [];  // the same, parsed: [join_ref, ref, topic, event, payload], or V1's objects
  binary = [];  // binary frames, see binary_frames.mjs
  #version;
  #ref = 0;

  // `version` is that of the messages, for settle().
  constructor(version = "2.0.0") {
    this.#version = version;
  }

  take(text) {
    this.texts.push(text);
    this.frames.push(JSON.parse(text));
  }

  // Sends any value as JSON.
  sendJson(value) {
    this.sendText(JSON.stringify(value));
  }

  // Sends a message and returns its ref. Without a join_ref it has its own ref for that.
  send(joinRef, topic, event, payload = {}) {
    const ref = String(++this.#ref);
    this.sendJson([joinRef ?? ref, ref, topic, event, payload]);
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

  // Waits until the server has handled all that was sent before.
  async settle() {
    const ref = `settle-${++this.#ref}`;
    const beat = { topic: "phoenix", event: "heartbeat", payload: {}, ref };
    if (this.#version.startsWith("1.")) this.sendJson(beat);
    else this.sendJson([null, ref, beat.topic, beat.event, beat.payload]);
    await this.receive("a heartbeat", (frame) => (frame.ref ?? frame[1]) === ref);
  }
}
