// Asks the admin socket, without a command in between.
import assert from "node:assert/strict";
import { request } from "node:http";
import { within } from "./wait.mjs";

// {status, headers, body}; `form` is sent as JSON.
export function operate(server, path, method = "GET", form = undefined) {
  const headers = form === undefined ? {} : { "content-type": "application/json" };
  return within(`${method} ${path}`, new Promise((done, failed) => {
    request({ socketPath: server.adminSocket, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, body }));
    }).on("error", failed).end(form === undefined ? undefined : JSON.stringify(form));
  }));
}

// The answer, from JSON.
export async function ask(server, path, method = "GET") {
  const { status, body } = await operate(server, path, method);
  assert.equal(status, 200, `${path}: ${body}`);
  return JSON.parse(body);
}
