// Operators: the command line as a whole. Configuration, drain, top, completion, the manual page,
// what the API says of itself, and what one is told when something is amiss.
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { operate } from "./support/admin.mjs";
import { withClients } from "./support/clients.mjs";
import { BINARY, coppice, coppiceAsNobody, has, start, withFolder, withServer } from "./support/server.mjs";
import { find, treeOf } from "./support/tree.mjs";
import { until, within } from "./support/wait.mjs";

const DOCS = new URL("../../docs/admin.md", import.meta.url);
const run = promisify(execFile);

async function succeed(server, ...args) {
  const { code, stdout, stderr } = await server.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
  return stdout;
}

test("the API describes itself, and its documentation has each request", async () => {
  await withServer({}, async (server) => {
    const { body, headers } = await operate(server, "/v1/openapi.json");
    const document = JSON.parse(body);
    assert.equal(document.openapi, "3.1.0");
    const docs = await readFile(DOCS, "utf8");
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary }]) => {
        assert.ok(summary, `${method} ${path} has no summary`);
        return `${method.toUpperCase()} ${path}`;
      }));
    for (const each of described) assert.match(docs, new RegExp(`\`${each}[?\`]`), each);
    for (const [, each] of docs.matchAll(/^\| `((?:GET|POST) [^?`]+)/gm)) {
      assert.ok(described.includes(each), `${each} is documented and not there`);
    }
    assert.equal(headers["coppice-version"], JSON.parse((await operate(server, "/v1/version")).body).version);
  });
});

// Of the commands that do something, without their arguments: "backup create". The manual page is made of the
// command line itself.
async function leaves() {
  const { stdout } = await coppice(["man"]);
  return [...stdout.matchAll(/^\.SS coppice ((?:[a-z\\-]+ ?)+)/gm)]
    .map(([, name]) => name.replaceAll("\\-", "-").trim());
}

test("the help of each command, and of each group of them, has an example", async () => {
  const names = await leaves();
  assert.ok(names.includes("backup create"), names.join());
  for (const name of new Set([...names, ...names.map((each) => each.split(" ")[0])])) {
    const { code, stdout } = await coppice([...name.split(" "), "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /^Examples?:\n(  .*\n)*?  .*\bcoppice /m, name);
  }
});

test("each command is documented with its one request, or with why it has none", async () => {
  const docs = await readFile(DOCS, "utf8");
  // The table of requests, of which another test knows that the server has them all, and no others.
  const [requestsOf, section] = docs.split("\n## Commands and their requests\n").map((part) => part.split("\n## ")[0]);
  const rows = [...section.matchAll(/^\| `coppice ([^`]+)`[^|]*\|([^|]*)\|([^|]*)\|$/gm)]
    .map(([, command, request, rest]) => ({ command, request, rest }));
  const names = await leaves();
  assert.ok(names.includes("backup create"), names.join());
  // The row of `log-level L` is that of log-level, not of a command log.
  const nameOf = (command) => names.find((name) => `${command} `.startsWith(`${name} `));
  for (const { command, request, rest } of rows) {
    assert.ok(nameOf(command), `${command} is no command`);
    const requests = [...request.matchAll(/`((?:GET|POST) \/v1\/[^`]*)`/g)].map(([, each]) => each);
    assert.ok(requests.length <= 1, `${command} has several requests`);
    if (requests.length === 0) {
      assert.match(request, /^ (?:no|a|a stopped) server $/, command);
      assert.match(rest, /\w/, command);
    }
    for (const each of requests) {
      assert.ok([`${each}\``, `${each}?`].some((text) => requestsOf.includes(`\`${text}`)), `${command}: ${each}`);
    }
  }
  assert.deepEqual(names.filter((name) => !rows.some(({ command }) => nameOf(command) === name)), []);
});

test("config shows what is in force and where it comes from, but no secrets", async () => {
  const secret = "hush".repeat(16);
  await withServer({ env: { SECRET_KEY_BASE: secret, POOL_SIZE: "2" } }, async (server) => {
    const text = await succeed(server, "config");
    assert.match(text, /From the environment:\n(  .*\n)*  POOL_SIZE +2\n/);
    assert.match(text, /By default:\n(  .*\n)*  MAX_CONNECTIONS +10000\n/);
    assert.match(text, /SECRET_KEY_BASE +\*{8}\n/);
    const json = await succeed(server, "config", "--json");
    const pool = JSON.parse(json).variables.find(({ name }) => name === "POOL_SIZE");
    assert.deepEqual({ value: pool.value, source: pool.source }, { value: "2", source: "environment" });
    assert.ok(!text.includes(secret) && !json.includes(secret));
  });
});

test("config works without a server, and checks an environment", async () => {
  const socket = "/nowhere/none.sock";
  const none = await coppice(["config", "--socket", socket]);
  assert.equal(none.code, 3);
  assert.match(none.stderr, /no server is running.*\n.*config --local/);
  const local = await coppice(["config", "--local"], { env: { PORT: "99" } });
  assert.match(local.stdout, /  PORT +99\n/);
  assert.equal((await coppice(["config", "--check"])).code, 0);
  const bad = await coppice(["config", "--check"], { env: { PORT: "high", POOL_SIZE: "0" } });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /PORT is "high"; accepted: .*\n.*POOL_SIZE is "0"/);
});

