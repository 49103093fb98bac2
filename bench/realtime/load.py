"""Puts a server under the load of bench_realtime and prints "PROGRAM NAME VALUE" lines.

Usage: load.py PROGRAM DIALECT PORT|- SERVER-CPU CLIENT-CPU MILLISECONDS WORKLOAD… -- COMMAND…

A workload is one argument: its name and its own arguments, with commas in between. The command is
the server; it runs on one core and the load on another. It prints its port as its first line of
output, unless PORT says which it listens on. It ends when its input does, or with SIGTERM.
"""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

GENERATOR = "build/release/bench/bench_realtime"
PATIENCE_S = 30


def wait_for(port):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nobody listens on port {port}")


def cpu_ticks(pid):
    """User and system time of all threads. The name, in brackets, may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


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
    command = ["taskset", "-c", server_cpu, *sys.argv[split + 1:]]
    output = subprocess.PIPE if port == "-" else subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, text=True) as server:
        try:
            port = int(server.stdout.readline()) if port == "-" else int(port)
            wait_for(port)
            wait_until_idle(server.pid)
            for workload in workloads:
                run(program, dialect, port, server, client_cpu, milliseconds, workload)
        finally:
            server.stdin.close()
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE_S)


if __name__ == "__main__":
    main()
