"""A server of the program, on a free port, with a folder of its own."""

import contextlib
import re
import subprocess
import tempfile
import time
from pathlib import Path

from support.project import BINARY

LIMIT_S = 120  # generous: it only ends what would never end


@contextlib.contextmanager
def server(**environment):
    """Gives its port. It has this environment, and defaults for all else."""
    with tempfile.TemporaryDirectory(prefix="coppice-server-") as folder:
        log = Path(folder) / "log"
        env = {"PORT": "0", "DATABASE_PATH": f"{folder}/test.db",
               "ADMIN_SOCKET": f"{folder}/admin.sock", "CRASH_PATH": f"{folder}/crashes", "LOG_FORMAT": "text",
               **environment}
        with log.open("w") as out, subprocess.Popen([BINARY, "server"], cwd=folder, env=env,
                                                    stdout=out, stderr=out) as child:
            try:
                yield _port(child, log)
            finally:
                child.terminate()


def _port(child, log):
    deadline = time.monotonic() + LIMIT_S
    while not (found := re.search(r"listens on port (\d+)", log.read_text())):
        if child.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the server does not listen:\n{log.read_text()}")
        time.sleep(0.02)
    return int(found[1])
