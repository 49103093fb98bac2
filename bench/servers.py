"""The servers that benchmarks put under load: each on a core of its own, from start to end."""

import contextlib
import signal
import socket
import subprocess
import sys
import time

PATIENCE_S = 30


@contextlib.contextmanager
def running(command, port, cpu, log=None):
    """Starts a server on that core; gives its process and its port once it takes connections.

    With "-" for a port the server prints it as its first line of output. It ends when its input
    does, or with SIGTERM. What it logs goes where it costs the least, but is written: to `log`, or
    where our own errors go.
    """
    output = subprocess.PIPE if port == "-" else subprocess.DEVNULL
    with subprocess.Popen(["taskset", "-c", cpu, *command], stdin=subprocess.PIPE, stdout=output,
                          stderr=log, text=True) as server:
        try:
            port = int(server.stdout.readline()) if port == "-" else int(port)
            _wait_for(port)
            yield server, port
        finally:
            server.stdin.close()
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE_S)


def cpu_seconds(pid):
    """User and system time of all threads, to the nanosecond: the clock of the process, whose
    number is made as clock_getcpuclockid() makes it."""
    return time.clock_gettime((~pid << 3) | 2)


def wait_until_idle(pid):
    """Until it does nothing more of its own: what a start costs is nobody's request."""
    until = time.monotonic() + PATIENCE_S
    before = cpu_seconds(pid)
    while time.monotonic() < until:
        time.sleep(0.5)
        now = cpu_seconds(pid)
        if now <= before + 0.01:
            return
        before = now


def _wait_for(port):
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nobody listens on port {port}")
