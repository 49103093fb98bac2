"""Prints the table of what telemetry costs: medians with and without it, and the ratio, where 1 means
that it costs nothing. Says whether that reaches LEAST.

Usage: table.py RESULTS; RESULTS has "BUILD NAME VALUE" lines, in the order of their rounds.

The ratio is the median of those of the rounds, with the quartiles beside it: the two of a round had
the same minutes, so that much of what disturbs them cancels.
"""

import collections
import statistics
import sys

LEAST = 0.97


def read(path):
    """The values of each (build, name), in order."""
    values = collections.defaultdict(list)
    with open(path, encoding="utf-8") as results:
        for line in results:
            build, name, value = line.split()
            values[build, name].append(float(value))
    return values


def quartiles(ratios):
    return statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3


def print_table(title, names, values, ratio_of, digits):
    form = "{:<28}{:>12}{:>12}{:>9}{:>16}{:>11}"
    print(form.format(title, "with", "without", "ratio", "quartiles", f">= {LEAST}"))
    missed = []
    for name, key in names:
        pair = values["with", key], values["without", key]
        low, middle, high = quartiles([ratio_of(*each) for each in zip(*pair)])
        reached = middle >= LEAST
        if not reached:
            missed.append(name)
        print(form.format(name, *(f"{statistics.median(each):,.{digits}f}" for each in pair),
                          f"{middle:.3f}", f"{low:.3f} to {high:.3f}", "yes" if reached else "no"))
    print()
    return missed


def main():
    values = read(sys.argv[1])
    names = [name for build, name in values if build == "with" and not name.endswith("_rate")]
    costly = print_table("server CPU, µs each", [(name, name) for name in names], values,
                         lambda with_it, without: without / with_it, 2)
    slow = print_table("per second", [(name, f"{name}_rate") for name in names], values,
                       lambda with_it, without: with_it / without, 0)
    for what, missed in (("CPU", costly), ("throughput", slow)):
        verdict = f"not for {', '.join(missed)}" if missed else "for all"
        print(f"at least {LEAST} of the {what} without telemetry: {verdict}")
    if slow:
        sys.exit(1)


if __name__ == "__main__":
    main()
