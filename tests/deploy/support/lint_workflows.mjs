// node --experimental-loader=json_modules.mjs lint_workflows.mjs FILE...: what GitHub's own parser has
// to say against workflows; nothing, and 0, if all is well.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

// The packages are those of the end-to-end tests.
const packages = dirname(
  createRequire(new URL("../../e2e/package.json", import.meta.url)).resolve("ws/package.json"));
const parser = pathToFileURL(join(packages, "../@actions/workflow-parser/dist/index.js"));
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import(parser);

let problems = 0;
for (const name of process.argv.slice(2)) {
  const file = { name, content: readFileSync(name, "utf8") };
  const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
  await convertWorkflowTemplate(context, value);
  for (const error of context.errors.getErrors()) {
    console.log(`${name}: ${error.message}`);
    ++problems;
  }
}
process.exitCode = problems === 0 ? 0 : 1;
