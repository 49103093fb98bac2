// What bench_db_http does, in Bun with its own SQLite: bun http.mjs DATABASE full|normal
import { Database } from "bun:sqlite";

const [path, mode] = process.argv.slice(2);
const db = new Database(path, { create: true });
db.exec("PRAGMA journal_mode = WAL");
db.exec(`PRAGMA synchronous = ${mode}`);
db.exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)");
const insert = db.prepare("INSERT INTO rows (body) VALUES (?)");

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/rows") return new Response(null, { status: 404 });
    const { lastInsertRowid } = insert.run(await request.text());
    return Response.json({ id: lastInsertRowid }, { status: 201 });
  },
});
console.log(server.port);
process.stdin.on("end", () => process.exit(0)).resume();
