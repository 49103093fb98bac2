// The content API as the public sees it: lists, records, images, the feed, and its description.
import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { contentFolder, holding, importInto, postFile, trees } from "./support/content.mjs";
import { withServer } from "./support/server.mjs";
import { runSql } from "./support/sql.mjs";

const IMAGE = fileURLToPath(new URL("../../content/assets/actor-tree.png", import.meta.url));

const PROJECTS = `projects:
  - {name: Axe, url: "https://axe.example", description: Cuts oaks, tags: [tool]}
  - {name: Saw, url: "https://saw.example", description: Cuts & cuts, tags: [tool, even]}
`;

// Posts, two projects, an image.
async function everything(server) {
  const folder = await contentFolder(server.folder, trees(4));
  await mkdir(join(folder, "projects"));
  await writeFile(join(folder, "projects", "all.yaml"), PROJECTS);
  await mkdir(join(folder, "assets"));
  await copyFile(IMAGE, join(folder, "assets", "actor-tree.png"));
  const { code, stderr } = await importInto(server.database, folder);
  assert.equal(code, 0, stderr);
}

// The ETag, without the mark of weakness that compression gives it.
function tagOf(response) {
  return response.headers.get("etag").replace(/^W\//, "");
}

async function all(server, path) {
  const seen = [];
  for (let next = ""; next !== null; ) {
    const { status, body } = await server.json(next ? `${path}&cursor=${next}` : path);
    assert.equal(status, 200, JSON.stringify(body));
    seen.push(...body.data);
    next = body.page.next;
  }
  return seen;
}

test("lists are sorted, searched and paged at once", async () => {
  await withServer({ prepare: holding(trees(7)) }, async (server) => {
    const titles = (records) => records.map(({ title }) => title);
    const sorted = ["Tree 1", "Tree 2", "Tree 3", "Tree 4", "Tree 5", "Tree 6", "Tree 7"];
    assert.deepEqual(titles(await all(server, "/api/posts?limit=2&sort=title")), sorted);
    assert.deepEqual(titles(await all(server, "/api/posts?limit=3&sort=-title")),
                     sorted.toReversed());
    assert.deepEqual(titles(await all(server, "/api/posts?limit=1&sort=title&q=oak&tag=even")),
                     ["Tree 2", "Tree 4", "Tree 6"]);
    assert.deepEqual(titles(await all(server, "/api/posts?q=nothing%20such")), []);
  });
});

test("a list that is read page by page shows each record once while others come", async () => {
  await withServer({ prepare: holding(trees(6)) }, async (server) => {
    const seen = [];
    for (let next = "", round = 0; next !== null; ++round) {
      const { body } = await server.json(`/api/posts?limit=2${next && `&cursor=${next}`}`);
      seen.push(...body.data.map(({ slug }) => slug));
      next = body.page.next;
      await runSql(server.database, `INSERT INTO posts (title, slug, body, raw_body,
        reading_time_minutes, headings, published_at, inserted_at, updated_at) VALUES
        ('n', 'new-${round}', '', '', 1, '[]', '2026-01-0${round + 1}T00:00:00', '', '')`);
    }
    assert.deepEqual(seen, ["tree-6", "tree-5", "tree-4", "tree-3", "tree-2", "tree-1"]);
  });
});

test("tags have their counts, projects and assets their fields", async () => {
  await withServer({ prepare: everything }, async (server) => {
    const tags = (await server.json("/api/tags")).body.data;
    assert.deepEqual(tags.map((tag) => [tag.label, tag.posts_count, tag.projects_count]),
                     [["even", 2, 1], ["tool", 0, 2]]);
    assert.equal((await server.json("/api/tags/even")).body.data.id, tags[0].id);
    const projects = (await server.json("/api/projects?tag=even")).body.data;
    assert.deepEqual(projects.map(({ name, url, tags }) => [name, url, tags]),
                     [["Saw", "https://saw.example", ["even", "tool"]]]);
    const { body } = await server.json(`/api/projects/${projects[0].id}`);
    assert.equal(body.data.description, "Cuts & cuts");
    assert.equal((await server.get("/api/projects/Saw")).status, 404);
    const [asset] = (await server.json("/api/assets")).body.data;
    assert.equal(asset.name, "actor-tree.webp");
    assert.equal(asset.path, "/assets/images/actor-tree.webp");
    assert.ok(asset.width > 0 && asset.height > 0);
    assert.equal(asset.data, undefined);
    assert.deepEqual((await server.json("/api/assets/actor-tree.webp")).body.data, asset);
  });
});

test("search finds records of all kinds", async () => {
  await withServer({ prepare: everything }, async (server) => {
    const { body } = await server.json("/api/search?q=oak*");
    const kinds = new Set(body.data.map(({ kind }) => kind));
    assert.deepEqual(kinds, new Set(["post", "project"]));
    assert.match(body.data[0].snippet, /<mark>[Oo]aks?<\/mark>/);
  });
});

test("what has not changed is not sent again", async () => {
  await withServer({ prepare: everything }, async (server) => {
    for (const path of ["/api/posts", "/api/posts/tree-1", "/api/tags?limit=1", "/rss", "/docs",
                        "/assets/images/actor-tree.webp", "/api/openapi.json"]) {
      const first = await server.get(path);
      const etag = tagOf(first);
      assert.match(etag, /^"[^"]+"$/, path);
      await first.arrayBuffer();
      for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await server.get(path, { headers: { "if-none-match": tags } });
        assert.equal(again.status, 304, `${path} ${tags}`);
        assert.equal(await again.text(), "");
        assert.equal(tagOf(again), etag);
      }
      const other = await server.get(path, { headers: { "if-none-match": '"other"' } });
      assert.equal(other.status, 200, path);
      await other.arrayBuffer();
    }
    const before = (await server.get("/api/posts")).headers.get("etag");
    await runSql(server.database, "UPDATE tags SET label = 'renamed' WHERE label = 'even'");
    const after = await server.get("/api/posts", { headers: { "if-none-match": before } });
    assert.equal(after.status, 200);
  });
});

