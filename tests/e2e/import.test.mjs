// `coppice import`, with small folders and with a large real one.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { addUser, command } from "./support/accounts.mjs";
import { ask, operate } from "./support/admin.mjs";
import { withClients } from "./support/clients.mjs";
import { contentFolder, importInto, postFile, trees } from "./support/content.mjs";
import { coppice, withFolder, withServer } from "./support/server.mjs";
import { until, within } from "./support/wait.mjs";

const BESIDE_THE_CHECKOUT = fileURLToPath(new URL("../../../shared/data/blog", import.meta.url));
const CORPUS = process.env.COPPICE_CORPUS ?? BESIDE_THE_CHECKOUT;
const skip = existsSync(join(CORPUS, "posts")) ? false : `no corpus at ${CORPUS}`;

async function imported(database, folder, ...options) {
  const result = await importInto(database, folder, "--json", ...options);
  return { ...result, report: JSON.parse(result.stdout) };
}

function outcomes({ report }) {
  const counts = {};
  for (const { outcome } of report.entries) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

test("a folder is imported once, and again only where it changed", async () => {
  await withFolder(async (folder) => {
    const database = join(folder, "new", "test.db");
    const content = await contentFolder(folder, trees(3));
    assert.deepEqual(outcomes(await imported(database, content)), { created: 3 });
    assert.deepEqual(outcomes(await imported(database, content)), { unchanged: 3 });
    await contentFolder(folder, {
      "tree-2.md": postFile({ title: "Felled", slug: "tree-2", published_at: "2025-01-02",
                              body: "It grows back." }),
    });
    assert.deepEqual(outcomes(await imported(database, content)), { unchanged: 2, updated: 1 });
  });
});

test("a bad file is reported with its line, and the others are imported", async () => {
  await withFolder(async (folder) => {
    const database = join(folder, "test.db");
    const content = await contentFolder(folder, {
      ...trees(2),
      "yaml.md": "---\ntitle: fine\nslug: [unclosed\n---\nBody\n",
      "slug.md": postFile({ title: "No", slug: "Not A Slug", published_at: "2025-01-01", body: "x" }),
      "front.md": "no front matter\n",
    });
    const { code, stdout, stderr } = await importInto(database, content);
    assert.equal(code, 1);
    assert.match(stderr, /posts\/yaml\.md:\d+: /);
    assert.match(stderr, /posts\/slug\.md:3: .*must be lowercase alphanumeric/);
    assert.match(stderr, /posts\/front\.md:1: /);
    assert.equal(stderr.trim().split("\n").length, 3, stderr);
    assert.match(stdout, /3 skipped/);
    assert.deepEqual(outcomes(await imported(database, content)), { unchanged: 2, skipped: 3 });
  });
});

test("a folder that is none is an error", async () => {
  await withFolder(async (folder) => {
    const { code, stderr } = await importInto(join(folder, "test.db"), join(folder, "nowhere"));
    assert.equal(code, 1);
    assert.match(stderr, /nowhere/);
    assert.deepEqual(readdirSync(folder), []);
  });
});

test("a database folder that can't be made is an error", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(1));
    const { code, stderr } = await importInto(join(content, "posts", "tree-1.md", "x.db"), content);
    assert.equal(code, 1);
    assert.match(stderr, /tree-1\.md can't be made: /);
  });
});

test("a variable of the server's that is wrong is no obstacle to an import", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(1));
    const { code, stderr } = await coppice(["import", content], { cwd: folder, env: { PORT: "x" } });
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(join(folder, "data", "coppice.db")));
  });
});

