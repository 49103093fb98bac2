// Writes to the content API, by people with and without the right to.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { addUser, command, signedIn } from "./support/accounts.mjs";
import { withServer } from "./support/server.mjs";
import { querySql, runSql } from "./support/sql.mjs";
import { until } from "./support/wait.mjs";

const IMAGE = fileURLToPath(new URL("../../content/assets/actor-tree.png", import.meta.url));
const POST = { title: "Oak", slug: "the-oak", raw_body: "# Bark\n\nOld & tall.", tags: ["tree"] };

// Somebody with a bearer token.
class Author {
  constructor(server, token) {
    this.server = server;
    this.token = token;
  }

  async send(method, path, body, headers = {}) {
    const plain = body === undefined || typeof body === "string" || body instanceof Uint8Array ||
                  body instanceof FormData;
    const response = await this.server.get(path, {
      method,
      headers: {
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(!plain && { "content-type": "application/json" }),
        ...headers,
      },
      body: plain ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers,
             etag: response.headers.get("etag")?.replace(/^W\//, ""), body: text && JSON.parse(text) };
  }

  post(path, body, headers) {
    return this.send("POST", path, body, headers);
  }

  patch(path, body, headers) {
    return this.send("PATCH", path, body, headers);
  }

  get(path, headers) {
    return this.send("GET", path, undefined, headers);
  }
}

async function author(server, email, role, ...scopes) {
  await addUser(server, email, { role });
  const flags = scopes.flatMap((scope) => ["--scope", scope]);
  const made = await command(server, ["token", "create", email, "--name", "test", ...flags]);
  assert.equal(made.code, 0, made.stderr);
  return new Author(server, made.stdout.trim());
}

async function withEditor(use) {
  await withServer({}, async (server) => {
    await use(await author(server, "ed@example.com", "editor", "content:read", "content:write"),
              server);
  });
}

test("the line of a write in the log has the position of its commit", async () => {
  await withEditor(async (editor, server) => {
    await editor.post("/api/posts", POST);
    await editor.patch("/api/posts/the-oak", { title: "Old oak" });
    await editor.get("/api/posts/the-oak");
    const lines = await until("their lines", async () => {
      const found = server.log.split("\n").filter((line) => / info [A-Z]+ \/api\/posts/.test(line));
      return found.length === 3 && found;
    });
    const [made, changed, read] = lines.map((line) => / position=(\d+)\.(\d+)$/.exec(line));
    assert.equal(changed[1], made[1]);
    assert.ok(Number(changed[2]) > Number(made[2]), lines.join("\n"));
    assert.equal(read, null);
  });
});

test("a post is written, read, changed, replaced and deleted", async () => {
  await withEditor(async (editor) => {
    const made = await editor.post("/api/posts", POST);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal(made.headers.get("location"), "/api/posts/the-oak");
    assert.match(made.body.data.body, /<h1 id="bark">/);
    const shown = await editor.get(made.headers.get("location"));
    assert.deepEqual(shown.body, made.body);
    assert.equal(shown.etag, made.etag);
    const changed = await editor.patch("/api/posts/the_oak", { title: "Old oak" });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.data.title, "Old oak");
    assert.deepEqual(changed.body.data.tags, ["tree"]);
    const replaced = await editor.send("PUT", `/api/posts/${made.body.data.id}`,
                                       { title: "Elm", slug: "elm", raw_body: "x" });
    assert.equal(replaced.status, 200);
    assert.deepEqual(replaced.body.data.tags, []);
    assert.equal((await editor.get("/api/search?q=elm")).body.data[0].slug, "elm");
    const gone = await editor.send("DELETE", "/api/posts/elm");
    assert.deepEqual([gone.status, gone.body], [204, ""]);
    assert.equal((await editor.get("/api/posts/elm")).status, 404);
    assert.equal((await editor.send("DELETE", "/api/posts/elm")).status, 404);
    assert.equal((await editor.patch("/api/posts/elm", { title: "x" })).status, 404);
  });
});

test("only editors write, and only they see drafts", async () => {
  await withEditor(async (editor, server) => {
    const member = await author(server, "me@example.com", "member", "content:write");
    const reader = await author(server, "er@example.com", "editor", "content:read");
    const blind = await author(server, "wr@example.com", "editor", "content:write");
    const nobody = new Author(server);
    await editor.post("/api/posts", { ...POST, is_draft: true });
    for (const [who, status] of [[nobody, 401], [member, 403], [reader, 403]]) {
      const path = "/api/posts/the-oak";
      for (const answer of [await who.post("/api/posts", POST), await who.patch(path, {}),
                            await who.send("PUT", path, POST), await who.send("DELETE", path),
                            await who.post("/api/assets", new Uint8Array(9))]) {
        assert.equal(answer.status, status);
      }
    }
    for (const [who, sees] of [[nobody, false], [member, false], [blind, false], [reader, true],
                               [editor, true]]) {
      const list = await who.get("/api/posts");
      assert.equal(list.body.data.length, sees ? 1 : 0);
      assert.equal((await who.get("/api/posts/the-oak")).status, sees ? 200 : 404);
      assert.match(list.headers.get("vary"), /authorization/i);
      assert.equal(/private/.test(list.headers.get("cache-control")), who !== nobody);
    }
    assert.equal((await new Author(server, "wrong").get("/api/posts")).status, 401);
    const browser = await signedIn(server, "ed@example.com");
    assert.equal((await browser.request("PATCH", "/api/posts/the-oak", { is_draft: false })).status,
                 200);
    browser.csrf = "";
    assert.equal((await browser.request("PATCH", "/api/posts/the-oak", {})).status, 403);
    assert.equal((await nobody.get("/api/posts")).body.data.length, 1);
  });
});

test("nothing that the public reads tells of a draft", async () => {
  await withEditor(async (editor, server) => {
    const nobody = new Author(server);
    const open = { title: "Open", slug: "open", raw_body: "Bark.", tags: ["tree"],
                   published_at: "2025-01-01T00:00:00Z" };
    await editor.post("/api/posts", open);
    const paths = ["/api/posts", "/api/posts?tag=secret", "/api/posts?q=hidden", "/api/posts/the-hidden",
                   "/api/posts/the_hidden", "/api/posts/2", "/api/search?q=hidden", "/api/search?q=tag:secret",
                   "/api/tags", "/api/tags?q=secret", "/api/tags/secret", "/api/tags/2", "/api/projects", "/rss",
                   "/an-old-path"];
    // Whatever can be told apart: with what a client knows already, and by HEAD as well.
    const seen = async (etags = {}) => {
      const answers = {};
      for (const path of paths) {
        for (const method of ["GET", "HEAD"]) {
          const headers = etags[path] ? { "if-none-match": etags[path] } : {};
          const answer = await server.get(path, { method, headers, redirect: "manual" });
          const of = (name) => answer.headers.get(name);
          answers[`${method} ${path}`] = [answer.status, of("etag"), of("content-length"), of("location"),
                                          await answer.text()];
        }
      }
      return answers;
    };
    const before = await seen();
    const etags = Object.fromEntries(paths.map((path) => [path, before[`GET ${path}`][1]]));
    const known = await seen(etags);
    assert.equal(known["GET /api/posts"][0], 304);
    assert.equal(known["GET /api/tags"][0], 304);

    const draft = { title: "The hidden", slug: "the-hidden", raw_body: "Hidden.", is_draft: true,
                    tags: ["secret", "tree"], permalinks: ["an-old-path"], published_at: "2025-02-01T00:00:00Z" };
    for (const change of [() => editor.post("/api/posts", draft),
                          () => editor.patch("/api/posts/the-hidden", { title: "Still hidden" }),
                          () => editor.patch("/api/tags/secret", { label: "more-secret" }),
                          () => editor.patch("/api/tags/more-secret", { label: "secret" })]) {
      const { status } = await change();
      assert.ok(status === 200 || status === 201, String(status));
      assert.deepEqual(await seen(), before);
      assert.deepEqual(await seen(etags), known);
    }
    assert.deepEqual((await editor.get("/api/tags")).body.data.map(({ label, posts_count }) => [label, posts_count]),
                     [["secret", 0], ["tree", 1]]);
    assert.equal((await editor.get("/api/tags/secret")).status, 200);

    assert.equal((await editor.patch("/api/posts/the-hidden", { is_draft: false })).status, 200);
    assert.equal((await nobody.get("/api/tags/secret")).status, 200);
    const after = await seen(etags);
    for (const path of ["/api/posts", "/api/tags"]) assert.equal(after[`GET ${path}`][0], 200, path);
    assert.equal((await editor.patch("/api/posts/the-hidden", { is_draft: true })).status, 200);
    assert.equal((await nobody.get("/api/tags/secret")).status, 404);
    assert.equal((await nobody.get("/api/posts/the-hidden")).status, 404);
  });
});

test("what is wrong is said of each field", async () => {
  await withEditor(async (editor) => {
    const wrong = await editor.post("/api/posts", { slug: "A b", title: 5, body: "x", nope: 1 });
    assert.equal(wrong.status, 422);
    assert.deepEqual(wrong.body.errors, {
      body: ["can't be set"],
      nope: ["is not a field"],
      raw_body: ["can't be blank"],
      slug: ["must be lowercase alphanumeric with hyphens or underscores only"],
      title: ["must be a string"],
    });
    await editor.post("/api/posts", POST);
    const taken = await editor.post("/api/posts", POST);
    assert.equal(taken.status, 422);
    assert.deepEqual(taken.body.errors, { slug: ["has already been taken"] });
    assert.deepEqual((await editor.post("/api/projects", {})).body.errors, {
      description: ["can't be blank"], name: ["can't be blank"], url: ["can't be blank"] });
    const tag = await editor.post("/api/tags", { label: "tree" });
    assert.deepEqual([tag.status, tag.body.errors], [422, { label: ["has already been taken"] }]);
  });
});

test("bodies that are none are refused with the reason", async () => {
  await withEditor(async (editor) => {
    const json = { "content-type": "application/json" };
    const deep = `{"title":${"[".repeat(200)}${"]".repeat(200)}}`;
    const bodies = { "": /empty/, "[]": /object/, '{"title":': /not JSON/, '{"a":1,"a":2}': /twice/,
                     [deep]: /deeper/, "null": /object/ };
    for (const [body, reason] of Object.entries(bodies)) {
      const answer = await editor.post("/api/posts", body, json);
      assert.equal(answer.status, 400, body);
      assert.match(answer.body.errors.detail, reason, body);
    }
    const bytes = Buffer.concat([Buffer.from('{"title":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    const invalid = await editor.post("/api/posts", bytes, json);
    assert.deepEqual([invalid.status, /UTF-8/.test(invalid.body.errors.detail)], [400, true]);
    const nul = await editor.post("/api/posts", { ...POST, title: "a\u0000b" });
    assert.equal(nul.status, 422);
    const text = await editor.post("/api/posts", JSON.stringify(POST),
                                   { "content-type": "text/plain" });
    assert.equal(text.status, 415);
    const large = await editor.post("/api/posts", { ...POST, raw_body: "x".repeat(3 << 20) });
    assert.equal(large.status, 413);
    const key = await editor.post("/api/posts", POST, { "idempotency-key": "x".repeat(300) });
    assert.equal(key.status, 400);
    const parameter = await editor.post("/api/posts?dry_run=1", POST);
    assert.match(parameter.body.errors.detail, /dry_run/);
  });
});

test("a change of an older version is refused", async () => {
  await withEditor(async (editor, server) => {
    const { etag } = await editor.post("/api/posts", POST);
    const path = "/api/posts/the-oak";
    const first = await editor.patch(path, { title: "A" }, { "if-match": etag });
    assert.equal(first.status, 200);
    for (const method of ["PATCH", "DELETE"]) {
      const stale = await editor.send(method, path, { title: "B" }, { "if-match": etag });
      assert.equal(stale.status, 412, method);
    }
    const weak = await editor.patch(path, { title: "B" }, { "if-match": `"x", W/${first.etag}` });
    assert.equal(weak.status, 200);
    await runSql(server.database, "UPDATE tags SET label = 'other'");
    assert.equal((await editor.patch(path, { title: "C" }, { "if-match": weak.etag })).status, 412);
    assert.equal((await editor.patch(path, { title: "C" }, { "if-match": "*" })).status, 200);
  });
});

test("a change is refused to who says that there must be nothing", async () => {
  await withEditor(async (editor) => {
    const { etag } = await editor.post("/api/posts", POST);
    const path = "/api/posts/the-oak";
    for (const known of ["*", etag, `"x", W/${etag}`]) {
      const refused = await editor.patch(path, { title: "A" }, { "if-none-match": known });
      assert.equal(refused.status, 412, known);
    }
    assert.equal((await editor.patch(path, { title: "A" }, { "if-none-match": '"x"' })).status, 200);
  });
});

test("of many changes at once none is lost", async () => {
  await withEditor(async (editor) => {
    await editor.post("/api/projects", { name: "Axe", url: "u", description: "d" });
    const fields = [{ name: "Saw" }, { url: "v" }, { description: "e" }, { tags: ["t"] }];
    const answers = await Promise.all(fields.map((field) => editor.patch("/api/projects/1", field)));
    for (const { status } of answers) assert.equal(status, 200);
    const { name, url, description, tags } = (await editor.get("/api/projects/1")).body.data;
    assert.deepEqual({ name, url, description, tags },
                     { name: "Saw", url: "v", description: "e", tags: ["t"] });
  });
});

test("a repeated request with one key is done once", async () => {
  await withEditor(async (editor, server) => {
    const key = { "idempotency-key": "k-1" };
    const same = await Promise.all(Array.from({ length: 8 }, () =>
      editor.post("/api/posts", POST, key)));
    for (const { status, body } of same) {
      assert.equal(status, 201, JSON.stringify(body));
      assert.deepEqual(body, same[0].body);
    }
    assert.deepEqual(await querySql(server.database, "SELECT count(*) FROM posts"), [[1]]);
    const other = await editor.post("/api/posts", { ...POST, slug: "b" }, key);
    assert.equal(other.status, 422);
    assert.match(other.body.errors.detail, /idempotency-key/);
    const path = "/api/posts/the-oak";
    const once = await editor.patch(path, { slug: "moved" }, key);
    assert.equal(once.status, 200);
    const again = await editor.patch(path, { slug: "moved" }, key);
    assert.deepEqual([again.status, again.body], [200, once.body]);
    const somebody = await author(server, "so@example.com", "editor", "content:write");
    assert.equal((await somebody.post("/api/posts", { ...POST, slug: "c" }, key)).status, 201);
  });
});

test("images are uploaded, converted, replaced, renamed and deleted", async () => {
  await withEditor(async (editor, server) => {
    const file = await readFile(IMAGE);
    const form = new FormData();
    form.append("file", new Blob([file], { type: "image/png" }), "Tree one.png");
    const made = await editor.post("/api/assets", form);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal(made.headers.get("location"), "/api/assets/Tree%20one.webp");
    assert.equal(made.body.data.path, "/assets/images/Tree%20one.webp");
    const bytes = await server.get(made.body.data.path);
    assert.equal(bytes.headers.get("content-type"), "image/webp");
    assert.ok((await bytes.arrayBuffer()).byteLength > 100);
    const png = { "content-type": "image/png" };
    const raw = await editor.post("/api/assets?name=raw.png", file, png);
    assert.deepEqual([raw.status, raw.body.data.name], [201, "raw.webp"]);
    const taken = await editor.post("/api/assets?name=raw.jpg", file, png);
    assert.equal(taken.status, 422);
    assert.deepEqual(taken.body.errors, { name: ["has already been taken"] });
    const post = await editor.post("/api/posts", { ...POST, raw_body: "![](raw.png)" });
    assert.match(post.body.data.body, /src="\/assets\/images\/raw\.webp"[^>]* width="\d+"/);
    const replaced = await editor.send("PUT", "/api/assets/raw.webp", file, png);
    assert.deepEqual([replaced.status, replaced.body.data.name], [200, "raw.webp"]);
    const renamed = await editor.patch("/api/assets/raw.webp", { name: "new.webp" });
    assert.equal(renamed.body.data.path, "/assets/images/new.webp");
    assert.equal((await server.get("/assets/images/new.webp")).status, 200);
    assert.equal((await editor.send("DELETE", "/api/assets/new.webp")).status, 204);
    assert.equal((await server.get("/assets/images/new.webp")).status, 404);
  });
});

test("a form that replaces an image can't rename it", async () => {
  await withEditor(async (editor) => {
    const file = await readFile(IMAGE);
    const form = (name) => {
      const made = new FormData();
      made.append("file", new Blob([file], { type: "image/png" }), "other.png");
      if (name !== undefined) made.append("name", name);
      return made;
    };
    assert.equal((await editor.post("/api/assets", form("tree.png"))).status, 201);
    const before = (await editor.get("/api/assets/tree.webp")).headers.get("etag");
    const refused = await editor.send("PUT", "/api/assets/tree.webp", form("oak.png"));
    assert.equal(refused.status, 422);
    assert.deepEqual(refused.body.errors, { name: ["can't be changed by PUT: use PATCH, or leave it out"] });
    assert.equal((await editor.get("/api/assets/tree.webp")).headers.get("etag"), before);
    for (const name of [undefined, "", "tree.png", "tree.webp"]) {
      const replaced = await editor.send("PUT", "/api/assets/tree.webp", form(name));
      assert.equal(replaced.status, 200, JSON.stringify(replaced.body));
      assert.equal(replaced.body.data.name, "tree.webp");
    }
    assert.equal((await editor.get("/api/assets/oak.webp")).status, 404);
  });
});

test("a form that is sent again with one key is stored once", async () => {
  await withEditor(async (editor, server) => {
    const key = { "idempotency-key": "k-1" };
    const file = await readFile(IMAGE);
    const form = ({ name = "Tree.png", type = "image/png", bytes = file } = {}) => {
      const made = new FormData();
      made.append("file", new Blob([bytes], { type }), name);
      return made;
    };
    const first = await editor.post("/api/assets", form(), key);
    assert.equal(first.status, 201, JSON.stringify(first.body));
    const again = await editor.post("/api/assets", form(), key);
    assert.deepEqual([again.status, again.body], [201, first.body]);
    assert.deepEqual(await querySql(server.database, "SELECT count(*) FROM assets"), [[1]]);
    const longer = Buffer.concat([file, Buffer.alloc(1)]);
    for (const other of [{ name: "Oak.png" }, { type: "image/x-png" }, { bytes: longer }]) {
      const refused = await editor.post("/api/assets", form(other), key);
      assert.equal(refused.status, 422, Object.keys(other)[0]);
      assert.match(refused.body.errors.detail, /idempotency-key/);
    }
  });
});

test("parameters that mean nothing are refused, whatever the request", async () => {
  await withEditor(async (editor) => {
    const png = { "content-type": "image/png" };
    const file = await readFile(IMAGE);
    const form = (...names) => {
      const made = new FormData();
      made.append("file", new Blob([file], { type: "image/png" }), "a.png");
      for (const name of names) made.append("name", name);
      return made;
    };
    await editor.post("/api/tags", { label: "x" });
    assert.equal((await editor.post("/api/assets", form("b.png"))).status, 201);
    const refused = {
      nonsense: await editor.send("DELETE", "/api/tags/x?nonsense=1"),
      "parameter name": await editor.send("PUT", "/api/assets/b.webp?name=c.png", file, png),
      "unknown parameter name": await editor.post("/api/assets?name=c.png", form()),
      "more than one field name": await editor.post("/api/assets", form("c.png", "d.png")),
    };
    for (const [reason, answer] of Object.entries(refused)) {
      assert.equal(answer.status, 400, reason);
      assert.match(answer.body.errors.detail, new RegExp(reason));
    }
    assert.equal((await editor.get("/api/tags/x")).status, 200, "it was deleted all the same");
    assert.equal((await editor.send("DELETE", "/api/tags/x")).status, 204);
  });
});

test("uploads that are no images are refused with the reason", async () => {
  await withEditor(async (editor, server) => {
    const png = { "content-type": "image/png" };
    const file = await readFile(IMAGE);
    const upload = (path, body, headers) => editor.post(path, body, headers);
    const text = await upload("/api/assets?name=a.png", Buffer.from("no image"), png);
    assert.equal(text.status, 422);
    assert.equal(text.body.errors.file.length, 1);
    const cut = await upload("/api/assets?name=a.png", file.subarray(0, file.length >> 1), png);
    assert.equal(cut.status, 422);
    assert.equal((await upload("/api/assets", file, png)).status, 400);
    for (const name of ["..%2Fx.png", ".png", "a%5Cb.png", "a%00.png"]) {
      assert.equal((await upload(`/api/assets?name=${name}`, file, png)).status, 400, name);
    }
    const json = await upload("/api/assets?name=a.png", "{}", { "content-type": "application/json" });
    assert.equal(json.status, 415);
    const broken = await upload("/api/assets", "--x", {
      "content-type": "multipart/form-data; boundary=x" });
    assert.match(broken.body.errors.detail, /form is malformed/);
    const two = new FormData();
    for (const name of ["a.png", "b.png"]) two.append("file", new Blob([file]), name);
    assert.equal((await upload("/api/assets", two)).status, 400);
    const large = await upload("/api/assets?name=a.png", new Uint8Array(21 << 20), png);
    assert.equal(large.status, 413);
    assert.deepEqual((await server.json("/api/assets")).body.data, []);
  });
});
