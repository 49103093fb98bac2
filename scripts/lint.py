"""The static checks: include direction, self-contained headers and clang-tidy with rules of our own.

What passed is remembered by its contents, in the user's cache and so for every checkout, and only
what has changed is checked again. Exits with 1 if anything was found.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import check_includes

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build/lint"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coppice/lint"
JOBS = int(os.environ.get("COPPICE_JOBS", "2"))
TIDY_CONFIG = ROOT / ".clang-tidy"
PLUGIN_SOURCES = sorted((ROOT / "scripts/tidy").glob("*.cpp"))
PLUGIN = WORK / "plugin.so"
CHECKED_FOLDERS = ("src", "tests", "examples", "bench")

# Hold a single third-party include each.
NOT_OURS = {"src/actors/asio.cpp", "src/net/beast.cpp"}

# Source files that are linted as one program: the headers that they share are read once.
BATCH_SIZE = 64


@dataclass(frozen=True)
class Unit:
    """One source file with the flags that it compiles with."""

    path: Path
    flags: tuple

    def name(self):
        return self.path.relative_to(ROOT).as_posix()


def plain_flags(command):
    """The flags of a compile command that matter to a linter: no output, no precompiled header."""
    words = shlex.split(command)
    words = words[next(i for i, word in enumerate(words) if "clang++" in word) + 1:]
    flags = []
    i = 0
    while i < len(words):
        word = words[i]
        if word == "-Xclang":
            i += 2
        elif word in ("-o", "-c"):
            i += 2
        elif word.startswith(("-W", "-g", "-O", "-Winvalid-pch")):
            i += 1
        else:
            flags.append(word)
            i += 1
    return tuple(flags) + ("-w",)


def units():
    commands = json.loads((ROOT / "build/dev/compile_commands.json").read_text())
    found = []
    for entry in commands:
        path = Path(entry["file"])
        if not path.is_relative_to(ROOT) or path.is_relative_to(ROOT / "build"):
            continue
        unit = Unit(path, plain_flags(entry["command"]))
        if unit.name().split("/")[0] in CHECKED_FOLDERS and unit.name() not in NOT_OURS:
            found.append(unit)
    return found


def unlisted(known):
    """Sources that no CMakeLists.txt names, and that are so neither built nor checked."""
    names = {unit.name() for unit in known} | NOT_OURS
    built = [ROOT / "src", ROOT / "examples", *(ROOT / "tests" / f for f in check_includes.MAY_INCLUDE)]
    for folder in built:
        for path in sorted(folder.rglob("*.cpp")):
            name = path.relative_to(ROOT).as_posix()
            if name not in names:
                yield f"{name}: no CMakeLists.txt lists it"


class Sources:
    """Which project files a program is made of, and a hash of what they hold."""

    def __init__(self):
        self.base = hashlib.sha256()
        for path in (TIDY_CONFIG, *PLUGIN_SOURCES, Path(__file__)):
            self.base.update(path.read_bytes())
        version = subprocess.run(["clang-tidy-19", "--version"], capture_output=True, check=True)
        self.base.update(version.stdout)
        self.scanned = {}

    def scan(self, path):
        """(content hash, project headers included) of one file."""
        if path not in self.scanned:
            content = path.read_bytes()
            headers = {found for _, delimiter, name in check_includes.includes(path)
                       if delimiter == '"' and (found := self.header(path, name))}
            self.scanned[path] = (hashlib.sha256(content).digest(), headers)
        return self.scanned[path]

    @staticmethod
    def header(path, name):
        for folder in (ROOT / "src", ROOT / "tests", path.parent):
            if (folder / name).is_file():
                return (folder / name).resolve()
        return None

    def files(self, unit):
        """The unit's file and every project header that it includes, however deep."""
        seen = set()
        waiting = [unit.path]
        while waiting:
            path = waiting.pop()
            if path not in seen:
                seen.add(path)
                waiting += self.scan(path)[1]
        return seen

    def fingerprint(self, unit):
        result = self.base.copy()
        result.update("\0".join(unit.flags).replace(str(ROOT), ".").encode())
        for path in sorted(self.files(unit)):
            result.update(path.relative_to(ROOT).as_posix().encode() + self.scan(path)[0])
        return result.hexdigest()


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
    CACHE.mkdir(parents=True, exist_ok=True)
    known = units()
    sources = Sources()
    prints = {unit: sources.fingerprint(unit) for unit in known}
    todo = [unit for unit in known if not (CACHE / prints[unit]).exists()]
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
                        (CACHE / prints[unit]).touch()
            print(f"  checked {checked} of {len(todo)}", flush=True)
    forget_old_stamps(set(prints.values()))
    return list(findings)


def forget_old_stamps(current):
    """Keeps what is current and the last weeks: switching branches back should stay quick."""
    for stamp in CACHE.iterdir():
        if stamp.name in current:
            stamp.touch()  # another checkout may not know it
        elif time.time() - stamp.stat().st_mtime > 14 * 86400:
            stamp.unlink(missing_ok=True)


def check_headers():
    """Each public header compiled alone."""
    result = subprocess.run(
        ["ninja", "-C", "build/dev", "-j", str(JOBS), "-k", "0", "--quiet",
         "all_verify_interface_header_sets"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    return [] if result.returncode == 0 else [result.stdout + result.stderr]


def configure():
    if not (ROOT / "build/dev/build.ninja").exists():
        subprocess.run(["cmake", "--preset", "dev"], cwd=ROOT, check=True)
    subprocess.run(["ninja", "-C", "build/dev", "--quiet", "build.ninja"], cwd=ROOT, check=True)


def main():
    configure()
    steps = {
        "include direction": lambda: list(check_includes.problems(ROOT)),
        "self-contained headers": check_headers,
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
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
