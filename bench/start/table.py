"""Prints the table of starts: medians by program, and Coppice's ratio to the others.

Usage: table.py RESULTS; RESULTS has "program name value" lines.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results import read_medians  # noqa: E402 (the path has to be set first)

PROGRAMS = ["coppice", "bun", "node"]
ROWS = [
    ("start_new", "start, making the database, ms", 1),
    ("start_empty", "start, empty database, ms", 1),
    ("start_full", "start, full database, ms", 1),
    ("start_cold", "start, files not in memory, ms", 1),
    ("rss", "idle: resident memory, MiB", 1),
    ("pss", "idle: its share of it, MiB", 1),
    ("dirty", "idle: private and dirty of it, MiB", 1),
    ("switches", "idle: context switches a minute", 0),
    ("cpu", "idle: CPU a minute, ms", 0),
    ("threads", "idle: threads", 0),
    ("program", "program, stripped, MiB", 1),
    ("loaded", "program and its libraries, MiB", 1),
]


def main():
    medians = read_medians(sys.argv[1])
    form = "{:<34}" + "{:>10}" * len(PROGRAMS) + "{:>10}" * (len(PROGRAMS) - 1)
    print(form.format("", *PROGRAMS, *(f"to {program}" for program in PROGRAMS[1:])))
    for name, title, digits in ROWS:
        values = [medians.get((program, name)) for program in PROGRAMS]
        shown = ["-" if value is None else f"{value:,.{digits}f}" for value in values]
        ratios = ["-" if values[0] is None or not theirs else f"{values[0] / theirs:.2f}"
                  for theirs in values[1:]]
        print(form.format(title, *shown, *ratios))


if __name__ == "__main__":
    main()
