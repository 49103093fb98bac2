// A service manager that only listens: Node has no datagrams over Unix sockets.
import { spawn } from "node:child_process";
import { until, within } from "./wait.mjs";

const PROGRAM = `
import json, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1].replace("@", "\\0", 1) if sys.argv[1].startswith("@") else sys.argv[1])
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(listener.recv(65536).decode()), flush=True)
`;

// Runs use({address, said, heard}): what was said so far, and a promise that something will be.
export async function withManager(address, use) {
  const child = spawn("python3", ["-c", PROGRAM, address], { stdio: ["ignore", "pipe", "inherit"] });
  const said = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    said.push(...lines.map((line) => JSON.parse(line)));
  });
  const ended = new Promise((done) => child.once("close", done));
  const heard = (what) =>
    until(`the manager to hear ${what}`, () => said.find((line) => what.test(line)));
  try {
    await heard(/^listening$/);
    await use({ address, said, heard });
  } finally {
    child.kill("SIGKILL");
    await within("the manager's end", ended);
  }
}
