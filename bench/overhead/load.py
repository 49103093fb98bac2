"""Puts two builds of the server under the same load in turns, and writes "BUILD NAME VALUE" lines to
RESULTS: for each round and workload the server's CPU time per request in µs, and the requests per
second as NAME_rate.

Usage: load.py RESULTS ROUNDS SERVER-CPU CLIENT-CPU WITH FOLDER WITHOUT FOLDER [WORKLOAD…]

Without a workload, all of WORKLOADS.

Each build is started anew in each round, in its own folder with its own database: where its memory
lies is another chance each time. Within a round the two take turns in short turns, so that what else
the machine does meets both.
"""

import contextlib
import functools
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients import realtime, wrk  # noqa: E402 (the path has to be set first)
from servers import cpu_seconds, running, wait_until_idle  # noqa: E402 (as above)

TURNS = ("with", "without", "without", "with")
SECONDS = 1


def ask(path, name, client_cpu, server, port):
    """CPU time and wall time for each request of a turn of wrk, in seconds."""
    before = cpu_seconds(server.pid)
    requests, rate = wrk(client_cpu, SECONDS, f"http://127.0.0.1:{port}{path}", name)
    return (cpu_seconds(server.pid) - before) / requests, 1 / rate


def talk(workload, _, client_cpu, server, port):
    """The same of a turn of bench_realtime."""
    cpu, rate = (float(line.split()[1]) for line in realtime(
        client_cpu, "channels", port, server.pid, 1000 * SECONDS, workload))
    return 1e-6 * cpu, 1 / rate


WORKLOADS = {
    "health": functools.partial(ask, "/api/health"),
    "pipelined_health": functools.partial(ask, "/api/health"),
    "post": functools.partial(ask, "/api/posts/post-4242"),
    "list": functools.partial(ask, "/api/posts?limit=20"),
    "search": functools.partial(ask, "/api/search?q=rareword"),
    "create": functools.partial(ask, "/api/tags"),
    "echo": functools.partial(talk, "echo"),
    "fan_out": functools.partial(talk, "fan_out,1000,1"),
    "fan_out_16": functools.partial(talk, "fan_out,1000,16"),
    "small_topics": functools.partial(talk, "small_topics"),
    "presence": functools.partial(talk, "presence"),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def started(program, folder, cpu):
    """In a folder of its own: the server imports the content/ that it is started beside."""
    port = free_port()
    command = ["env", "-C", folder, f"PORT={port}", f"DATABASE_PATH={folder}/coppice.db",
               "ADMIN_SOCKET=admin.sock", "COPPICE_SHARDS=1", program, "server"]
    with running(command, port, cpu, log=subprocess.DEVNULL) as (server, _):
        wait_until_idle(server.pid)
        yield server, port


def round_of(builds, server_cpu, client_cpu, workloads):
    """Gives (build, workload, CPU time, wall time) of each build and workload."""
    with contextlib.ExitStack() as stack:
        servers = {build: stack.enter_context(started(program, folder, server_cpu))
                   for build, (program, folder) in builds.items()}
        for name in workloads:
            run = functools.partial(WORKLOADS[name], name, client_cpu)
            for build in servers:
                run(*servers[build])  # warm-up
            turns = [(build, run(*servers[build])) for build in TURNS]
            for build in servers:
                costs = [cost for whose, cost in turns if whose == build]
                yield build, name, *(sum(cost) / len(costs) for cost in zip(*costs))


def main():
    results, rounds, server_cpu, client_cpu, *of_builds = sys.argv[1:9]
    workloads = sys.argv[9:] or list(WORKLOADS)
    builds = {"with": of_builds[:2], "without": of_builds[2:]}
    if unknown := [name for name in workloads if name not in WORKLOADS]:
        sys.exit(f"no workload {' '.join(unknown)}; there are {' '.join(WORKLOADS)}")
    with open(results, "w", encoding="utf-8") as out:
        for number in range(int(rounds)):
            print(f"round {number + 1} of {rounds}", flush=True)
            # Who is started first changes, too.
            order = dict(reversed(builds.items())) if number % 2 else builds
            for build, name, cpu, wall in round_of(order, server_cpu, client_cpu, workloads):
                print(build, name, f"{1e6 * cpu:.4f}", file=out)
                print(build, f"{name}_rate", f"{1 / wall:.1f}", file=out, flush=True)


if __name__ == "__main__":
    main()
