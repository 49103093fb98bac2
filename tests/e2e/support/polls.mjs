// The sessions of long polls, as operators see them.
import { placesOf, treeOf } from "./tree.mjs";

// The paths of all.
export async function sessionsOf(server) {
  const places = placesOf(await treeOf(server));
  return places.map(({ path }) => path).filter((path) => path.includes("/polls/session"));
}

// How many polls of the server's only session have had to wait.
export async function pollsOf(server) {
  const [session] = await sessionsOf(server);
  const { stdout } = await server.command("inspect", session, "--json");
  return Number(/ (\d+) polls/.exec(JSON.parse(stdout).describes_itself)[1]);
}

// Whether there have been so many.
export async function hasPolled(server, times) {
  return (await pollsOf(server)) >= times;
}
