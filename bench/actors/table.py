"""Prints the actor table: medians by program, and Coppice's ratio to each peer.

Usage: table.py RESULTS < lines of "name count unit"; RESULTS has "program name value" lines.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results import read_medians  # noqa: E402 (the path has to be set first)

LOWER_IS_BETTER = {"idle_bytes", "crash_restart", "crash_restart_reported"}
PROGRAMS = ["coppice", "erlang", "caf"]


def shown(value):
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def ratio(name, ours, theirs):
    if ours is None or theirs is None:
        return "-"
    return f"{theirs / ours if name in LOWER_IS_BETTER else ours / theirs:.1f}x"


def main():
    medians = read_medians(sys.argv[1])
    form = "{:<24}{:>16}{:>16}{:>16}{:>16}{:>12}{:>10}"
    print(form.format("", "unit", *PROGRAMS, "to erlang", "to caf"))
    for line in sys.stdin:
        if not line.strip():
            continue
        name, _, unit = line.split()
        ours, erlang, caf = (medians.get((program, name)) for program in PROGRAMS)
        print(form.format(name, unit, shown(ours), shown(erlang), shown(caf),
                          ratio(name, ours, erlang), ratio(name, ours, caf)))


if __name__ == "__main__":
    main()
