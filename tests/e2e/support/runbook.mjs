// The pages of docs/operations: the table of messages, and the blocks of commands, which are run as they
// stand, on a machine that is a folder.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./ports.mjs";
import { BINARY, withFolder } from "./server.mjs";

const ROOT = new URL("../../../", import.meta.url);
const LIMIT_MS = 240_000; // only ends what would never end

const textOf = (path) => readFile(new URL(path, ROOT), "utf8");

// {symptom: message} of the table. A row has one message, with which its cell begins; what else is there
// in backticks is a single word, such as the name of a header.
export async function messages() {
  const page = await textOf("docs/operations/troubleshooting.md");
  const rows = page.split("\n").filter((line) => /^\| [^-]/.test(line)).slice(1);
  return new Map(rows.map((row) => {
    const [, symptom, cell] = row.split("|").map((each) => each.trim());
    const [message, ...others] = [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);
    assert.ok(cell.startsWith("`"), `"${symptom}" begins with its message`);
    assert.deepEqual(others.filter((text) => /\s/.test(text)), [], `"${symptom}" has one message`);
    return [symptom, message];
  }));
}

// What matches a message: `<word>` is something, `…` anything.
export function patternOf(message) {
  return new RegExp(message.split(/(<\w+>|…)/).map((part, index) => {
    if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return part === "…" ? ".*" : ".+?";
  }).join(""));
}

// {"PAGE NUMBER": commands} of all pages.
export async function blocks() {
  const found = {};
  for (const page of (await readdir(new URL("docs/operations", ROOT))).sort()) {
    const text = await textOf(`docs/operations/${page}`);
    for (const [index, [, block]] of [...text.matchAll(/^```sh\n(.*?)^```$/gms)].entries()) {
      found[`${page} ${index}`] = block;
    }
  }
  return found;
}

// What the shell has in place of a machine with systemd and a user for the service.
const MACHINE = `
set -euo pipefail
start_service() {
  env -i "PATH=$PATH" "HOME=$HOME" NO_COLOR=1 bash -c \\
    'set -a; . "$0/unit.env"; . "$0/etc/coppice/coppice.env"; exec coppice server' "$MACHINE" \\
    2>>"$MACHINE/log" &
  service=$!
  until curl -fs "localhost:$SERVICE_PORT/health" >/dev/null; do
    kill -0 $service
    sleep 0.1
  done
}
stop_service() {
  [ -z "\${service:-}" ] || { kill "$service" && wait "$service"; }
  service=
}
systemctl() {
  case "$1" in
    start | enable) start_service ;;
    stop) stop_service ;;
    restart) stop_service && start_service ;;
    *) return 2 ;;
  esac
}
runuser() { "\${@:4}"; }
install() {
  local kept=()
  while [ $# -gt 0 ]; do
    case "$1" in
      -o | -g) shift 2 ;;
      *) kept+=("$1") && shift ;;
    esac
  done
  command install "\${kept[@]}"
}
end() {
  for pid in $(jobs -p); do kill -9 "$pid" 2>/dev/null || true; done
}
trap end EXIT
`;

// Runs steps in one shell and returns what they printed: "PAGE NUMBER" for a block, "$ …" for commands
// of a test's own. `prepare` gets the folder that is the machine.
export async function follow(steps, { prepare } = {}) {
  const known = await blocks();
  return await withFolder(async (machine) => {
    const places = ["etc/coppice", "var/lib/coppice/database", "run/coppice", "usr/local/bin", "srv/app"];
    for (const each of places) await mkdir(join(machine, each), { recursive: true });
    await copyFile(BINARY, join(machine, "usr/local/bin/coppice"));
    const [port, drillPort] = [await freePort(), await freePort()];
    const here = (text) => text
      .replace(/(?<![\w.])\/(etc\/coppice|var\/lib\/coppice|run\/coppice|usr\/local\/bin|srv\/app)\b/g,
               `${machine}/$1`)
      .replaceAll("4000", String(port)).replaceAll("4100", String(drillPort))
      .replaceAll("build/release/coppice", BINARY);
    const unit = [...(await textOf("packaging/coppice.service")).matchAll(/^Environment=(.*)$/gm)];
    await writeFile(join(machine, "unit.env"), here(unit.map(([, pair]) => `${pair}\n`).join("")));
    await writeFile(join(machine, "etc/coppice/coppice.env"), `PORT=${port}\n`);
    await prepare?.(machine);
    const script = steps.map((step) =>
      step.startsWith("$ ") ? step.slice(2) : `echo "== ${step}"\n${known[step]}`);
    await writeFile(join(machine, "script"), here([MACHINE, ...script].join("\n")));
    const env = { ...process.env, MACHINE: machine, SERVICE_PORT: String(port), NO_COLOR: "1",
                  PATH: `${machine}/usr/local/bin:${process.env.PATH}` };
    try {
      const { stdout } = await promisify(execFile)("bash", [join(machine, "script")],
        { env, cwd: machine, timeout: LIMIT_MS, maxBuffer: 1 << 24 });
      return stdout;
    } catch (error) {
      const log = await readFile(join(machine, "log"), "utf8").catch(() => "");
      throw new Error(`${error.stdout}\n${error.stderr}\nThe server's log:\n${log}`);
    }
  });
}
