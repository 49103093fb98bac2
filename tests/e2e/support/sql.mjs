// SQL on a database file, past the binary.
import { execFile } from "node:child_process";
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
