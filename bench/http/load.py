"""Puts a server under wrk's load and prints "PROGRAM NAME VALUE" lines: for each workload the
server's CPU time per request in µs, and the requests per second as NAME_rate.

Usage: load.py PROGRAM SECONDS PORT|- SERVER-CPU CLIENT-CPU NAME=PATH… -- COMMAND…

The command is the server; it runs on one core and wrk on another. It prints its port as its first
line of output, unless PORT says which it listens on. It ends when its input does, or with SIGTERM.
See clients.py for what the names of workloads mean.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients import wrk  # noqa: E402 (the path has to be set first)
from servers import cpu_seconds, running  # noqa: E402 (as above)


def main():
    split = sys.argv.index("--")
    program, seconds, port, server_cpu, client_cpu, *workloads = sys.argv[1:split]
    with running(sys.argv[split + 1:], port, server_cpu) as (server, port):
        for workload in workloads:
            name, _, path = workload.partition("=")
            url = f"http://127.0.0.1:{port}{path}"
            wrk(client_cpu, 1, url, name)  # warm-up
            before = cpu_seconds(server.pid)
            requests, rate = wrk(client_cpu, seconds, url, name)
            used = cpu_seconds(server.pid) - before
            print(program, name, f"{1e6 * used / requests:.2f}")
            print(program, f"{name}_rate", f"{rate:.0f}", flush=True)


if __name__ == "__main__":
    main()
