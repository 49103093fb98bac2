// Mails with links, and what becomes of them when they can't be sent.
import assert from "node:assert/strict";
import test from "node:test";
import { Browser, PASSWORD, signedIn, users, withToken } from "./support/accounts.mjs";
import { nextMail, secretIn, withMailgun, withSmtp } from "./support/mail.mjs";
import { Server, withFolder, withServer } from "./support/server.mjs";
import { querySql } from "./support/sql.mjs";
import { until } from "./support/wait.mjs";

const ADA = "ada@example.com";
const prepare = users([ADA, "member"]);
const NEW = "a brand new password";

const ask = (server, email) =>
  new Browser(server).request("POST", "/api/password-resets", { email });
const reset = (server, token, password = NEW) =>
  new Browser(server).request("PUT", "/api/password-resets", { token, password });
const waiting = (server) =>
  querySql(server.database, "SELECT recipient, attempts, last_error FROM coppice_mails");

test("a link in a mail sets a password once, and ends all sessions and bearer tokens", async () => {
  await withSmtp(async (smtp) => {
    const env = { SMTP_URL: smtp.url, MAIL_FROM: "Größe <no-reply@site.example>",
                  PHX_HOST: "site.example" };
    await withServer({ prepare, env }, async (server) => {
      const before = await signedIn(server, ADA);
      const program = await withToken(before);
      const answer = await ask(server, "ADA@example.com");
      assert.deepEqual([answer.status, answer.body], [202, { data: { sent_if_known: true } }]);
      const mail = await nextMail(smtp.mails);
      assert.deepEqual([mail.from, mail.to], ["no-reply@site.example", [ADA]]);
      assert.equal(mail.headers.subject, "Set a new password for site.example");
      assert.match(mail.headers.from, /^=\?UTF-8\?B\?.+ <no-reply@site\.example>$/);
      assert.match(mail.headers["message-id"], /^<[\w-]+@site\.example>$/);
      assert.ok(Math.abs(Date.parse(mail.headers.date) - Date.now()) < 60_000);
      assert.match(mail.text, /^Hello ada,\n[^]*\nhttps:\/\/site\.example\/reset-password#/);
      const token = secretIn(mail.text);

      const short = await reset(server, token, "short");
      assert.deepEqual(short.body.errors, { password: ["should be at least 12 character(s)"] });
      assert.equal((await reset(server, token)).status, 204);
      assert.equal((await before.me()).status, 401);
      assert.equal((await program.me()).status, 401);
      assert.equal((await new Browser(server).signIn(ADA, PASSWORD)).status, 401);
      await signedIn(server, ADA, NEW);
      for (const used of [token, "x", token.slice(1)]) {
        const again = await reset(server, used, "yet another password");
        assert.deepEqual([again.status, again.body.errors],
                         [422, { token: ["has been used or has expired"] }]);
      }
      await until("an empty outbox", async () => (await waiting(server)).length === 0);
    });
  });
});

test("nobody learns from a request for a link whether there is an account", async () => {
  await withSmtp(async (smtp) => {
    await withServer({ prepare, env: { SMTP_URL: smtp.url } }, async (server) => {
      const known = await ask(server, ADA);
      const unknown = await ask(server, "nobody@example.com");
      assert.deepEqual([unknown.status, unknown.body], [known.status, known.body]);
      await nextMail(smtp.mails);
      await until("an empty outbox", async () => (await waiting(server)).length === 0);
      assert.equal(smtp.mails.length, 1);
      const bad = await ask(server, "a@b\r\nBcc: all@example.com");
      assert.deepEqual(bad.body, { errors: { email: ["must have the @ sign and no spaces"] } });
      const limited = [];
      for (let n = 0; n < 4; ++n) limited.push((await ask(server, "eve@example.com")).status);
      assert.deepEqual(limited, [202, 202, 202, 429]);
    });
  });
});

test("a mail that was promised is sent by the next server, if this one can't", async () => {
  await withSmtp(async (smtp) => {
    await withFolder(async (folder) => {
      const run = async (env, use) => {
        const server = new Server(folder, env);
        try {
          await server.start();
          await use(server);
        } finally {
          await server.destroy();
        }
      };
      smtp.refuse = { responseCode: 451 };
      await run({ SMTP_URL: smtp.url }, async (server) => {
        await prepare(server);
        assert.equal((await ask(server, ADA)).status, 202);
        await until("an attempt to be written down", async () => {
          const [row] = await waiting(server);
          return row[1] === 1 && /451/.test(row[2]);
        });
        assert.equal((await server.get("/api/health")).status, 200);
      });
      smtp.refuse = undefined;
      await run({ SMTP_URL: smtp.url }, async (server) => {
        const mail = await nextMail(smtp.mails);
        assert.equal((await reset(server, secretIn(mail.text))).status, 204);
      });
    });
  });
});

test("a mail that no server will ever take is given up", async () => {
  await withSmtp(async (smtp) => {
    smtp.refuse = { responseCode: 550 };
    await withServer({ prepare, env: { SMTP_URL: smtp.url } }, async (server) => {
      assert.equal((await ask(server, ADA)).status, 202);
      await until("the mail to be given up", () => /is given up/.test(server.log));
      await until("an empty outbox", async () => (await waiting(server)).length === 0);
      assert.equal(smtp.attempts, 1);
    });
  });
});

test("the SMTP server is told who we are, but nobody whose certificate is not right", async () => {
  const credentials = { user: "us@x", password: "p/w" };
  const send = (host, expect) => withSmtp(async (smtp) => {
    const env = { SMTP_URL: `smtp://us%40x:p%2Fw@${smtp.address}` };
    await withServer({ prepare, env }, async (server) => {
      await ask(server, ADA);
      await expect(server, smtp);
    });
  }, { credentials, host });
  await send("127.0.0.1", async (server, smtp) => {
    assert.equal((await nextMail(smtp.mails)).user, "us@x");
  });
  // An address like that of any other machine.
  await send("127.0.0.2", async (server, smtp) => {
    await until("a refusal", async () => /certificate/i.test((await waiting(server))[0]?.[2]));
    assert.equal(smtp.mails.length, 0);
  });
});

test("Mailgun is given the mail, and asked again when it has trouble", async () => {
  await withMailgun(async (mailgun) => {
    const env = { MAILGUN_API_KEY: "key-1", MAILGUN_DOMAIN: "mg.example", MAILGUN_URL: mailgun.url };
    await withServer({ prepare, env }, async (server) => {
      mailgun.status = 500;
      await ask(server, ADA);
      await until("the failure to be written down", async () =>
        /answers 500: \{"id"/.test((await waiting(server))[0]?.[2]));
      mailgun.status = 200;
      // The next attempt comes after ten seconds.
      const { method, url, headers, form } = await nextMail(mailgun.requests, 2);
      assert.deepEqual([method, url], ["POST", "/v3/mg.example/messages"]);
      assert.equal(headers.authorization, `Basic ${btoa("api:key-1")}`);
      assert.deepEqual([form.get("from"), form.get("to")], ["no-reply@mg.example", ADA]);
      assert.equal((await reset(server, secretIn(form.get("text")))).status, 204);
      await until("an empty outbox", async () => (await waiting(server)).length === 0);
    });
  });
});

test("without a way to send mail, development shows it in the log, and production says so", async () => {
  await withServer({ prepare }, async (server) => {
    await ask(server, ADA);
    await until("the mail in the log", () => /mail to ada@example\.com: Set a new/.test(server.log));
    await until("the link in the log", () => secretIn(server.log));
  });
  const env = { COPPICE_ENV: "prod", SECRET_KEY_BASE: "s".repeat(64) };
  await withServer({ prepare, env }, async (server) => {
    assert.equal((await ask(server, ADA)).status, 202);
    await until("the advice", () => /no way to send mail is configured: set SMTP_URL/.test(server.log));
    assert.equal((await waiting(server)).length, 1);
  });
});
