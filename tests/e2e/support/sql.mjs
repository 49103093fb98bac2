// SQL on a database file, past the binary.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

const PROGRAM = `
import json, sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30)
if sys.argv[2] == "script":
    database.executescript(sys.argv[3])
else:
    print(json.dumps(database.execute(sys.argv[3]).fetchall()))
database.close()
`;

const HOLD = `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
`;

async function python(database, kind, text) {
  return (await run("python3", ["-c", PROGRAM, database, kind, text])).stdout;
}

// Runs statements, in a database that is made if there is none.
export async function runSql(database, statements) {
  await python(database, "script", statements);
}

// The rows of one statement, each an array.
export async function querySql(database, statement) {
  return JSON.parse(await python(database, "query", statement));
}

// Has another process hold a transaction that writes for as long as `use` lasts.
export async function whileHeld(database, use) {
  const holder = spawn("python3", ["-c", HOLD, database], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(holder, "close");
  try {
    const [said] = await Promise.race([once(holder.stdout, "data"), ended]);
    if (!String(said).startsWith("held")) throw new Error(`${database} can't be held: ${said}`);
    return await use();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
