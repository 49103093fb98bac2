"""The servers that benchmarks put under load: each on a core of its own, from start to end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 30


@contextlib.contextmanager
def running(command, port, cpu):
    """Starts a server on that core; gives its process and its port once it takes connections.

    With "-" for a port the server prints it as its first line of output. It ends when its input
    does, or with SIGTERM. What it logs goes where it costs the least, but is written.
    """
    output = subprocess.PIPE if port == "-" else subprocess.DEVNULL
    with subprocess.Popen(["taskset", "-c", cpu, *command], stdin=subprocess.PIPE, stdout=output,
                          text=True) as server:
        try:
            port = int(server.stdout.readline()) if port == "-" else int(port)
            _wait_for(port)
            yield server, port
        finally:
            server.stdin.close()
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE_S)


def cpu_ticks(pid):
    """User and system time of all threads. The name, in brackets, may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _wait_for(port):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nobody listens on port {port}")
