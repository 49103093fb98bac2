"""The project's sources: how each compiles, what each is made of, and which were found clean before."""

import hashlib
import json
import os
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import check_includes

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coppice/lint"
CHECKED_FOLDERS = ("src", "tests", "examples", "bench")

# Hold a single third-party include each.
NOT_OURS = {"src/actors/asio.cpp", "src/net/beast.cpp"}


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

    def __init__(self, *rules):
        """`rules` are the files that say what is checked: what they find depends on them, too."""
        self.base = hashlib.sha256()
        for path in (*rules, Path(__file__)):
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


class Memory:
    """Which units were found clean with what they hold now, in whatever checkout that was."""

    def __init__(self, units_to_check, sources):
        CACHE.mkdir(parents=True, exist_ok=True)
        self.prints = {unit: sources.fingerprint(unit) for unit in units_to_check}

    def unknown(self):
        return [unit for unit, print_of in self.prints.items() if not (CACHE / print_of).exists()]

    def remember(self, unit):
        (CACHE / self.prints[unit]).touch()

    def keep(self):
        """Has what is current stay: forget_old() goes by when it was needed last."""
        for print_of in self.prints.values():
            if (CACHE / print_of).exists():
                (CACHE / print_of).touch()


def forget_old():
    """Keeps the last weeks: switching branches back should stay quick."""
    for stamp in CACHE.iterdir():
        if time.time() - stamp.stat().st_mtime > 14 * 86400:
            stamp.unlink(missing_ok=True)
