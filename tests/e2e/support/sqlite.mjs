// Databases as another program sees and changes them: through Python's SQLite.
import { spawn } from "node:child_process";
import { within } from "./wait.mjs";

function python(script, args) {
  const child = spawn("python3", ["-c", script, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const run = { child, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (run.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (run.stderr += text));
  run.ended = new Promise((done, failed) => {
    child.once("error", failed);
    child.once("close", done);
  });
  return run;
}

const QUERY = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
rows = []
for statement in json.loads(sys.argv[2]):
    rows = db.execute(statement).fetchall()
print(json.dumps(rows))
db.close()
`;

// Runs statements and returns the rows of the last one.
export async function sql(database, ...statements) {
  const run = python(QUERY, [database, JSON.stringify(statements)]);
  const code = await within("the end of the statements", run.ended);
  if (code !== 0) throw new Error(`SQL on ${database}: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

// Adds a table of `bytes` that nothing can compress.
export function fill(database, bytes) {
  const rows = Math.ceil(bytes / 100_000);
  return sql(
    database,
    "CREATE TABLE IF NOT EXISTS filler (bytes)",
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
     INSERT INTO filler SELECT randomblob(100000) FROM n`,
  );
}

const WRITE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
db.execute("PRAGMA synchronous = OFF")
db.execute("CREATE TABLE load (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)")
db.execute("INSERT INTO load (a, b) VALUES " + ",".join(["(0, 0)"] * 500))
n = 0
while True:
    db.execute("UPDATE load SET a = a + 1, b = b + 1")
    n += 1
    print(n, flush=True)
`;

// Commits without pause: the table load, in whose every row a is b, and the same in all rows.
export class WriteLoad {
  #run;

  constructor(database) {
    this.#run = python(WRITE, [database]);
  }

  get commits() {
    return Number(this.#run.stdout.trimEnd().split("\n").at(-1) || 0);
  }

  async stop() {
    this.#run.child.kill("SIGKILL");
    await this.#run.ended;
  }
}
