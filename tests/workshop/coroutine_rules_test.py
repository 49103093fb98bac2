"""The coroutine rules find each expression that they are there to find, and nothing else."""

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import lint  # noqa: E402 (the path has to be set first)

EXAMPLES = ROOT / "tests/workshop/coroutines.cpp"


class CoroutineRulesTest(unittest.TestCase):
    def test_finds_each_expected_expression_and_nothing_else(self):
        expected = []
        for number, line in enumerate(EXAMPLES.read_text().splitlines(), start=1):
            expected += [(number, rule) for rule in re.findall(r"// expect: ([a-z-]+)", line)]
        found = set()
        for finding in lint.coroutine_rules(EXAMPLES, ("-std=c++23", "-w")):
            match = re.search(r":(\d+):\d+: error: .*\[coroutine-([a-z-]+)\]", finding)
            self.assertTrue(match, finding)
            found.add((int(match[1]), match[2]))
        self.assertEqual(sorted(found), expected)
        self.assertEqual({rule for _, rule in expected}, set(lint.RULES))


if __name__ == "__main__":
    unittest.main()
