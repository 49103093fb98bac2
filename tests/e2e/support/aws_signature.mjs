// AWS Signature Version 4 as the service computes it, for a test server that doesn't look at it.
import { createHash, createHmac } from "node:crypto";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

function canonicalQuery(query) {
  return query.split("&").filter(Boolean).map((pair) => pair.includes("=") ? pair : `${pair}=`)
    .toSorted().join("&");
}

// Whether a request carries the signature that this secret gives.
export function isSignedWith(secret, { method, url, headers }) {
  const [, credential, signedHeaders, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
      headers.authorization ?? "") ?? [];
  if (!signature) return false;
  // What is signed must also be there.
  if (!signedHeaders.split(";").every((name) => name in headers)) return false;
  const [path, query = ""] = url.split("?");
  const canonicalHeaders = signedHeaders.split(";")
    .map((name) => `${name}:${headers[name].trim().replace(/ +/g, " ")}\n`).join("");
  const canonical = [method, path, canonicalQuery(query), canonicalHeaders, signedHeaders,
    headers["x-amz-content-sha256"]].join("\n");
  const scope = credential.split("/").slice(1);
  const key = scope.reduce(hmac, `AWS4${secret}`);
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope.join("/"), sha256(canonical)];
  return hmac(key, toSign.join("\n")).toString("hex") === signature;
}
