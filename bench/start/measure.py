"""Starts one program once and measures it: measure.py WHAT NAME SUFFIX PORT SECONDS -- COMMAND

WHAT is "start", which prints "NAME start_SUFFIX milliseconds", from the moment before exec to the
first 200 on /api/health; or "idle", which prints memory, context switches and CPU of SECONDS without
a request, after each route has been asked once. The program ends with SIGTERM.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_S = 60
LOOK_S = 0.0002  # between two looks: what a start can be told apart by
SETTLE_S = 3
ASKED = ["/api/posts?limit=20", "/api/posts/post-42", "/api/search?q=rareword", "/api/health"]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


def status_of(port, path):
    """The status of an answer, on a connection of its own; None while nobody listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n".encode())
        head = client.recv(64)
        while client.recv(65536):
            pass
        return int(head.split()[1]) if head else None
    return None


@contextlib.contextmanager
def started(command, port):
    """Gives the process and how many milliseconds it took until it was well."""
    begun = time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, env={**os.environ, "PORT": str(port)}) as server:
        try:
            while status_of(port, "/api/health") != 200:
                if server.poll() is not None or time.monotonic() - begun > PATIENCE_S:
                    sys.exit(f"{command} does not answer")
                time.sleep(LOOK_S)
            yield server, (time.monotonic() - begun) * 1000
        finally:
            server.stdin.close()
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE_S)


def memory_mib(pid):
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    figures = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return {"rss": figures["Rss"] / 1024, "pss": figures["Pss"] / 1024,
            "dirty": figures["Private_Dirty"] / 1024}


def switches(pid):
    """Of all threads; those that end meanwhile take theirs with them."""
    total = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        total += sum(int(line.split()[1]) for line in status.read_text().splitlines()
                     if "voluntary_ctxt_switches" in line)
    return total


def cpu_ms(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS_PER_S


def loaded_mib(pid):
    """The files that it has mapped to run them: the program and its libraries."""
    files = {fields[5] for fields in (line.split(maxsplit=5) for line in
                                      Path(f"/proc/{pid}/maps").read_text().splitlines())
             if len(fields) == 6 and "x" in fields[1] and fields[5].startswith("/")}
    return sum(os.stat(file).st_size for file in files) / MIB


def idle(name, suffix, port, seconds, command):
    with started(command, port) as (server, _):
        for path in ASKED:
            if status_of(port, path) != 200:
                sys.exit(f"{name}: {path} is not answered")
        time.sleep(SETTLE_S)
        before = switches(server.pid), cpu_ms(server.pid)
        time.sleep(seconds)
        figures = {"switches": (switches(server.pid) - before[0]) * 60 / seconds,
                   "cpu": (cpu_ms(server.pid) - before[1]) * 60 / seconds,
                   "loaded": loaded_mib(server.pid),
                   "threads": len(list(Path(f"/proc/{server.pid}/task").iterdir())),
                   **memory_mib(server.pid)}
    for figure, value in figures.items():
        print(name, figure + suffix, value)


def main():
    what, name, suffix, port, seconds, dashes, *command = sys.argv[1:]
    assert dashes == "--"
    if what == "start":
        with started(command, int(port)) as (_, milliseconds):
            print(name, "start" + suffix, milliseconds)
    else:
        idle(name, suffix, int(port), float(seconds), command)


if __name__ == "__main__":
    main()
