// People with accounts, as browsers and the command line know them.
import assert from "node:assert/strict";
import { coppice } from "./server.mjs";

export const PASSWORD = "correct horse battery";

// Makes a user, whether or not the server runs, with `coppice user add`.
export async function addUser(server, email, { role = "member", password = PASSWORD } = {}) {
  const run = await command(server, ["user", "add", email, "--role", role, "--password-stdin"],
                            password);
  assert.equal(run.code, 0, run.stderr);
}

// Runs an accounts' command on the server's database, with a line on its standard input.
export function command(server, args, input = "") {
  return coppice([...args, "--database", server.database, "--socket", server.adminSocket],
                 { cwd: server.folder, input: `${input}\n` });
}

// What somebody who has an account gives to a client, so that its connection is theirs.
export async function socketToken(server, email) {
  const made = await command(server, ["token", "create", email, "--name", "t", "--scope", "socket", "--json"]);
  assert.equal(made.code, 0, made.stderr);
  return JSON.parse(made.stdout).secret;
}

// For withServer(): users before the server starts.
export function users(...list) {
  return async (server) => {
    for (const [email, role] of list) await addUser(server, email, { role });
  };
}

// A browser's tab: it keeps cookies, and sends what a page of the site would.
export class Browser {
  cookies = new Map();
  csrf = "";

  constructor(server, headers = {}) {
    this.server = server;
    this.headers = headers;
  }

  async request(method, path, body, headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await this.server.get(path, {
      method,
      redirect: "manual",
      headers: {
        ...(cookie && { cookie }),
        ...(this.csrf && { "x-csrf-token": this.csrf }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...this.headers,
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    const json = response.headers.get("content-type")?.startsWith("application/json");
    return {
      status: response.status,
      headers: response.headers,
      body: json ? JSON.parse(text) : text,
    };
  }

  #keep(line) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (/max-age=0(;|$)/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  async signIn(email, password = PASSWORD) {
    const answer = await this.request("POST", "/api/session", { email, password });
    if (answer.status === 201) this.csrf = answer.body.csrf_token;
    return answer;
  }

  me() {
    return this.request("GET", "/api/me");
  }
}

// A browser that has signed in.
export async function signedIn(server, email, password = PASSWORD) {
  const browser = new Browser(server);
  const answer = await browser.signIn(email, password);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return browser;
}

// A program with a bearer token that somebody has made in a browser.
export async function withToken(browser, name = "t") {
  const { status, body } = await browser.request("POST", "/api/tokens", { name, scopes: ["content:read"] });
  assert.equal(status, 201, JSON.stringify(body));
  return new Browser(browser.server, { authorization: `Bearer ${body.secret}` });
}
