"""Prints the database table: medians by program, and Coppice's ratio to each other one.

Usage: table.py RESULTS; RESULTS has "program name value" lines.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results import read_medians  # noqa: E402 (the path has to be set first)

PROGRAMS = ["coppice", "plain", "node", "bun"]
INSERTS = [f"insert_{mode}_{callers}" for mode in ("full", "normal") for callers in (1, 8, 64, 512)]
RATES = INSERTS + ["http_full", "http_normal", "point_read", "point_read_asked", "list_20",
                   "search_rare"]
# By where a read runs: through the pool, and on the shard of whoever asks.
PLACES = ["pool", "direct"]
PLACED = [(f"point reads/s, {n} callers", f"point_{{}}_{n}") for n in (1, 8, 64)] + [
    ("  CPU µs per read, 64 callers", "point_{}_64_cpu"),
    ("  µs to the answer, 1 caller, p50", "point_{}_1_p50"),
    ("  µs to the answer, 1 caller, p99", "point_{}_1_p99"),
    ("µs to a neighbour's answer, p50", "neighbour_{}_p50"),
    ("µs to a neighbour's answer, p99", "neighbour_{}_p99")]
ALONE = [("a long read, µs", "long_direct_1_p50"),
         ("a cold point read, µs, p50", "point_read_cold_p50"),
         ("a cold point read, µs, p99", "point_read_cold_p99")]
LATENCIES = ["write_p50", "write_p99", "write_p50_during_backup", "write_p99_during_backup"]


def shown(value):
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def ratio(ours, theirs):
    return "-" if ours is None or theirs is None else f"{ours / theirs:.2f}x"


def print_places(medians):
    form = "{:<38}{:>12}{:>12}{:>16}"
    print("\n" + form.format("where a read runs", *PLACES, "direct to pool"))
    for label, name in PLACED:
        pool, direct = (medians.get(("coppice", name.format(place))) for place in PLACES)
        print(form.format(label, shown(pool), shown(direct), ratio(direct, pool)))
    for label, name in ALONE:
        print(form.format(label, "", shown(medians.get(("coppice", name))), ""))


def main():
    medians = read_medians(sys.argv[1])
    form = "{:<26}{:>12}{:>12}{:>12}{:>12}{:>12}{:>10}{:>10}{:>10}"
    print(form.format("per second", "rows/commit", *PROGRAMS, "to plain", "to node", "to bun"))
    for name in RATES:
        values = [medians.get((program, name)) for program in PROGRAMS]
        print(form.format(name, shown(medians.get(("rows_per_commit", name))), *map(shown, values),
                          *(ratio(values[0], theirs) for theirs in values[1:])))
    print()
    for name in LATENCIES:
        print(f"{name:<26}{shown(medians.get(('coppice', name))):>12} µs")
    beside, alone = (medians.get(("coppice", name)) for name in reversed(LATENCIES[1::2]))
    print(f"{'p99 during / without':<26}{ratio(beside, alone):>12}")
    print_places(medians)


if __name__ == "__main__":
    main()