test("images are served whole and in part", async () => {
  await withServer({ prepare: everything }, async (server) => {
    const path = "/assets/images/actor-tree.webp";
    const whole = await server.get(path);
    assert.equal(whole.status, 200);
    assert.equal(whole.headers.get("content-type"), "image/webp");
    assert.equal(whole.headers.get("cache-control"), "public, max-age=604800");
    assert.equal(whole.headers.get("accept-ranges"), "bytes");
    const bytes = Buffer.from(await whole.arrayBuffer());
    assert.equal(bytes.subarray(8, 12).toString(), "WEBP");
    const part = async (range, more = {}) => {
      const response = await server.get(path, { headers: { range, ...more } });
      return { status: response.status, range: response.headers.get("content-range"),
               bytes: Buffer.from(await response.arrayBuffer()) };
    };
    const size = bytes.length;
    const middle = await part("bytes=8-11");
    assert.deepEqual([middle.status, middle.range, middle.bytes.toString()],
                     [206, `bytes 8-11/${size}`, "WEBP"]);
    assert.deepEqual((await part("bytes=-4")).bytes, bytes.subarray(-4));
    assert.deepEqual((await part(`bytes=${size - 2}-`)).bytes, bytes.subarray(-2));
    const outside = await part(`bytes=${size}-`);
    assert.deepEqual([outside.status, outside.range], [416, `bytes */${size}`]);
    for (const range of ["bytes=5-2", "lines=1-2", "x"]) {
      const answer = await part(range);
      assert.deepEqual([answer.status, answer.bytes.length], [200, size], range);
    }
    const several = await server.get(path, { headers: { range: "bytes=8-9,200-203" } });
    assert.equal(several.status, 206);
    assert.match(several.headers.get("content-type"), /^multipart\/byteranges; boundary=/);
    assert.match(Buffer.from(await several.arrayBuffer()).toString("latin1"),
                 new RegExp(`content-range: bytes 8-9/${size}\r\n\r\nWE\r\n`, "i"));
    const etag = tagOf(whole);
    assert.equal((await part("bytes=0-0", { "if-range": etag })).status, 206);
    assert.equal((await part("bytes=0-0", { "if-range": '"other"' })).status, 200);
    const head = await server.get(path, { method: "HEAD" });
    assert.equal(Number(head.headers.get("content-length")), size);
    for (const none of ["none.webp", "%2e%2e", "a%2Fb.webp"]) {
      assert.ok([400, 404].includes((await server.get(`/assets/images/${none}`)).status), none);
    }
  });
});

