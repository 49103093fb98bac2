import { once } from "node:events";
import { createServer } from "node:net";

// A port that nobody listens on at the moment, for servers that must know it beforehand.
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
