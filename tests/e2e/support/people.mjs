// Official clients in rooms, for another process; see inside.mjs. Everybody has a name of his own, and
// comes back by the client's own means alone.
import { Client } from "./clients.mjs";
import { until } from "./wait.mjs";

const rooms = new Map();

// Often enough that a test needn't wait for long until a client has noticed that its connection is dead.
const HEARTBEAT_MS = 1000;

// Has each of `names` connect and join, all at once.
export async function join(socketUrl, names, topic = "room:lobby") {
  await Promise.all(names.map(async (name) => {
    const client = new Client({ socketUrl }, name, { heartbeatIntervalMs: HEARTBEAT_MS });
    rooms.set(name, await client.join(topic));
  }));
}

export async function disconnect(names) {
  await Promise.all(names.map((name) => rooms.get(name).client.disconnect()));
}

export const shout = (name, payload) => rooms.get(name).push("shout", payload);
export const heard = (name) => rooms.get(name).of("shout");

// Whom he sees, with the number of connections of each: {user: number}.
export const members = (name) => rooms.get(name).members();

// How often each has connected.
export const opens = () => [...rooms.values()].map(({ client }) => client.opens);

// Waits until everybody has noticed that his connection is dead.
export function untilCut() {
  return until("everybody to be cut off", () => [...rooms.values()].every(({ channel }) => channel.state !== "joined"));
}

// Waits until everybody is joined, and sees exactly `names`, each once.
export function untilTogether(names) {
  return until(`everybody to see ${names.length} members`, () => [...rooms.values()].every((room) => {
    const seen = room.members();
    return room.channel.state === "joined" && Object.keys(seen).length === names.length &&
      names.every((name) => seen[name] === 1);
  }));
}