test("the feed has the published posts", async () => {
  const special = postFile({ title: "'Tom & <Jerry>'", slug: "special", body: "x",
                             published_at: "2025-03-01" });
  await withServer({ prepare: holding({ ...trees(2), "s.md": special }),
                     env: { PHX_HOST: "blog.example", POSTS_URL: "/read/" } }, async (server) => {
    const response = await server.get("/rss");
    assert.equal(response.headers.get("content-type"), "application/rss+xml; charset=utf-8");
    assert.equal(response.headers.get("last-modified"), null);
    const xml = await response.text();
    const links = [...xml.matchAll(/<item>[^]*?<link>(.*?)<\/link>/g)].map((match) => match[1]);
    assert.deepEqual(links, ["special", "tree-2", "tree-1"].map((slug) =>
      `https://blog.example/read/${slug}`));
    assert.match(xml, /<title>Tom &amp; &lt;Jerry&gt;<\/title>/);
    const known = { "if-none-match": tagOf(response),
                    "if-modified-since": new Date(Date.now() + 1000).toUTCString() };
    assert.equal((await server.get("/rss", { headers: known })).status, 304);
    await runSql(server.database, "DELETE FROM posts WHERE slug = 'tree-1'");
    const after = await server.get("/rss", { headers: known });
    assert.equal(after.status, 200);
    assert.doesNotMatch(await after.text(), /tree-1/);
  });
});

test("permalinks lead to their posts", async () => {
  const post = postFile({ title: "T", slug: "t-1", published_at: "2025-01-01", body: "x" })
    .replace("is_draft: false", 'permalinks: ["old path", "2020"]\nis_draft: false');
  await withServer({ prepare: holding({ "t.md": post }) }, async (server) => {
    for (const path of ["/old%20path", "/2020", "/2020/"]) {
      const response = await server.get(path, { redirect: "manual" });
      assert.equal(response.status, 301, path);
      assert.equal(response.headers.get("location"), "/api/posts/t-1");
    }
    assert.equal((await server.json("/2020")).body.data.title, "T");
    for (const path of ["/t-1", "/none", "/%25", "/old", "/favicon.ico", "/2020/more"]) {
      assert.equal((await server.get(path)).status, 404, path);
    }
  });
});

test("the API's description is valid, and there is a page that shows it", async () => {
  await withServer({}, async (server) => {
    const { body } = await server.json("/api/openapi.json");
    const { valid, errors } = await new Validator().validate(body);
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(body.openapi, "3.1.0");
    assert.ok(body.paths["/api/posts/{slug}"].get);
    assert.ok(body.components.schemas.PostInput.properties.title);
    const page = await server.get("/docs");
    assert.equal(page.status, 200);
    const policy = page.headers.get("content-security-policy");
    assert.match(policy, /default-src 'none'/);
    const html = await page.text();
    for (const [, path] of html.matchAll(/(?:href|src)="([^"#][^"]*)"/g)) {
      assert.ok(path.startsWith("/"), path);
      assert.equal((await server.get(path)).status, 200, path);
    }
  });
});