test("drain takes no new clients and waits for those that are there", async () => {
  await withServer({}, async (server) => {
    assert.equal((await server.json("/api/health")).status, 200);
    await withClients(server, async (client) => {
      await client("ann").join("room:lobby");
      assert.ok(JSON.parse((await operate(server, "/v1/server/drain")).body).connections > 0);
      const { code, stdout } = await server.command("drain");
      assert.equal(code, 0);
      assert.match(stdout, /takes no new clients and has none left/);
    });
    await assert.rejects(server.get("/api/health"));
    assert.deepEqual(JSON.parse(await succeed(server, "drain", "--json")),
                     { draining: true, connections: 0 });
    assert.equal(find(await treeOf(server), "/database/writer").state, "running");
    await succeed(server, "stop");
    assert.deepEqual(await within("the end", server.ended), { code: 0, signal: null });
  });
});

test("top prints looks where there is no terminal", async () => {
  await withServer({}, async (server) => {
    const text = await succeed(server, "top", "--once", "--interval", "0.2");
    assert.match(text, /^\d+ actors, 0 unwell, [\d.]+ messages\/s, [\d.]+% busy, by busy\nACTOR +STATE/);
    assert.match(text, /^\/database\/writer +running +[\d.]+ +[\d.]+ +0 +\d+ +0$/m);
    const lines = (await succeed(server, "top", "-n", "2", "--interval", "0.2", "--json", "--sort", "path"))
      .trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, 2);
    assert.deepEqual(lines[0].map(({ path }) => path), lines[0].map(({ path }) => path).sort());
    assert.equal((await server.command("top", "--sort", "height")).code, 2);
  });
});

