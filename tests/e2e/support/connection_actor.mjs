import { find, treeOf } from "./tree.mjs";

// The path of the actor behind a raw socket.
export async function connectionOf(server, socket) {
  for (const { path } of find(await treeOf(server), "/http/connections").children) {
    const { stdout } = await server.command("inspect", path, "--json");
    if (stdout.includes(` port ${socket.tcp.localPort}"`)) return path;
  }
  throw new Error(`no connection from port ${socket.tcp.localPort}`);
}
