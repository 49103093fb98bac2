import { find, treeOf } from "./tree.mjs";

// The path of the actor behind a raw socket.
export const connectionOf = (server, socket) => connectionFrom(server, socket.tcp.localPort);

// The same for a client's port.
export async function connectionFrom(server, port) {
  const from = new RegExp(` port ${port}\\b`);
  for (const { path } of find(await treeOf(server), "/http/connections").children) {
    const { stdout } = await server.command("inspect", path, "--json");
    if (from.test(stdout)) return path;
  }
  throw new Error(`no connection from port ${port}`);
}
