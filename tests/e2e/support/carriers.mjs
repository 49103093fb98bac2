// Raw clients by what carries their frames, and tests that are the same over each.
import test from "node:test";
import { RawPoll } from "./raw_poll.mjs";
import { RawSocket } from "./raw_socket.mjs";
import { withServer } from "./server.mjs";

export const CARRIERS = { WebSocket: RawSocket, LongPoll: RawPoll };

// Runs `use` with open(params, version), which opens clients of that carrier.
export async function withRaw(server, carrier, use) {
  const clients = [];
  try {
    await use(async (params, version) => {
      const client = await CARRIERS[carrier].open(server, params, version);
      clients.push(client);
      return client;
    });
  } finally {
    for (const client of clients) client.terminate();
  }
}

// One server for the tests of a file: a function that makes a test of each carrier, called with open()
// as above, a room of its own, and {server, carrier}. Its `over` makes one of a single carrier.
export function testsOfOneServer(env = {}) {
  let server;
  let end;
  let rooms = 0;
  test.before(() => new Promise((ready, failed) => {
    withServer({ env }, (started) => {
      server = started;
      ready();
      return new Promise((done) => (end = done));
    }).catch(failed);
  }));
  test.after(() => end?.());

  const over = (carrier, name, use) => test(`${carrier}: ${name}`, async () => {
    const topic = `room:${++rooms}`;
    const { log: { length: logged } } = server;
    try {
      await withRaw(server, carrier, (open) => use(open, topic, { server, carrier }));
    } catch (error) {
      error.stack += `\nThe server's log:\n${server.log.slice(logged)}`;
      throw error;
    }
  });
  const overEach = (name, use) => {
    for (const carrier of Object.keys(CARRIERS)) over(carrier, name, use);
  };
  return Object.assign(overEach, { over });
}
