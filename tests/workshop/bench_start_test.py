"""The benchmark of starts measures a process right, and its table has each figure."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/start"))

import measure  # noqa: E402 (the path has to be set first)

# Writes a number of MiB of its own; says so, and waits.
WRITE = "import sys; own = b'x' * (int(sys.argv[1]) << 20); print(flush=True); sys.stdin.read()"
# Gives its turn away a number of times, when it is told to.
YIELD = """
import sys, time
print(flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[1])): time.sleep(0.001)
print(flush=True)
sys.stdin.read()
"""


def started(test, program, argument):
    child = subprocess.Popen([sys.executable, "-c", program, str(argument)], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    test.addCleanup(child.wait)
    test.addCleanup(child.stdout.close)
    test.addCleanup(child.stdin.close)
    child.stdout.readline()
    return child


class MeasureTest(unittest.TestCase):
    def test_memory_of_its_own_is_told_from_what_is_mapped(self):
        little, much = (measure.memory_mib(started(self, WRITE, mib).pid) for mib in (1, 33))
        self.assertAlmostEqual(much["dirty"] - little["dirty"], 32, delta=2)
        self.assertLess(little["dirty"], little["rss"])

    def test_each_turn_that_a_thread_gives_away_is_a_context_switch(self):
        child = started(self, YIELD, 50)
        before = measure.switches(child.pid)
        child.stdin.write("\n")
        child.stdin.flush()
        child.stdout.readline()
        self.assertGreaterEqual(measure.switches(child.pid) - before, 50)


class TableTest(unittest.TestCase):
    def test_shows_what_idleness_costs(self):
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder) / "results"
            results.write_text("coppice rss 14\ncoppice dirty 6.25\ncoppice switches 300\n"
                               "bun rss 42\nbun dirty 25\nbun switches 1200\n")
            shown = subprocess.run([sys.executable, ROOT / "bench/start/table.py", results],
                                   capture_output=True, text=True, check=True).stdout
        self.assertRegex(shown, r"(?m)^idle: resident memory, MiB +14\.0 +42\.0 +- +0\.33 +-$")
        self.assertRegex(shown, r"(?m)^idle: private and dirty of it, MiB +6\.2 +25\.0 +- +0\.25 +-$")
        self.assertRegex(shown, r"(?m)^idle: context switches a minute +300 +1,200 +- +0\.25 +-$")


if __name__ == "__main__":
    unittest.main()
