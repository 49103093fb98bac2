// Official clients in rooms, for another process; see inside.mjs. Everybody has a name of his own, and
// comes back by the client's own means alone.
import { Client, Room } from "./clients.mjs";
import { until } from "./wait.mjs";

const rooms = new Map();
let shouting;

// Has each of `names` connect and join, all at once. `options` are the client's.
export async function join(socketUrl, names, options = {}) {
  await Promise.all(names.map(async (name) => {
    const client = new Client({ socketUrl }, name, options);
    const room = new Room(client, "room:lobby");
    rooms.set(name, room);
    room.channel.join(); // again and again, if need be
    await until(`${name} to be joined`, () => room.channel.state === "joined");
  }));
}

export async function disconnect(names) {
  await Promise.all(names.map((name) => rooms.get(name).client.disconnect()));
}

export const shout = (name, payload) => rooms.get(name).push("shout", payload);
export const heard = (name) => rooms.get(name).of("shout");

// Has each of `names` shout on and on, numbered, for as long as he is joined.
export function beginShouting(names, everyMs) {
  let n = 0;
  shouting = setInterval(() => {
    for (const by of names) if (rooms.get(by).channel.state === "joined") rooms.get(by).push("shout", { by, n });
    ++n;
  }, everyMs);
}

export const endShouting = () => clearInterval(shouting);

const keysOf = (room) => room.of("shout").map(({ by, n }) => `${by} ${n}`);
const heardByAnybody = () => new Set([...rooms.values()].flatMap(keysOf));

// Waits until `count` more shouts have been heard.
export function untilMoreIsHeard(count) {
  const wanted = heardByAnybody().size + count;
  return until("more shouts to be heard", () => heardByAnybody().size >= wanted);
}

// What somebody has heard twice.
export function heardTwice() {
  return [...rooms.values()].flatMap((room) => {
    const keys = keysOf(room);
    return keys.filter((key, index) => keys.indexOf(key) !== index);
  });
}

// Waits until somebody new has got, as the room's history, all that anybody has heard.
export async function untilKept(socketUrl) {
  const client = new Client({ socketUrl }, "somebody new");
  const room = await client.join("room:lobby", { history: true });
  await until("all that was heard to be kept", () => {
    const kept = new Set(keysOf(room));
    return [...heardByAnybody()].every((key) => kept.has(key));
  });
  await client.disconnect();
}

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
