// What a test writes into a database past the binary, and while it works.
import { spawn } from "node:child_process";
import { runSql } from "./sql.mjs";

// Adds a table of `bytes` that nothing can compress.
export function fill(database, bytes) {
  const rows = Math.ceil(bytes / 100_000);
  return runSql(database, `
    CREATE TABLE IF NOT EXISTS filler (bytes);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
    INSERT INTO filler SELECT randomblob(100000) FROM n`);
}

const WRITE = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
db.execute("PRAGMA synchronous = OFF")
db.execute("CREATE TABLE load (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER)")
db.execute("INSERT INTO load (a, b) VALUES " + ",".join(["(0, 0)"] * 500))
while True:
    db.execute("UPDATE load SET a = a + 1, b = b + 1")
    print(flush=True)
`;

// Commits without pause: the table load, in whose every row a is b, and the same in all rows.
export class WriteLoad {
  commits = 0;
  #child;
  #ended;

  constructor(database) {
    this.#child = spawn("python3", ["-c", WRITE, database], { stdio: ["ignore", "pipe", "inherit"] });
    this.#ended = new Promise((done) => this.#child.once("close", done));
    this.#child.stdout.setEncoding("utf8").on("data", (text) => {
      this.commits += text.split("\n").length - 1;
    });
  }

  async stop() {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
