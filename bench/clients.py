"""The load that benchmarks put on a server: wrk for HTTP, bench_realtime for channels. Each on a
core of its own."""

import re
import subprocess
import sys
import uuid
from pathlib import Path

GENERATOR = "build/release/bench/bench_realtime"
SCRIPTS = Path(__file__).resolve().parent / "http"


def _script_of(workload):
    for kind, script in (("pipelined", "pipeline.lua"), ("create", "create.lua")):
        if workload.startswith(kind):
            return ["-s", str(SCRIPTS / script)]
    return []


def wrk(cpu, seconds, url, workload=""):
    """64 connections that ask over and over; gives how many requests there were, and how many per
    second. Ends the benchmark if one failed.

    A workload whose name begins with "pipelined" sends sixteen requests at a time; one whose name
    begins with "create" makes tags with the bearer token in BENCH_TOKEN.
    """
    report = subprocess.run(
        ["taskset", "-c", cpu, "wrk", "-t1", "-c64", f"-d{seconds}", *_script_of(workload), url,
         "--", uuid.uuid4().hex],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        sys.exit(f"{url}: not every request succeeded:\n{report}")
    return (int(re.search(r"(\d+) requests in", report)[1]),
            float(re.search(r"Requests/sec:\s+([\d.]+)", report)[1]))


def realtime(cpu, dialect, port, pid, milliseconds, workload):
    """Runs a workload of bench_realtime, its name and its arguments with commas in between; gives
    its results as "NAME VALUE" lines. Ends the benchmark if it failed."""
    result = subprocess.run(
        ["taskset", "-c", cpu, GENERATOR, dialect, str(port), str(pid), str(milliseconds),
         *workload.split(",")],
        stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{workload} failed")
    return result.stdout.splitlines()
