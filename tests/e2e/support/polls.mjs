// The sessions of long polls, as operators see them.
import { placesOf, treeOf } from "./tree.mjs";

// The paths of all.
export async function sessionsOf(server) {
  const places = placesOf(await treeOf(server));
  return places.map(({ path }) => path).filter((path) => path.includes("/polls/session"));
}

// Whether the server's only session has had so many polls that had to wait.
export async function hasPolled(server, times) {
  const [session] = await sessionsOf(server);
  const { stdout } = await server.command("inspect", session, "--json");
  return Number(/ (\d+) polls/.exec(JSON.parse(stdout).describes_itself)[1]) >= times;
}
