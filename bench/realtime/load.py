"""Puts a server under the load of bench_realtime and prints "PROGRAM NAME VALUE" lines.

Usage: load.py PROGRAM DIALECT PORT|- SERVER-CPU CLIENT-CPU MILLISECONDS WORKLOAD… -- COMMAND…

A workload is one argument: its name and its own arguments, with commas in between. The command is
the server; it runs on one core and the load on another. It prints its port as its first line of
output, unless PORT says which it listens on. It ends when its input does, or with SIGTERM.
"""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from servers import PATIENCE_S, cpu_ticks, running  # noqa: E402 (the path has to be set first)

GENERATOR = "build/release/bench/bench_realtime"


def wait_until_idle(pid):
    """Until it does nothing more of its own: what a start costs is nobody's connection."""
    until = time.monotonic() + PATIENCE_S
    before = cpu_ticks(pid)
    while time.monotonic() < until:
        time.sleep(0.5)
        now = cpu_ticks(pid)
        if now <= before + 1:
            return
        before = now


def run(program, dialect, port, server, cpu, milliseconds, workload):
    result = subprocess.run(
        ["taskset", "-c", cpu, GENERATOR, dialect, str(port), str(server.pid), milliseconds,
         *workload.split(",")],
        stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{program}: {workload} failed")
    for line in result.stdout.splitlines():
        print(program, line, flush=True)


def main():
    split = sys.argv.index("--")
    program, dialect, port, server_cpu, client_cpu, milliseconds, *workloads = sys.argv[1:split]
    with running(sys.argv[split + 1:], port, server_cpu) as (server, port):
        wait_until_idle(server.pid)
        for workload in workloads:
            run(program, dialect, port, server, client_cpu, milliseconds, workload)


if __name__ == "__main__":
    main()
