// Reports a run of node's test runner one line per test, for scripts/run_tests.py to count.
import { isAbsolute } from "node:path";

const NOT_MATCHING = "test name does not match pattern";

function isFile(data) {
  return data.nesting === 0 && (isAbsolute(data.name) || /\.m?js$/.test(data.name));
}

function isContainer(data) {
  return data.details?.type === "suite" || isFile(data);
}

function describe(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause?.message ?? cause ?? "").replace(/^/gm, "      ");
}

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === "test:pass") {
      if (data.skip === NOT_MATCHING) continue;
      if (data.skip !== undefined && data.skip !== false) {
        yield `SKIP ${data.name}: ${data.skip}\n`;
      } else if (!isContainer(data)) {
        yield `PASS ${data.name}\n`;
      }
    } else if (type === "test:fail") {
      // A file or suite fails along with a test inside; that one was reported by itself.
      const error = data.details?.error;
      if (isContainer(data) && error?.failureType === "subtestsFailed") continue;
      yield `FAIL ${data.name}\n${describe(error)}\n`;
    } else if (type === "test:stdout" || type === "test:stderr" || type === "test:diagnostic") {
      if (type !== "test:diagnostic") yield `${data.message}`;
    }
  }
}
