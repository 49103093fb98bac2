// A loader for Node that takes JSON as a module however it is imported: GitHub's parser of workflows
// is published for bundlers, which do.
import { readFile } from "node:fs/promises";

export async function load(url, context, next) {
  if (!url.endsWith(".json")) return next(url, context);
  const source = `export default ${await readFile(new URL(url), "utf8")}`;
  return { format: "module", shortCircuit: true, source };
}
