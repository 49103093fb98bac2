// How servers end.
import assert from "node:assert/strict";
import { within } from "./wait.mjs";

export const CLEAN = { code: 0, signal: null };

// What the README promises, whatever the server was doing.
const PROMISED_MS = 5000;

export function ended(server) {
  return within("the server to end", server.ended);
}

// Asks a server to end, and expects that it does so cleanly and as fast as it promises.
export async function stopInTime(server, signal = "SIGTERM") {
  const began = performance.now();
  server.signal(signal);
  assert.deepEqual(await ended(server), CLEAN);
  const took = performance.now() - began;
  assert.ok(took < PROMISED_MS, `the end took ${Math.round(took)} ms`);
}
