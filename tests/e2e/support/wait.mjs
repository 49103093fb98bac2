// Waiting for conditions. One bound for all of them: it only ends a test that would never end, so it
// is generous, and no test depends on its length.
export const LIMIT_MS = 60_000;

const POLL_MS = 10;

// Settles as `promise` does, or fails with what was waited for. `limitMs` is for what takes long by design.
export async function within(what, promise, limitMs = LIMIT_MS) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain: ${what}`)), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

// Asks `probe` again and again until it answers something true, and returns that. A probe that
// throws has not answered yet; the last thing it threw is shown if it never does.
export async function until(what, probe, limitMs = LIMIT_MS) {
  const deadline = Date.now() + limitMs;
  let last = "";
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
      last = "";
    } catch (error) {
      last = ` (${error.message})`;
    }
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
