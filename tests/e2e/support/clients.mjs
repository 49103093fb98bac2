// Official Phoenix clients in rooms.
import { LongPoll, Presence, Socket } from "phoenix";
import WebSocket from "ws";
import { until, within } from "./wait.mjs";

// What carries a client's messages.
export const TRANSPORTS = { WebSocket, LongPoll };

// One connection, to `server`'s socketUrl by its transport, if it has these. `closes` has the code
// of every close, `opens` the number of its connections, `errors` what the transport said. `options`
// are the Socket's.
export class Client {
  closes = [];
  opens = 0;
  errors = [];
  #rooms = new Set();

  constructor(server, user, options = {}) {
    const { socketUrl = `ws://127.0.0.1:${server.port}/socket`, transport = WebSocket } = server;
    const params = user === undefined ? {} : { user_id: user };
    this.socket = new Socket(socketUrl, { transport, params, ...options });
    this.socket.onError((error) => this.errors.push(error));
    this.socket.onOpen(() => ++this.opens);
    this.socket.onClose((event) => this.closes.push(event.code));
    this.socket.connect();
  }

  // Joins a room and returns it, once the server has agreed.
  async join(topic, params = {}) {
    const room = new Room(this, topic, params);
    this.#rooms.add(room);
    await room.joined();
    return room;
  }

  // Ends the connection, and the client's attempts to come back.
  async disconnect() {
    await within("the client to disconnect", new Promise((done) => this.socket.disconnect(done)));
    for (const room of this.#rooms) room.channel.rejoinTimer.reset();
  }
}

// A joined topic. `events` has what arrived, in order: {event, payload}.
export class Room {
  events = [];

  constructor(client, topic, params) {
    this.client = client;
    this.channel = client.socket.channel(topic, params);
    this.presence = new Presence(this.channel);
    this.channel.onMessage = (event, payload) => {
      this.events.push({ event, payload });
      return payload;
    };
  }

  joined() {
    return settled("the join", this.channel.join());
  }

  // Pushes an event and returns the server's reply: {status, response}.
  async ask(event, payload = {}) {
    return settledAs(event, this.channel.push(event, payload));
  }

  push(event, payload = {}) {
    this.channel.push(event, payload);
  }

  leave() {
    return settled("the leave", this.channel.leave());
  }

  of(event) {
    return this.events.filter((each) => each.event === event).map((each) => each.payload);
  }

  // Waits until `count` such events have arrived, and returns their payloads.
  receive(event, count = 1) {
    return until(`${count} × ${event}`, () => {
      const payloads = this.of(event);
      return payloads.length >= count && payloads;
    });
  }

  // Who is present, in the client's own view: {user: number of its connections}.
  members() {
    const out = {};
    this.presence.list((user, { metas }) => (out[user] = metas.length));
    return out;
  }
}

async function settledAs(what, push) {
  const outcome = new Promise((done, failed) => {
    push
      .receive("ok", (response) => done({ status: "ok", response }))
      .receive("error", (response) => done({ status: "error", response }))
      .receive("timeout", () => failed(new Error(`${what} timed out`)));
  });
  return within(`an answer to ${what}`, outcome);
}

async function settled(what, push) {
  const { status, response } = await settledAs(what, push);
  if (status !== "ok") throw new Error(`${what} was refused: ${JSON.stringify(response)}`);
  return response;
}

// Runs `use` with a function that makes clients, all of which are gone afterwards.
export async function withClients(server, use) {
  const clients = [];
  try {
    await use((user, options) => {
      const client = new Client(server, user, options);
      clients.push(client);
      return client;
    });
  } finally {
    await Promise.all(clients.map((client) => client.disconnect()));
  }
}
