"""Puts a server under wrk's load and prints "PROGRAM NAME VALUE" lines: for each workload the
server's CPU time per request in µs, and the requests per second as NAME_rate.

Usage: load.py PROGRAM SECONDS PORT|- SERVER-CPU CLIENT-CPU NAME=PATH… -- COMMAND…

The command is the server; it runs on one core and wrk on another. It prints its port as its first
line of output, unless PORT says which it listens on. It ends when its input does, or with SIGTERM.
A workload whose name begins with "pipelined" sends sixteen requests at a time; one whose name
begins with "create" makes tags with the bearer token in BENCH_TOKEN.
"""

import re
import subprocess
import sys
import uuid
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from servers import TICKS_PER_S, cpu_ticks, running  # noqa: E402 (the path has to be set first)


def script_of(workload):
    for kind, script in (("pipelined", "pipeline.lua"), ("create", "create.lua")):
        if workload.startswith(kind):
            return ["-s", str(FOLDER / script)]
    return []


def wrk(cpu, seconds, url, script):
    report = subprocess.run(
        ["taskset", "-c", cpu, "wrk", "-t1", "-c64", f"-d{seconds}", *script, url,
         "--", uuid.uuid4().hex],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        sys.exit(f"{url}: not every request succeeded:\n{report}")
    return (int(re.search(r"(\d+) requests in", report)[1]),
            float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1]))


def main():
    split = sys.argv.index("--")
    program, seconds, port, server_cpu, client_cpu, *workloads = sys.argv[1:split]
    with running(sys.argv[split + 1:], port, server_cpu) as (server, port):
        for workload in workloads:
            name, _, path = workload.partition("=")
            url = f"http://127.0.0.1:{port}{path}"
            script = script_of(name)
            wrk(client_cpu, 1, url, script)  # warm-up
            before = cpu_ticks(server.pid)
            requests, rate = wrk(client_cpu, seconds, url, script)
            used = (cpu_ticks(server.pid) - before) / TICKS_PER_S
            print(program, name, f"{1e6 * used / requests:.2f}")
            print(program, f"{name}_rate", f"{rate:.0f}", flush=True)


if __name__ == "__main__":
    main()
