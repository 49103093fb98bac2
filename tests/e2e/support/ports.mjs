import { once } from "node:events";
import { createServer } from "node:net";

// Below those that the system hands out by itself, to servers that ask for any and to connections.
const LOWEST = 15_000;
const HIGHEST = 30_000;

const given = new Set();

// A port that nobody listens on at the moment, for servers that must know it beforehand. None is given
// twice.
export async function freePort() {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port) {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  await new Promise((done) => server.close(done));
  return true;
}
