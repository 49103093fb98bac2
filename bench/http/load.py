"""Puts a server under wrk's load and prints "PROGRAM NAME VALUE" lines: for each workload the
server's CPU time per request in µs, and the requests per second as NAME_rate.

Usage: load.py PROGRAM SECONDS PORT|- SERVER-CPU CLIENT-CPU NAME=PATH… -- COMMAND…

The command is the server; it runs on one core and wrk on another. It prints its port as its first
line of output, unless PORT says which it listens on. It ends when its input does, or with SIGTERM.
A workload whose name begins with "pipelined" sends sixteen requests at a time; one whose name
begins with "create" makes tags with the bearer token in BENCH_TOKEN.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 30


def cpu_seconds(pid):
    """User and system time of all threads. The name, in brackets, may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def wait_for(port):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nobody listens on port {port}")


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
    command = ["taskset", "-c", server_cpu, *sys.argv[split + 1:]]
    # What it logs goes where it costs the least, but is written.
    output = subprocess.PIPE if port == "-" else subprocess.DEVNULL
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, text=True) as server:
        try:
            port = int(server.stdout.readline()) if port == "-" else int(port)
            wait_for(port)
            for workload in workloads:
                name, _, path = workload.partition("=")
                url = f"http://127.0.0.1:{port}{path}"
                script = script_of(name)
                wrk(client_cpu, 1, url, script)  # warm-up
                before = cpu_seconds(server.pid)
                requests, rate = wrk(client_cpu, seconds, url, script)
                used = cpu_seconds(server.pid) - before
                print(program, name, f"{1e6 * used / requests:.2f}")
                print(program, f"{name}_rate", f"{rate:.0f}", flush=True)
        finally:
            server.stdin.close()
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE_S)


if __name__ == "__main__":
    main()
