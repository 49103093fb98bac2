"""Prints the HTTP table: medians by program, and Coppice's ratio to the others.

Usage: table.py RESULTS; RESULTS has "program name value" lines.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results import read_medians  # noqa: E402 (the path has to be set first)

WORKLOADS = ["health", "pipelined_health", "post", "list", "search", "create"]
PROGRAMS = ["coppice", "bun", "nginx"]


def shown(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(ours, theirs):
    return "-" if ours is None or theirs is None else f"{ours / theirs:.2f}"


def print_table(title, medians, suffix, digits):
    form = "{:<28}" + "{:>12}" * len(PROGRAMS) + "{:>12}" * (len(PROGRAMS) - 1)
    print(form.format(title, *PROGRAMS, *(f"to {program}" for program in PROGRAMS[1:])))
    for name in WORKLOADS:
        values = [medians.get((program, name + suffix)) for program in PROGRAMS]
        print(form.format(name, *(shown(value, digits) for value in values),
                          *(ratio(values[0], theirs) for theirs in values[1:])))
    print()


def main():
    medians = read_medians(sys.argv[1])
    print_table("server CPU, µs per request", medians, "", 1)
    print_table("requests per second", medians, "_rate", 0)


if __name__ == "__main__":
    main()
