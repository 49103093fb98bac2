// node parse_promql.mjs <EXPRESSIONS: a JSON list of expressions. Prints those that Prometheus's own
// grammar doesn't take, each with where it stopped.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The packages are those of the end-to-end tests.
const packages = createRequire(new URL("../../e2e/package.json", import.meta.url));
const { parser } = await import(pathToFileURL(packages.resolve("@prometheus-io/lezer-promql")));

for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  let at = text.trim() === "" ? 0 : undefined;
  parser.parse(text).iterate({ enter: ({ type, from }) => { if (type.isError) at ??= from; } });
  if (at !== undefined) console.log(`${text}: column ${at + 1}`);
}
