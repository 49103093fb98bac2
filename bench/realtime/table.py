"""Prints the real-time table: medians by program, and Coppice's ratio to the others.

Usage: table.py RESULTS; RESULTS has "program name value" lines.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results import read_medians  # noqa: E402 (the path has to be set first)

WORKLOADS = ["echo", "fan_out_1000_1", "fan_out_5000_1", "fan_out_1000_16", "fan_out_5000_16",
             "small_topics", "presence"]
MEMORY = ["memory_idle", "memory_joined", "memory_counted"]
PROGRAMS = ["coppice", "bun", "ws"]


def shown(value, digits):
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(ours, theirs):
    return "-" if ours is None or theirs is None else f"{ours / theirs:.2f}"


def print_table(title, names, medians, digits, suffix=""):
    form = "{:<34}" + "{:>12}" * len(PROGRAMS) + "{:>12}" * (len(PROGRAMS) - 1)
    print(form.format(title, *PROGRAMS, *(f"to {program}" for program in PROGRAMS[1:])))
    for name in names:
        values = [medians.get((program, name + suffix)) for program in PROGRAMS]
        print(form.format(name, *(shown(value, digits) for value in values),
                          *(ratio(values[0], theirs) for theirs in values[1:])))
    print()


def main():
    medians = read_medians(sys.argv[1])
    print_table("server CPU, µs each", WORKLOADS, medians, 2)
    print_table("per second", WORKLOADS, medians, 0, "_rate")
    print_table("memory, bytes per connection", MEMORY, medians, 0)


if __name__ == "__main__":
    main()
