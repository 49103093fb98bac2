// The actor tree of a running server, as `coppice tree --json` prints it.

export async function treeOf(server) {
  const { code, stdout, stderr } = await server.command("tree", "--json");
  if (code !== 0) throw new Error(`coppice tree: ${stderr}`);
  return JSON.parse(stdout);
}

// Every place of a tree, parents first.
export function placesOf(tree) {
  return [tree, ...(tree.children ?? []).flatMap(placesOf)];
}

export function find(tree, path) {
  return placesOf(tree).find((place) => place.path === path);
}

// Whether every actor is where it should be: running, or ended as a finished migrator may.
export function isSettled(tree) {
  return placesOf(tree).every(({ state }) => state === "running");
}
