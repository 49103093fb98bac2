"""Puts a server under the load of bench_realtime and prints "PROGRAM NAME VALUE" lines.

Usage: load.py PROGRAM DIALECT PORT|- SERVER-CPU CLIENT-CPU MILLISECONDS WORKLOAD… -- COMMAND…

A workload is one argument: its name and its own arguments, with commas in between. The command is
the server; it runs on one core and the load on another. It prints its port as its first line of
output, unless PORT says which it listens on. It ends when its input does, or with SIGTERM.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients import realtime  # noqa: E402 (the path has to be set first)
from servers import running, wait_until_idle  # noqa: E402 (as above)


def main():
    split = sys.argv.index("--")
    program, dialect, port, server_cpu, client_cpu, milliseconds, *workloads = sys.argv[1:split]
    with running(sys.argv[split + 1:], port, server_cpu) as (server, port):
        wait_until_idle(server.pid)
        for workload in workloads:
            for line in realtime(client_cpu, dialect, port, server.pid, milliseconds, workload):
                print(program, line, flush=True)


if __name__ == "__main__":
    main()
