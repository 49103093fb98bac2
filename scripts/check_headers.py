"""Compiles each public header alone, to see that it includes whatever it needs.

Nearly all of the time would go into what the headers include in their turn. So those that include much
of the same are put into groups, and what all of a group include is compiled once for them: this does
not change what a header can see.
"""

import concurrent.futures
import subprocess
import tempfile
from pathlib import Path

import check_includes
from sources import ROOT, Memory, Sources, Unit

GROUP_SIZE = 16


def compile_header(path, flags, *more):
    """What the compiler says; nothing if all is well."""
    result = subprocess.run(["clang++-19", *flags, *more, "-x", "c++-header", str(path)],
                            capture_output=True, text=True, check=False)
    return "" if result.returncode == 0 else result.stderr.strip()


def included(unit, sources):
    """Everything that a header includes, however deep, as the text between `#include` and the end."""
    files = sources.files(unit)
    ours = {f'"{path}"' for path in files - {unit.path}}
    others = {f"<{name}>" for path in files
              for _, delimiter, name in check_includes.includes(path) if delimiter == "<"}
    return ours | others


def groups(units, sources):
    """(units, what all of them include) of each group."""
    within = {unit: included(unit, sources) for unit in units}
    left = sorted(units, key=lambda unit: (-len(within[unit]), unit.name()))
    while left:
        first = within[left[0]]
        left.sort(key=lambda unit: len(first ^ within[unit]))
        group, left = left[:GROUP_SIZE], left[GROUP_SIZE:]
        yield group, set.intersection(*(within[unit] for unit in group))


def check(group, shared):
    """(unit, what the compiler says) of each of a group."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "shared.hpp"
        base.write_text("".join(f"#include {name}\n" for name in sorted(shared, reverse=True)))
        precompiled = base.with_suffix(".pch")
        failed = compile_header(base, group[0].flags, "-o", str(precompiled))
        more = () if failed else ("-include-pch", str(precompiled))
        return [(unit, compile_header(unit.path, unit.flags, "-fsyntax-only", *more))
                for unit in group]


def problems(flags, jobs):
    """A text for each public header that does not compile alone with these flags."""
    sources = Sources(Path(__file__))
    headers = [Unit(ROOT / name, flags) for name in sorted(check_includes.public_headers(ROOT))]
    memory = Memory(headers, sources)
    todo = memory.unknown()
    print(f"headers: {len(todo)} of {len(headers)} changed", flush=True)
    found = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for checked in pool.map(lambda group: check(*group), groups(todo, sources)):
            for unit, text in checked:
                if text:
                    found.append(f"{unit.name()} does not compile alone:\n{text}")
                else:
                    memory.remember(unit)
    memory.keep()
    return found
