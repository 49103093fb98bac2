"""Runs a program in a root of its own, as a container engine would, without one.

The program is the first process of its process namespace, not root, may gain no privileges, and
sees its root read-only, but for /data and an empty /tmp. The network is the host's.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

# Generous: they only end a test that would never end.
START_LIMIT_S = 120
STOP_LIMIT_S = 60

# The kinds of mounts that ENTER makes, in the folder $1.
PROBE = """
set -e
mount --bind "$1" "$1"
mkdir "$1/tmp" "$1/proc"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
mount -t proc -o ro proc "$1/proc"
mount -o remount,bind,ro "$1"
"""

# $1 root, $2 volume; the rest is the command. Its mounts are its namespace's alone.
ENTER = """
set -e
root=$1 volume=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$volume" "$root/data"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t proc -o ro proc "$root/proc"
mount -o remount,bind,ro "$root"
exec setpriv --no-new-privs "$@"
"""


def why_no_container():
    """What keeps a Container from being made here; None if nothing does."""
    if os.geteuid() != 0:
        return "a root of its own needs root"
    with tempfile.TemporaryDirectory(prefix="coppice-probe-") as folder:
        tried = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "/bin/bash", "-c", PROBE, "probe", folder],
            text=True, stdin=subprocess.DEVNULL, capture_output=True)
    if tried.returncode == 0:
        return None
    return f"a root of its own can't be made: {tried.stderr.strip()}"


class Container:
    """A running program; a context manager, which kills what is left."""

    def __init__(self, root, volume, user, environment, command):
        self.root, self.user, self.environment = Path(root), user, environment
        (self.root / "proc").mkdir(exist_ok=True)
        self._log = (Path(volume).parent / "log").open("w+")
        self._outer = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "/bin/bash", "-c", ENTER,
             "enter", str(root), str(volume), *self._as_user(self.root, command)],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        self.pid = self._first_process()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # While the outer process lives nobody else can have this pid. It does not take the inner
        # one with it: a process that changes its user forgets whose death it should follow.
        if self._outer.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._outer.wait()
        self._log.close()

    def log(self):
        return Path(self._log.name).read_text()

    def run(self, *command, root=None, **options):
        """Runs a command inside, as `docker exec` does; with root="/" one of the host's."""
        enter = ["nsenter", "-t", str(self.pid), "-m", "-p"]
        return subprocess.run([*enter, *self._as_user(root or self.root, command)], text=True,
                              capture_output=True, timeout=60, **options)

    def _as_user(self, root, command):
        """With the environment of the image and nothing else, the PATH of the host included."""
        variables = [f"{name}={value}" for name, value in self.environment.items()]
        return ["env", "-i", *variables, shutil.which("chroot"), f"--userspec={self.user}",
                "--groups=", str(root), *command]

    def mounts(self):
        """{where: options} of what it sees."""
        lines = Path(f"/proc/{self.pid}/mounts").read_text().splitlines()
        return {fields[1]: fields[3].split(",") for fields in map(str.split, lines)}

    def status(self, name):
        """A line of what the kernel knows of the program, such as Uid."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(line.split(":", 1)[1].split() for line in lines if line.startswith(name + ":"))

    def children(self):
        return Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()

    def stop(self, name):
        """Sends it the signal; returns its exit code."""
        os.kill(self.pid, getattr(signal, name))
        return self.wait()

    def wait(self):
        """Waits for its end; returns its exit code."""
        return self._outer.wait(STOP_LIMIT_S)

    def wait_until(self, what, look):
        deadline = time.monotonic() + START_LIMIT_S
        while not (seen := look()):
            if self._outer.poll() is not None:
                raise AssertionError(f"ended with {self._outer.returncode}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} not within {START_LIMIT_S} s:\n{self.log()}")
            time.sleep(0.02)
        return seen

    def _first_process(self):
        outer = self._outer.pid
        children = Path(f"/proc/{outer}/task/{outer}/children")
        return int(self.wait_until("its first process", lambda: children.read_text().split())[0])
