// Runs on a host of an emulated network, see network.mjs: calls the functions of a module as it is told,
// and hands back what they return. Ends with who has started it.
import { pathToFileURL } from "node:url";

const functions = import(pathToFileURL(process.argv[2]));

process.on("message", async ({ id, name, args }) => {
  try {
    process.send({ id, value: await (await functions)[name](...args) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on("disconnect", () => process.exit());
