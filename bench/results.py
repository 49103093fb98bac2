"""What the benchmarks' tables are made of: the results of several rounds."""

import collections
import statistics


def read_medians(path):
    """The median of each (program, name) of a file of "program name value" lines.

    A value of "-" says that the program has none.
    """
    samples = collections.defaultdict(list)
    with open(path, encoding="utf-8") as results:
        for line in results:
            program, name, value = line.split()
            if value != "-":
                samples[program, name].append(float(value))
    return {key: statistics.median(values) for key, values in samples.items()}
