"""Runs the fuzz targets: feeds each with input that it makes up, from its corpus on, until time is up.

A finding is input that breaks one of a target's promises, crashes it, or takes too long. It is kept
under build/fuzz/findings, and the way to run it again is printed. Exits with 1 if there is any.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests/fuzz"
BUILD = ROOT / "build/fuzz"
SECONDS = 60
AT_ONCE = 2
LONGEST_INPUT = 4096  # bytes
INPUT_TIMEOUT_S = 10
MEMORY_LIMIT_MB = 1024
SHOWN_LINES = 25  # of what a program with a finding printed

ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


@dataclass
class Outcome:
    target: str
    seconds: float
    runs: int
    finding: Path | None  # the input
    failed: bool
    output: str

    def line(self):
        ran = f"{self.target:<16} {self.runs:>10,} inputs in {self.seconds:.0f} s"
        if not self.failed:
            return f"{ran}, nothing found"
        return f"{ran}, FOUND {self.finding or 'something without an input'}"


def targets():
    return sorted(path.name for path in (SOURCES / "corpus").iterdir())


def run(target, seconds):
    findings = BUILD / "findings" / target
    grown = BUILD / "corpus" / target  # what earlier runs have found worth trying
    for folder in (findings, grown):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    started = time.monotonic()
    result = subprocess.run(
        [BUILD / f"fuzz_{target}", f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}",
         f"-timeout={INPUT_TIMEOUT_S}", f"-rss_limit_mb={MEMORY_LIMIT_MB}",
         f"-artifact_prefix={findings}/", "-print_final_stats=1", grown,
         SOURCES / "corpus" / target],
        cwd=ROOT, env={**os.environ, **ENV}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    output = result.stdout.decode(errors="replace")
    new = sorted(set(findings.iterdir()) - before)
    return Outcome(target, time.monotonic() - started, count_runs(output),
                   new[0] if new else None, result.returncode != 0, output)


def count_runs(output):
    """libFuzzer ends with statistics, unless it dies; then its last line of progress has to do."""
    total = re.findall(r"^stat::number_of_executed_units: (\d+)$", output, re.MULTILINE)
    progress = re.findall(r"^#(\d+)\s", output, re.MULTILINE)
    return int((total or progress or ["0"])[-1])


def explain(outcome):
    """What a target said of its finding, without the progress before it, and what to do with it."""
    lines = [line for line in outcome.output.splitlines()
             if not re.match(r"(#\d+\s|stat::|\s+NEW_FUNC|INFO: )", line)]
    print("\n".join(f"    {line}" for line in lines[:SHOWN_LINES]))
    if outcome.finding:
        program = (BUILD / f"fuzz_{outcome.target}").relative_to(ROOT)
        finding = outcome.finding.relative_to(ROOT)
        print(f"""  again:   {program} {finding}
  smaller: {program} -minimize_crash=1 -max_total_time=60 {finding}
  mended?  cp {finding} tests/fuzz/corpus/{outcome.target}/WHAT-IT-IS""")


def arguments(argv):
    usage = f"usage: ./dev fuzz [TARGET] [SECONDS], TARGET one of: {', '.join(targets())}"
    chosen, seconds = targets(), SECONDS
    for argument in argv:
        if argument in targets():
            chosen = [argument]
        elif re.fullmatch(r"[1-9]\d*", argument):
            seconds = int(argument)
        else:
            sys.exit(usage)
    return chosen, seconds


def main():
    chosen, seconds = arguments(sys.argv[1:])
    missing = [name for name in chosen if not shutil.which(str(BUILD / f"fuzz_{name}"))]
    if missing:
        sys.exit(f"fuzz: not built: {', '.join(missing)}; ./dev fuzz builds them")
    at_once = min(AT_ONCE, os.cpu_count() or 1)
    failed = []
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(run, target, seconds) for target in chosen]):
            outcome = done.result()
            print(outcome.line(), flush=True)
            if outcome.failed:
                failed.append(outcome.target)
                explain(outcome)
    print(f"{len(chosen) - len(failed)} targets held, {len(failed)} did not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
