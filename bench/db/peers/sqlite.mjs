// The database table's workloads in Node with better-sqlite3, as its users write them:
//   node sqlite.mjs NAME FOLDER SECONDS
// prints "node NAME value" lines. `reads` reads posts.db, which bench_db has left in FOLDER.
import { rmSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";

const [name, folder, secondsText] = process.argv.slice(2);
const seconds = Number(secondsText);
const warmUpS = 0.3;

function rate(limit, work) {
  let done = 0;
  const start = performance.now();
  // The clock is looked at now and then: it costs as much as a cheap read.
  while (performance.now() - start < limit * 1000) {
    for (let i = 0; i < 16; ++i) work(done++);
  }
  return done / ((performance.now() - start) / 1000);
}

function print(label, work) {
  rate(warmUpS, work);
  console.log(`node ${label} ${rate(seconds, work).toFixed(1)}`);
}

// One connection, and calls that block: however many callers there are, each insert is a commit.
function insert(mode) {
  const path = join(folder, "node.db");
  for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma(`synchronous = ${mode}`);
  db.exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
  const statement = db.prepare("INSERT INTO rows (body) VALUES (?)");
  const body = "x".repeat(200);
  print(name, () => statement.run(body));
}

const list = `
  SELECT p.id, p.title, p.slug, p.excerpt, p.description, p.reading_time_minutes, p.published_at,
         p.headings, p.permalinks, p.inserted_at, p.updated_at,
         (SELECT json_group_array(t.label) FROM posts_tags pt JOIN tags t ON t.id = pt.tag_id
           WHERE pt.post_id = p.id) AS tags
    FROM posts p WHERE NOT p.is_draft ORDER BY p.published_at DESC, p.id DESC LIMIT 20`;

const search = `
  SELECT p.id, p.title, p.slug, p.published_at,
         snippet(posts_fts, -1, '<mark>', '</mark>', '…', 32) AS snippet
    FROM posts_fts JOIN posts p ON p.id = posts_fts.rowid
   WHERE posts_fts MATCH ? AND p.is_draft = 0 ORDER BY bm25(posts_fts) LIMIT 20`;

function reads() {
  const db = new Database(join(folder, "posts.db"), { readonly: true });
  const one = db.prepare("SELECT title, raw_body FROM posts WHERE slug = ?");
  print("point_read", (i) => one.get(`post-${(i * 7919) % 10000}`));
  const twenty = db.prepare(list);
  print("list_20", () => JSON.stringify({ data: twenty.all() }));
  const found = db.prepare(search);
  print("search_rare", () => JSON.stringify({ data: found.all("rareword") }));
}

if (name.startsWith("insert_full_")) insert("FULL");
else if (name.startsWith("insert_normal_")) insert("NORMAL");
else if (name === "reads") reads();