test("a server that has the database imports a folder for the command line", async () => {
  await withServer({}, async (server) => {
    const socket = ["--socket", server.adminSocket];
    const content = await contentFolder(server.folder, trees(2));
    const first = await imported(server.database, content, ...socket);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(first.report.counts, { created: 2, updated: 0, unchanged: 0, skipped: 0 });
    assert.equal((await server.json("/api/posts")).body.data.length, 2);

    await contentFolder(server.folder, { "bad.md": "no front matter\n" });
    const { code, stdout, stderr } = await importInto(server.database, content, ...socket);
    assert.equal(code, 1);
    assert.equal(stdout, "0 created, 0 updated, 2 unchanged, 1 skipped\n");
    assert.match(stderr, /^posts\/bad\.md:1: /);

    const other = await imported(join(server.folder, "other.db"), content, ...socket);
    assert.deepEqual(outcomes(other), { created: 2, skipped: 1 });
  });
});

test("an import into a database whose server can't be asked says so", async () => {
  await withServer({}, async (server) => {
    const content = await contentFolder(server.folder, trees(1));
    const { code, stderr } = await importInto(server.database, content, "--socket", "/nowhere/admin.sock");
    assert.equal(code, 3);
    assert.match(stderr, /is in use, and its server can't be asked: no server is running/);
  });
});

test("a server imports its content folder when an operator asks, and says what it did", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(1));
    await withServer({ env: { CONTENT_PATH: content } }, async (server) => {
      await until("the post", async () => (await server.json("/api/posts")).body.data.length === 1);
      await server.command("suspend", "/jobs/watcher");
      await contentFolder(folder, trees(3));
      const { counts } = await ask(server, "/v1/import", "POST");
      assert.equal(counts.created, 2);
      assert.equal((await server.json("/api/posts")).body.data.length, 3);
    });
  });
});

test("an import that operators can't have says why", async () => {
  await withServer({}, async (server) => {
    const cases = [
      ["/v1/import", 409, /set CONTENT_PATH, or name one/],
      ["/v1/import?folder=/nowhere", 404, /nowhere/],
      ["/v1/import?trusted=true", 400, /trusted is for a folder that is named/],
      ["/v1/import?force=true", 400, /force is for a folder that is named/],
      [`/v1/import?folder=${encodeURIComponent(server.folder)}&trusted=perhaps`, 400, /true or false/],
      ["/v1/import?database=/no/such.db", 409, /this server's database is/],
    ];
    for (const [path, status, says] of cases) {
      const answer = await operate(server, path, "POST");
      assert.equal(answer.status, status, `${path}: ${answer.body}`);
      assert.match(JSON.parse(answer.body).errors.detail, says);
    }
  });
});

test("a server imports its content folder by itself", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(3));
    await withServer({ env: { CONTENT_PATH: content } }, async (server) => {
      await until("the posts", async () =>
        (await server.json("/api/posts")).body.data.length === 3);
    });
  });
});

test("what an editor changes outlasts a restart, until the file changes or an import is forced", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(2));
    await withServer({ env: { CONTENT_PATH: content } }, async (server) => {
      const titles = async () =>
        (await server.json("/api/posts?sort=title")).body.data.map(({ title }) => title);
      await until("the posts", async () => (await titles()).length === 2);
      await addUser(server, "ed@example.com", { role: "editor" });
      const made = await command(server, ["token", "create", "ed@example.com", "--name", "test",
                                          "--scope", "content:read", "--scope", "content:write"]);
      assert.equal(made.code, 0, made.stderr);
      const authorization = `Bearer ${made.stdout.trim()}`;
      const edited = await server.get("/api/posts/tree-1", {
        method: "PATCH",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ title: "Edited" }),
      });
      assert.equal(edited.status, 200);
      const deleted = await server.get("/api/posts/tree-2", { method: "DELETE", headers: { authorization } });
      assert.equal(deleted.status, 204);

      server.signal("SIGTERM");
      await within("the end", server.ended);
      await server.start();
      await until("the import", () => /0 created, 0 updated, 2 unchanged/.test(server.log));
      assert.deepEqual(await titles(), ["Edited"]);

      await contentFolder(folder, {
        "tree-1.md": postFile({ title: "Newer", slug: "tree-1", published_at: "2025-01-01", body: "x" }),
      });
      await until("the newer file", async () => (await titles())[0] === "Newer");
      const forced = await imported(server.database, content, "--force", "--socket", server.adminSocket);
      assert.equal(forced.code, 0, forced.stderr);
      assert.deepEqual(outcomes(forced), { unchanged: 1, created: 1 });
      assert.deepEqual(await titles(), ["Newer", "Tree 2"]);
    });
  });
});

