// A collector of traces: OTLP over HTTP in JSON, strict about what it is sent.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";

const NANOSECONDS = /^\d{19}$/;

const valueOf = ({ value }) => value.stringValue ?? Number(value.intValue);

function checkSpan(span) {
  assert.match(span.traceId, /^[0-9a-f]{32}$/);
  assert.match(span.spanId, /^[0-9a-f]{16}$/);
  if (span.parentSpanId !== undefined) assert.match(span.parentSpanId, /^[0-9a-f]{16}$/);
  assert.match(span.startTimeUnixNano, NANOSECONDS);
  assert.match(span.endTimeUnixNano, NANOSECONDS);
  assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano));
  assert.ok([1, 2, 3].includes(span.kind));
  assert.ok(span.name.length > 0);
  const attributes = {};
  for (const each of span.attributes ?? []) attributes[each.key] = valueOf(each);
  return { ...span, attributes };
}

function read(request, body) {
  assert.equal(request.method, "POST");
  assert.equal(request.url, "/v1/traces");
  assert.equal(request.headers["content-type"], "application/json");
  const { resourceSpans } = JSON.parse(body);
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = Object.fromEntries(resource.attributes.map((each) => [each.key, valueOf(each)]));
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({ ...checkSpan(span), resource: of, headers: request.headers })));
  });
}

// Runs `use` with {url, spans, faults}: what has been sent so far, and what was wrong with it.
export async function withCollector(use) {
  const collector = { spans: [], faults: [], answer: 200 };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request.setEncoding("utf8")) body += piece;
    try {
      if (collector.answer === 200) collector.spans.push(...read(request, body));
    } catch (fault) {
      collector.faults.push(fault);
    }
    response.writeHead(collector.answer).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  collector.url = `http://127.0.0.1:${server.address().port}`;
  try {
    const result = await use(collector);
    assert.deepEqual(collector.faults, []);
    return result;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
