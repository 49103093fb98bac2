"""The coroutine rules find each expression that they are there to find, and nothing else."""

import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import lint  # noqa: E402 (the path has to be set first)

RULES = ROOT / "scripts/tidy/coroutines.cpp"
EXAMPLES = ROOT / "tests/workshop/coroutines.cpp"


class CoroutineRulesTest(unittest.TestCase):
    def test_finds_each_expected_expression_and_nothing_else(self):
        expected = []
        for number, line in enumerate(EXAMPLES.read_text().splitlines(), start=1):
            expected += [(number, rule) for rule in re.findall(r"// expect: ([a-z-]+)", line)]
        lint.build_plugin()
        findings = "\n".join(lint.tidy(EXAMPLES, ("-std=c++23", "-w")))
        found = re.findall(r":(\d+):\d+: error: .*\[coroutine-([a-z-]+),", findings)
        self.assertEqual(sorted((int(line), rule) for line, rule in found), expected)
        rules = re.findall(r'"coroutine-([a-z-]+)"', RULES.read_text())
        self.assertEqual({rule for _, rule in expected}, set(rules))


if __name__ == "__main__":
    unittest.main()
