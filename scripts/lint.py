"""The static checks: include direction, log lines with their source, self-contained headers and
clang-tidy with rules of our own.

What passed is remembered by its contents, in the user's cache and so for every checkout, and only
what has changed is checked again. Exits with 1 if anything was found.
"""

import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import check_headers
import check_includes
import check_logging
from sources import ROOT, Memory, Sources, forget_old, units, unlisted

WORK = ROOT / "build/lint"
JOBS = int(os.environ.get("COPPICE_JOBS", "2"))
TIDY_CONFIG = ROOT / ".clang-tidy"
PLUGIN_SOURCES = sorted((ROOT / "scripts/tidy").glob("*.cpp"))
PLUGIN = WORK / "plugin.so"

# Source files that are linted as one program: the headers that they share are read once.
BATCH_SIZE = 64


def batches(todo):
    groups = {}
    for unit in todo:
        groups.setdefault((unit.flags, unit.path.parts[:len(ROOT.parts) + 2]), []).append(unit)
    result = []
    for group in groups.values():
        result += [group[i:i + BATCH_SIZE] for i in range(0, len(group), BATCH_SIZE)]
    return sorted(result, key=len, reverse=True)


def write_batch(units_of_batch):
    """The program's name holds the flags: two targets may compile one file, both at the same time."""
    identity = "\0".join([*(unit.name() for unit in units_of_batch), *units_of_batch[0].flags])
    path = WORK / f"{hashlib.sha256(identity.encode()).hexdigest()[:16]}.cpp"
    path.write_text("".join(f'#include "{unit.path}"  // NOLINT(bugprone-suspicious-include)\n'
                            for unit in units_of_batch))
    return path


def tidy(program, flags):
    result = subprocess.run(
        ["clang-tidy-19", "--quiet", f"--load={PLUGIN}", f"--config-file={TIDY_CONFIG}",
         str(program), "--", *flags],
        capture_output=True, text=True, check=False)
    if "load request ignored" in result.stderr:  # it would go on without, as if all were well
        return [result.stderr.strip()]
    text = result.stdout.strip()
    if result.returncode != 0 and not text:
        text = result.stderr.strip() or f"clang-tidy-19 ended with {result.returncode}"
    return re.split(r"\n(?=/\S+:\d+:\d+: (?:error|warning):)", text) if text else []


def parts_apart(batch, findings):
    """The parts of a batch whose files cannot be one program, as they use the same private names."""
    text = "\n".join(findings)
    blamed = set(re.findall(r"^(/\S+?):\d+:\d+: error: .*\[clang-diagnostic-error\]$", text,
                            re.MULTILINE))
    if not blamed or len(batch) == 1:
        return []
    apart = [unit for unit in batch if str(unit.path) in blamed]
    together = [unit for unit in batch if str(unit.path) not in blamed]
    if apart and together:
        return [together, apart]
    middle = len(batch) // 2
    return [batch[:middle], batch[middle:]]


def check(batch):
    """(units, findings) of each program that the batch divides into."""
    program = write_batch(batch)
    found = tidy(program, batch[0].flags)
    program.unlink()
    parts = parts_apart(batch, found)
    if not parts:
        return [(batch, found)]
    return [result for part in parts for result in check(part)]


def build_plugin():
    """Builds what clang-tidy is to load: checks of our own, and a view of our own code only."""
    WORK.mkdir(parents=True, exist_ok=True)
    newest = max(path.stat().st_mtime for path in PLUGIN_SOURCES)
    if PLUGIN.exists() and PLUGIN.stat().st_mtime > newest:
        return
    headers = subprocess.run(["llvm-config-19", "--includedir"], capture_output=True, text=True,
                             check=True).stdout.strip()
    subprocess.run(["clang++-19", "-std=c++17", "-fno-rtti", "-fPIC", "-shared", "-O1",
                    f"-isystem{headers}", *map(str, PLUGIN_SOURCES), "-o", str(PLUGIN)], check=True)


def check_sources():
    """Findings of clang-tidy over all that changed since they had none."""
    known = units()
    sources = Sources(TIDY_CONFIG, *PLUGIN_SOURCES, Path(__file__))
    memory = Memory(known, sources)
    todo = memory.unknown()
    print(f"clang-tidy: {len(todo)} of {len(known)} files changed", flush=True)
    if todo:
        build_plugin()
    findings = dict.fromkeys(unlisted(known))
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        running = [pool.submit(check, batch) for batch in batches(todo)]
        checked = 0
        for done in concurrent.futures.as_completed(running):
            for part, found in done.result():
                checked += len(part)
                findings.update(dict.fromkeys(found))
                text = "\n".join(found)
                for unit in part:
                    if not any(str(path) in text for path in sources.files(unit)):
                        memory.remember(unit)
            print(f"  checked {checked} of {len(todo)}", flush=True)
    memory.keep()
    return list(findings)


def header_flags():
    """Those of the application, which includes every folder's headers."""
    return next(unit.flags for unit in units() if unit.name().startswith("src/app/"))


def configure():
    if not (ROOT / "build/dev/build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev"], cwd=ROOT, check=True)
    subprocess.run(["ninja", "-C", "build/dev", "--quiet", "build.ninja"], cwd=ROOT, check=True)


def main():
    configure()
    steps = {
        "include direction": lambda: list(check_includes.problems(ROOT)),
        "log lines": lambda: list(check_logging.problems(ROOT)),
        "self-contained headers": lambda: check_headers.problems(header_flags(), JOBS),
        "clang-tidy": check_sources,
    }
    failed = False
    for name, step in steps.items():
        started = time.monotonic()
        findings = step()
        failed = failed or bool(findings)
        print("\n".join(findings + [
            f"{name}: {'found ' + str(len(findings)) if findings else 'clean'} "
            f"({time.monotonic() - started:.0f} s)"]), flush=True)
    forget_old()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
