// HTTP requests from where this runs, in a form that can be handed on to another process.

export async function ask(url, { timeoutMs = 30_000, ...options } = {}) {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(timeoutMs) });
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}
