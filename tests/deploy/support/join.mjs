// node join.mjs PORT: joins a room with the official client, says something and hears it.
import { withClients } from "../../e2e/support/clients.mjs";

await withClients({ port: Number(process.argv[2]) }, async (client) => {
  const room = await client("ada").join("room:lobby");
  room.push("shout", { text: "hello" });
  await room.receive("shout");
});
