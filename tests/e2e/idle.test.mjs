// A server that nobody asks for anything leaves its processor alone.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isSanitized, withServer } from "./support/server.mjs";
import { until } from "./support/wait.mjs";

const WINDOW_MS = 5000;
// What wakes once a minute may fall into a window; what does each second or two can't be missed.
const MOST_SWITCHES = 5;

// How often each thread has gone to sleep by itself, by its id and name.
function sleepsOf(pid) {
  const tasks = `/proc/${pid}/task`;
  return new Map(readdirSync(tasks).map((id) => {
    const name = readFileSync(`${tasks}/${id}/comm`, "utf8").trim();
    const [, count] = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`${tasks}/${id}/status`, "utf8"));
    return [`${id} ${name}`, Number(count)];
  }));
}

// Those of a window, by thread: {all, threads}.
async function sleepsInAWindow(pid) {
  const before = sleepsOf(pid);
  await sleep(WINDOW_MS);
  const threads = [...sleepsOf(pid)].map(([thread, count]) => [thread, count - (before.get(thread) ?? 0)])
    .filter(([, count]) => count > 0);
  return { all: threads.reduce((sum, [, count]) => sum + count, 0), threads };
}

async function untilIdle(pid) {
  let last;
  try {
    await until("a server that sleeps", async () => {
      last = await sleepsInAWindow(pid);
      return last.all <= MOST_SWITCHES;
    });
  } catch (error) {
    error.message += `: in the last window ${JSON.stringify(last)}`;
    throw error;
  }
}

// The thread sanitizer has a thread of its own that wakes.
test("an idle server sleeps, at first and after it has been asked", { skip: isSanitized() }, async () => {
  // Connections are looked after for as long as they are open.
  await withServer({ env: { KEEP_ALIVE_TIMEOUT: "1" } }, async (server) => {
    await untilIdle(server.pid);
    const answer = await fetch(`${server.url}/health`);
    assert.equal(answer.status, 200);
    await answer.text();
    await untilIdle(server.pid);
  });
});
