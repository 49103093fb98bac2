// Asks the admin socket, without a command in between.
import assert from "node:assert/strict";
import { request } from "node:http";
import { within } from "./wait.mjs";

// The answer, from JSON.
export function ask(server, path, method = "GET") {
  return within(path, new Promise((done, failed) => {
    request({ socketPath: server.adminSocket, path, method }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => (body += text));
      response.on("end", () => {
        assert.equal(response.statusCode, 200, `${path}: ${body}`);
        done(JSON.parse(body));
      });
    }).on("error", failed).end();
  }));
}
