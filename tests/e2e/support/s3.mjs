// A real S3-compatible server, and a proxy before it that checks signatures, as that one doesn't,
// and lets uploads fail.
import { createServer, request } from "node:http";
import { join } from "node:path";
import S3rver from "s3rver";
import { isSignedWith } from "./aws_signature.mjs";
import { bare } from "./loopback.mjs";

export const BUCKET = "coppice-test";
const KEY = "S3RVER";
const SECRET = "S3RVER";
const WRONG_SIGNATURE =
  "<Error><Code>SignatureDoesNotMatch</Code><Message>It is signed otherwise.</Message></Error>";

async function listening(server, address) {
  await new Promise((done) => server.listen(0, address, done));
  return server.address().port;
}

// Runs `use` with the environment that a store needs, and {failNext, uploads, requests}:
// `failNext(n, from = 0)` has n uploads answered with 503, after `from` others; `completions.push(…)`
// answers as many requests to put the parts of an upload together, each [status, body]; `requests` are lines
// "METHOD path?query", without the values that a store makes up.
export async function withStore(folder, use, address = "127.0.0.1") {
  const store = new S3rver({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory: join(folder, "s3"),
    configureBuckets: [{ name: BUCKET }],
  });
  const { port: storePort } = await store.run();
  const state = { failures: 0, after: 0, uploads: 0, completions: [], requests: [] };
  const proxy = createServer((incoming, outgoing) => {
    if (incoming.method === "PUT") ++state.uploads;
    const refuse = (status, body) =>
      incoming.resume().on("end", () => outgoing.writeHead(status).end(body));
    if (!isSignedWith(SECRET, incoming)) return refuse(403, WRONG_SIGNATURE);
    state.requests.push(`${incoming.method} ${incoming.url.replace(/uploadId=[^&]*/, "uploadId")}`);
    if (incoming.method === "PUT" && state.after > 0) {
      --state.after;
    } else if (incoming.method === "PUT" && state.failures > 0) {
      --state.failures;
      return refuse(503);
    }
    if (incoming.method === "POST" && incoming.url.includes("uploadId=") && state.completions.length > 0) {
      return refuse(...state.completions.shift());
    }
    const { method, url: path, headers } = incoming;
    const onward = request({ host: "127.0.0.1", port: storePort, method, path, headers });
    onward.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const port = await listening(proxy, bare(address));
  const env = {
    S3_HOST: `http://${address}:${port}`,
    S3_REGION: "us-east-1",
    S3_BUCKET: BUCKET,
    S3_ACCESS_KEY_ID: KEY,
    S3_SECRET_ACCESS_KEY: SECRET,
  };
  try {
    await use(env, {
      failNext: (count, from = 0) => Object.assign(state, { failures: count, after: from }),
      completions: state.completions,
      requests: state.requests,
      get uploads() {
        return state.uploads;
      },
    });
  } finally {
    proxy.closeAllConnections();
    await new Promise((done) => proxy.close(done));
    await store.close();
  }
}
