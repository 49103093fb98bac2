"""Runs a program with its output captured and a limit on how long it may be silent."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass
class Result:
    output: str
    exit_code: int
    silent: bool

    @property
    def ok(self):
        return self.exit_code == 0 and not self.silent

    def reason(self):
        if self.silent:
            return "silent for too long, killed"
        if self.exit_code < 0:
            return f"signal {signal.Signals(-self.exit_code).name}"
        return f"exit code {self.exit_code}"

    def explain(self):
        return f"{self.output.rstrip()}\n   ({self.reason()})"


def run(argv, cwd, env=None, silence_limit_s=3600):
    """Runs argv; kills it, with what it started, when it prints nothing for silence_limit_s."""
    process = subprocess.Popen(
        argv, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    chunks = []
    last = [time.monotonic()]

    def read():
        while chunk := process.stdout.read1(65536):
            chunks.append(chunk)
            last[0] = time.monotonic()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    silent = False
    try:
        while process.poll() is None:
            if time.monotonic() - last[0] > silence_limit_s:
                silent = True
                break
            reader.join(timeout=0.02 if len(chunks) < 2 else 0.1)
            if not reader.is_alive():
                process.wait(timeout=silence_limit_s)
    except subprocess.TimeoutExpired:
        silent = True
    finally:
        stop(process)
    reader.join(timeout=5)
    process.stdout.close()
    return Result(b"".join(chunks).decode(errors="replace"), process.returncode, silent)


def stop(process):
    """Ends what is left of the program's session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
