// Servers that take mails, and keep them.
import { once } from "node:events";
import { createServer } from "node:http";
import { SMTPServer } from "smtp-server";
import { until } from "./wait.mjs";

// A mail as its receiver sees it: {headers, text}.
function read(source) {
  const [head, body] = source.split("\r\n\r\n");
  const headers = Object.fromEntries(head.replace(/\r\n /g, " ").split("\r\n")
    .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(),
                    line.slice(line.indexOf(":") + 2)]));
  return { headers, text: Buffer.from(body, "base64").toString() };
}

// Runs `use` with an SMTP server: {url, mails, refuse}. `refuse`, if it is set, is the reply to the
// next mails' recipients, such as {responseCode: 451}. With `credentials`, only who has them sends.
export async function withSmtp(use, { credentials, host = "127.0.0.1" } = {}) {
  const smtp = { mails: [], attempts: 0 };
  const server = new SMTPServer({
    authOptional: !credentials,
    allowInsecureAuth: true,
    logger: false,
    onAuth({ username, password }, _session, done) {
      const known = username === credentials?.user && password === credentials.password;
      done(known ? null : new Error("wrong"), { user: username });
    },
    onRcptTo(_address, _session, done) {
      ++smtp.attempts;
      done(smtp.refuse ? Object.assign(new Error("refused"), smtp.refuse) : undefined);
    },
    onData(stream, session, done) {
      let source = "";
      stream.setEncoding("utf8").on("data", (text) => (source += text));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        smtp.mails.push({ from: mailFrom.address, to: rcptTo.map(({ address }) => address),
                          secure: session.secure, user: session.user, ...read(source) });
        done();
      });
    },
  });
  server.on("error", () => {});
  server.listen(0, host);
  await once(server.server, "listening");
  smtp.address = `${host}:${server.server.address().port}`;
  smtp.url = `smtp://${smtp.address}`;
  try {
    return await use(smtp);
  } finally {
    await new Promise((done) => server.close(done));
  }
}

// Runs `use` with something that answers as Mailgun's API: {url, requests, status}.
export async function withMailgun(use) {
  const mailgun = { requests: [], status: 200 };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => (body += text));
    request.on("end", () => {
      const { method, url, headers } = request;
      mailgun.requests.push({ method, url, headers, form: new URLSearchParams(body) });
      response.writeHead(mailgun.status, { "content-type": "application/json" });
      response.end('{"id":"<1@mg>","message":"Queued. Thank you."}');
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  mailgun.url = `http://127.0.0.1:${server.address().port}`;
  try {
    return await use(mailgun);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

export async function nextMail(mails, number = 1) {
  await until(`mail ${number}`, () => mails.length >= number);
  return mails[number - 1];
}

// The secret in a mail's link.
export const secretIn = (text) => /#([\w-]{43})\n/.exec(text)[1];