test("top draws in place, and leaves the terminal as it was", { skip: !has("script") }, async () => {
  await withServer({}, async (server) => {
    const top = `${BINARY} top --interval 0.2 --socket ${server.adminSocket}`;
    const inside = `stty rows 20 cols 60; stty -g; ${top}; echo code $?; stty -g`;
    const child = start(["-qefc", inside, "/dev/null"], { binary: "script", cwd: server.folder, open: true });
    try {
      await until("a drawing", () => /\x1b\[1;1H\d+ actors/.test(child.stdout));
      child.child.stdin.write("m");
      await until("another order", () => /by mailbox/.test(child.stdout));
      child.child.stdin.write("q");
      await within("the end", child.ended);
      const [before, after] = child.stdout.match(/^[0-9a-f]+(:[0-9a-f]+){5,}/gm);
      assert.equal(after, before);
      assert.match(child.stdout, /code 0/);
      assert.ok(child.stdout.indexOf("\x1b[?1049l") > child.stdout.indexOf("\x1b[?1049h"));
    } finally {
      child.child.kill("SIGKILL");
      await child.ended;
    }
  });
});

test("tree marks what is unwell", async () => {
  await withServer({}, async (server) => {
    assert.ok(!(await succeed(server, "tree")).includes("!"));
    await succeed(server, "suspend", "/presence");
    assert.match(await succeed(server, "tree"), /presence +! suspended /m);
  });
});

// What a command prints at a terminal of so many columns, and its exit code.
async function atTerminal(server, columns, words, env = {}) {
  const open = true; // an end of its input would end `script` as well
  const inside = `stty rows 40 cols ${columns}; ${BINARY} ${words} --socket ${server.adminSocket}`;
  const child = start(["-qefc", inside, "/dev/null"], { binary: "script", cwd: server.folder, env, open });
  try {
    const { code } = await within(words, child.ended);
    return { code, stdout: child.stdout.replaceAll("\r\n", "\n") };
  } finally {
    child.child.kill("SIGKILL");
    await child.ended;
  }
}

test("tree marks what is unwell at a narrow terminal", { skip: !has("script") }, async () => {
  await withServer({}, async (server) => {
    await succeed(server, "suspend", "/presence");
    for (const columns of [80, 60]) {
      const { code, stdout } = await atTerminal(server, columns, "tree");
      assert.equal(code, 0, stdout);
      assert.match(stdout, /presence +! suspended/);
      for (const line of stdout.split("\n")) assert.ok([...line].length <= columns, line);
    }
  });
});

test("colours are for terminals, unless NO_COLOR says something", { skip: !has("script") }, async () => {
  await withServer({}, async (server) => {
    await succeed(server, "suspend", "/presence");
    const yellow = /\x1b\[33m[^\n]*presence/;
    assert.match((await atTerminal(server, 120, "tree", { NO_COLOR: "" })).stdout, yellow);
    assert.ok(!(await atTerminal(server, 120, "tree", { NO_COLOR: "1" })).stdout.includes("\x1b["));
    const piped = await coppice(["tree", "--socket", server.adminSocket], { env: { NO_COLOR: "" } });
    assert.match(piped.stdout, /presence +! suspended/);
    assert.ok(!piped.stdout.includes("\x1b["));
  });
});

test("bash completes commands and their options", { skip: !has("bash") }, async () => {
  const complete = async (...words) => {
    const script = `source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ` +
      "_coppice; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const { stdout } = await run("bash", ["-c", script, BINARY, "coppice", ...words]);
    return stdout.trim().split("\n");
  };
  assert.deepEqual(await complete("insp"), ["inspect"]);
  assert.ok((await complete("")).includes("log-level"));
  assert.deepEqual((await complete("backup", "")).filter((word) => !word.startsWith("-")).sort(),
                   ["create", "list", "restore", "verify"]);
  assert.deepEqual(await complete("backup", "create", "--loc"), ["--local"]);
  assert.deepEqual(await complete("logs", "--follo"), ["--follow"]);
});

for (const shell of ["bash", "zsh", "fish"]) {
  test(`${shell} takes its completion script`, { skip: !has(shell) }, async () => {
    await withFolder(async (folder) => {
      const { stdout } = await coppice(["completion", shell]);
      const script = join(folder, "script");
      await writeFile(script, stdout);
      await run(shell, ["-n", script]);
    });
  });
}

// [what is typed before the tab, what it becomes]
const TYPED = [
  ["coppice insp", "coppice inspect"],
  ["coppice backup cr", "coppice backup create"],
  ["coppice backup create --loc", "coppice backup create --local"],
  ["coppice logs --follo", "coppice logs --follow"],
];

// What zsh makes of each when the tab is pressed, in a terminal; the command says how it is called.
async function typedIntoZsh(setUp) {
  return await withFolder(async (folder) => {
    const shell = start(["-qefc", "zsh -f -i", "/dev/null"],
                        { binary: "script", cwd: folder, open: true, env: { TERM: "xterm", ZDOTDIR: folder } });
    const type = (text) => shell.child.stdin.write(text);
    try {
      const { stdout } = await coppice(["completion", "zsh"]);
      await writeFile(join(folder, "_coppice"), stdout);
      type(`coppice() { print -r -- "called: coppice $*" }; autoload -Uz compinit; ${setUp}; print set up\r`);
      await until("the shell", () => /^set up\r?$/m.test(shell.stdout));
      const called = () => [...shell.stdout.matchAll(/^called: (.*?) *\r?$/gm)].map(([, line]) => line);
      for (const [index, [words]] of TYPED.entries()) {
        type(`${words}\t\r`);
        await until(words, () => called().length > index);
      }
      return called();
    } finally {
      shell.child.kill("SIGKILL");
      await shell.ended;
    }
  });
}

for (const [how, setUp] of [
  ["sourced", "compinit -u -D; source ./_coppice"],
  ["installed", "fpath+=($PWD); compinit -u -D"],
]) {
  test(`zsh completes words, with the script ${how}`, { skip: !has("zsh") }, async () => {
    assert.deepEqual(await typedIntoZsh(setUp), TYPED.map(([, becomes]) => becomes));
  });

  test(`fish completes words, with the script ${how}`, { skip: !has("fish") }, async () => {
    await withFolder(async (folder) => {
      const { stdout } = await coppice(["completion", "fish"]);
      const script = join(folder, "coppice.fish");
      await writeFile(script, stdout);
      const load = how === "sourced" ? `source ${script}` : `set fish_complete_path ${folder}`;
      for (const [words, becomes] of TYPED) {
        // It looks for the script of a command only if there is that command.
        const env = { ...process.env, HOME: folder, PATH: `${dirname(BINARY)}:${process.env.PATH}` };
        const { stdout: found } = await run(
          "fish", ["--no-config", "-c", `${load}; complete -C '${words}'`], { cwd: folder, env });
        assert.deepEqual(found.trim().split("\n").map((line) => line.split("\t")[0]),
                         [becomes.split(" ").at(-1)], words);
      }
    });
  });
}

test("completion is for shells that it knows", async () => {
  const { code, stderr } = await coppice(["completion", "csh"]);
  assert.equal(code, 2);
  assert.match(stderr, /SHELL/);
});

test("the manual page has each command, and man can show it", async () => {
  const { stdout } = await coppice(["man"]);
  for (const command of ["server", "tree", "top", "log\\-level", "backup create", "completion"]) {
    assert.ok(stdout.includes(`.SS coppice ${command}`), command);
  }
  const sections = [...stdout.matchAll(/^\.SH (.+)$/gm)].map(([, name]) => name);
  assert.deepEqual(sections, ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "EXIT STATUS"]);
  assert.match(stdout, /^[\x00-\x7f]*$/);
  for (const line of stdout.split("\n")) {
    if (/^[.']/.test(line)) assert.match(line, /^\.(TH|SH|SS|TP|PP|B|nf|fi)\b/, line);
  }
  if (!has("groff")) return;
  const groff = spawnSync("groff", ["-man", "-Tutf8", "-ww"], { input: stdout, encoding: "utf8" });
  assert.equal(groff.status, 0);
  assert.equal(groff.stderr, "");
});

test("each command has help with an example", async () => {
  const names = await leaves();
  for (const group of ["backup", "db", "migrate", "user", "token"]) {
    assert.ok(names.some((name) => name.startsWith(`${group} `)), group);
  }
  for (const name of names) {
    const help = await coppice([...name.split(" "), "--help"]);
    assert.equal(help.code, 0, name);
    assert.match(help.stdout, new RegExp(`Examples?:\\n( .*\\n)*  .*coppice ${name}\\b`), name);
  }
});

test("help has the exit codes, as the manual page does", async () => {
  const { stdout } = await coppice(["--help"]);
  assert.match(stdout, /^Exit codes:\n  0  done\n  1  .*\n  2  .*\n  3  no server answers$/m);
  const { stdout: page } = await coppice(["man"]);
  for (const [, code, meaning] of stdout.matchAll(/^  (\d)  (.*)$/gm)) {
    assert.ok(page.includes(`.B ${code}\n${meaning}\n`), meaning);
  }
});

test("what reads the whole database at once says what that does to a replica", async () => {
  const warning = /^On a replica of LiteFS's, replication waits until this is done\./m;
  for (const command of [["backup", "create"], ["db", "check"], ["db", "stats"]]) {
    assert.match((await coppice([...command, "--help"])).stdout, warning, command.join(" "));
  }
  assert.doesNotMatch((await coppice(["backup", "verify", "--help"])).stdout, warning);
  assert.ok((await coppice(["man"])).stdout.includes("On a replica of LiteFS's"));
});

test("a server of another version is warned of, once", async () => {
  await withFolder(async (folder) => {
    const adminSocket = join(folder, "other.sock");
    const other = createServer((_, response) => {
      response.setHeader("coppice-version", "0.0.0-other");
      response.end('{"variables":[]}');
    });
    await new Promise((done) => other.listen(adminSocket, done));
    try {
      const { code, stderr } = await coppice(["config", "--socket", adminSocket]);
      assert.equal(code, 0);
      assert.match(stderr, /^coppice: the server is version 0\.0\.0-other, this command .*\n$/);
    } finally {
      await new Promise((done) => other.close(done));
    }
  });
});

// A server that answers each request with the same, at a socket of its own.
async function withAnswer({ status = 200, body }, use) {
  await withFolder(async (folder) => {
    const adminSocket = join(folder, "other.sock");
    const other = createServer((_, response) => {
      response.statusCode = status;
      response.end(body);
    });
    await new Promise((done) => other.listen(adminSocket, done));
    try {
      await use(adminSocket);
    } finally {
      await new Promise((done) => other.close(done));
    }
  });
}

// One line that names the socket, with the exit code of what failed, and nothing on standard output.
async function assertNotUnderstood(adminSocket, args, options) {
  const { code, stdout, stderr } = await coppice([...args, "--socket", adminSocket], options);
  const what = args.join(" ");
  assert.equal(code, 1, what);
  assert.equal(stdout, "", what);
  const [line, ...rest] = stderr.trim().split("\n");
  assert.ok(line.startsWith(`coppice: what the server at ${adminSocket} answered is not understood: `), line);
  assert.match(line, /it may be of another version than this command, \d/, what);
  assert.deepEqual(rest.filter((each) => !each.includes("config --local")), [], what);
}

const READING = [
  ["tree"], ["tree", "--json"], ["tree", "--cluster"], ["inspect", "/presence"], ["restart", "/presence"],
  ["stop"], ["top", "--once", "--interval", "0.1"], ["shards"], ["requests"], ["nodes", "--json"],
  ["config"], ["config", "--json"], ["crashes"], ["crashes", "17"], ["connections"],
  ["disconnect", "--user", "1"], ["disconnect", "<0.1.1>", "--topic", "room:a"], ["channels"], ["topics"], ["presence", "room:lobby"], ["drain"], ["log-level"],
  ["metrics", "--json"],
];
for (const body of ["", "x", "[]", "null", "<html>"]) {
  test(`an answer that is ${body || "nothing"} is said not to be understood`, async () => {
    await withAnswer({ body }, async (adminSocket) => {
      for (const args of READING) await assertNotUnderstood(adminSocket, args);
    });
  });
}

test("an answer that lacks what is read is said not to be understood", async () => {
  await withAnswer({ body: "{}" }, async (adminSocket) => {
    for (const name of ["tree", "top", "shards", "nodes", "config", "crashes", "channels", "topics", "drain"]) {
      await assertNotUnderstood(adminSocket, [name]);
    }
  });
});

test("a refusal that can't be read is said not to be understood", async () => {
  await withAnswer({ status: 502, body: "<html>\nBad\n</html>" }, async (adminSocket) => {
    for (const args of [["tree"], ["restart", "/presence"], ["logs"]]) {
      await assertNotUnderstood(adminSocket, args);
    }
  });
});

test("what follows a log says of a line that is none that it is not understood", async () => {
  for (const body of ["x", "[]\n", '"x"\n{}\n']) {
    await withAnswer({ body }, async (adminSocket) => {
      for (const args of [["logs"], ["events", "--json"], ["trace", "/presence"]]) {
        await assertNotUnderstood(adminSocket, args);
      }
    });
  }
  await withAnswer({ body: '{"ended":"that was all"}' }, async (adminSocket) => {
    const { code, stdout } = await coppice(["logs", "--socket", adminSocket]);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "that was all\n" });
  });
});

test("a backup is made whatever answers on the socket", async () => {
  await withFolder(async (folder) => {
    const env = { DATABASE_PATH: join(folder, "test.db"), BACKUP_PATH: join(folder, "backups") };
    const migrated = await coppice(["migrate", "up"], { env });
    assert.equal(migrated.code, 0, migrated.stderr);
    for (const body of ["no JSON", "[]", "{}"]) {
      await withAnswer({ body }, async (adminSocket) => {
        const made = await coppice(["backup", "create", "--json", "--socket", adminSocket], { env });
        assert.equal(made.code, 0, made.stderr);
        assert.ok(JSON.parse(made.stdout).file.startsWith(env.BACKUP_PATH));
      });
    }
  });
});

test("what does something to a database through its server says when the answer is none", async () => {
  await withServer({}, async (server) => {
    await withAnswer({ body: "[]" }, async (adminSocket) => {
      const database = ["--database", server.database];
      const reindex = ["db", "reindex", ...database];
      await assertNotUnderstood(adminSocket, reindex);
      await assertNotUnderstood(adminSocket, [...reindex, "--json"]);
      const stats = await coppice(["db", "stats", ...database, "--socket", adminSocket]);
      assert.equal(stats.code, 1);
      assert.match(stats.stdout, /BYTES +ROWS +TABLE/);
      assert.match(stats.stderr, /^coppice: what the server at .* answered is not understood: .*\n$/);
    });
  });
});

test("a socket that was opened to others still serves its owner and root alone",
  { skip: process.getuid() !== 0 }, async () => {
    await withServer({}, async (server) => {
      chmodSync(server.folder, 0o755);
      chmodSync(server.adminSocket, 0o666);
      const { code, stdout, stderr } = await coppiceAsNobody(["tree", "--socket", server.adminSocket]);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /runs as another user: that user and root can operate it/);
      assert.equal((await server.command("tree")).code, 0);
    });
  });