test("a server imports what changes in its content folder, and tells who listens", async () => {
  await withFolder(async (folder) => {
    const content = await contentFolder(folder, trees(2));
    await withServer({ env: { CONTENT_PATH: content } }, (server) =>
      withClients(server, async (connect) => {
        const titles = async () =>
          (await server.json("/api/posts?sort=title")).body.data.map(({ title }) => title);
        await until("the posts", async () => (await titles()).length === 2);
        const notices = await connect().join("content");
        const elm = (title) => postFile({ title, slug: "elm", published_at: "2025-02-01", body: "x" });
        for (const title of ["Elm", "Elm again"]) {
          await contentFolder(folder, { "elm.md": elm(title) });
          await until(title, async () => (await titles())[0] === title);
        }
        const { id } = (await server.json("/api/posts/elm")).body.data;
        assert.deepEqual(await notices.receive("post:reload", 2), [{ id }, { id }]);
        await writeFile(join(content, "posts", "bad.md"), "no front matter");
        await until("the report", () => /bad\.md:1: /.test(server.log));
        await rm(join(content, "posts", "elm.md"));
        await mkdir(join(content, "projects"));
        await writeFile(join(content, "projects", "p.yaml"),
                        "projects: [{name: Axe, url: u, description: d}]");
        await until("the project", async () =>
          (await server.json("/api/projects")).body.data.length === 1);
        assert.equal((await server.get("/api/posts/elm")).status, 200);
      }));
  });
});

test("a content folder that is filled later is imported then", async () => {
  await withFolder(async (folder) => {
    const env = { CONTENT_PATH: join(folder, "content") };
    await mkdir(env.CONTENT_PATH);
    await withServer({ env }, async (server) => {
      await until("the warning", () => /CONTENT_PATH=.* can't be imported/.test(server.log));
      await contentFolder(folder, trees(1));
      await until("the post", async () =>
        (await server.json("/api/posts")).body.data.length === 1);
    });
  });
});

test("a large real folder is imported, listed and found", { skip }, async () => {
  const files = readdirSync(join(CORPUS, "posts")).filter((name) => name.endsWith(".md"));
  let first;
  let second;
  const prepare = async ({ database }) => {
    first = await imported(database, CORPUS);
    second = await imported(database, CORPUS);
  };
  await withServer({ prepare }, async (server) => {
    assert.equal(first.code, 0, first.stderr);
    const posts = first.report.entries.filter(({ kind }) => kind === "post");
    assert.equal(posts.length, files.length);
    assert.ok(posts.every(({ outcome }) => outcome === "created"));
    assert.deepEqual(Object.keys(outcomes(second)), ["unchanged"]);

    const listed = new Set();
    for (let path = "/api/posts?limit=100"; path; ) {
      const { body } = await server.json(path);
      for (const { slug } of body.data) listed.add(slug);
      const { next } = body.page;
      path = next && `/api/posts?limit=100&cursor=${encodeURIComponent(next)}`;
    }
    assert.ok(listed.size > 0 && listed.size <= files.length);

    // Every post is found by the words of its own title.
    for (const slug of [...listed].slice(0, 20)) {
      const { body } = await server.json(`/api/posts/${slug}`);
      const words = body.data.title.match(/[A-Za-z]{4,}/g) ?? [];
      if (words.length === 0) continue;
      const query = encodeURIComponent(`title:${words.join(" title:")}`);
      const found = await server.json(`/api/search?limit=100&q=${query}`);
      assert.ok(found.body.data.some((hit) => hit.slug === slug), `${slug}: ${query}`);
    }
  });
});