test("who may not use the socket is told so", { skip: process.getuid() !== 0 }, async () => {
  await withServer({}, async (server) => {
    const { code, stderr } = await coppiceAsNobody(["tree", "--socket", server.adminSocket]);
    assert.equal(code, 3);
    assert.match(stderr, /no permission to use the admin socket .*: run as the server's user or as root/);
  });
});

// Listens at argv[1] as nobody, answers nothing, and says of each connection how many bytes came.
const STRANGER = `
  const net = require("node:net");
  process.setgid(65534);
  process.setuid(65534);
  net.createServer((client) => {
    let bytes = 0;
    client.on("error", () => {}).on("data", (data) => {
      bytes += data.length;
      client.end();
    });
    client.on("close", () => console.log("told " + bytes + " bytes"));
  }).listen(process.argv[1], () => console.log("listens"));`;

// Runs `use` with what the stranger has said while it listens at `adminSocket`.
async function withStranger(adminSocket, use) {
  const child = spawn(process.execPath, ["-e", STRANGER, adminSocket], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("close", done));
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  try {
    await until("the stranger to listen", () => said.includes("listens\n"));
    await use(() => said);
  } finally {
    child.kill("SIGKILL");
    await within("the stranger's end", ended);
  }
}

test("a stranger who listens in the server's place is told nothing", { skip: process.getuid() !== 0 }, async () => {
  await withFolder(async (folder) => {
    chmodSync(folder, 0o1777);
    const adminSocket = join(folder, "admin.sock");
    await withStranger(adminSocket, async (said) => {
      const { code, stdout, stderr } = await coppice(["tree", "--socket", adminSocket]);
      assert.deepEqual({ code, stdout }, { code: 3, stdout: "" });
      assert.match(stderr, /^coppice: no permission to use the admin socket .*: it is user 65534 who listens there/);
      await until("the stranger to be left", () => said() === "listens\ntold 0 bytes\n");
    });
  });
});

test("root may ask what listens in a folder of its own", { skip: process.getuid() !== 0 }, async () => {
  await withFolder(async (folder) => {
    chownSync(folder, 65534, 65534);
    const adminSocket = join(folder, "admin.sock");
    await withStranger(adminSocket, async (said) => {
      const { code, stderr } = await coppice(["tree", "--socket", adminSocket]);
      assert.equal(code, 3);
      assert.match(stderr, /^coppice: the server did not answer/);
      await until("the request to have come", () => /^listens\ntold [1-9]\d* bytes\n$/.test(said()));
    });
  });
});
