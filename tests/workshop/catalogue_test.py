"""The table of supervision cases names tests that exist."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs/supervision-tests.md"
NAME = re.compile(r"`(\w+)\.(\w+)`")
DEFINITION = re.compile(r"^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", re.MULTILINE)


def defined_tests():
    sources = [*ROOT.glob("tests/actors/**/*.cpp"), *ROOT.glob("tests/supervisor/**/*.cpp")]
    return {match for source in sources for match in DEFINITION.findall(source.read_text())}


class CatalogueTest(unittest.TestCase):
    def test_each_case_names_tests_that_exist(self):
        existing = defined_tests()
        for row in TABLE.read_text().splitlines():
            if not re.match(r"\| \d+ ", row):
                continue
            with self.subTest(case=row.split("|")[1].strip()):
                named = NAME.findall(row)
                self.assertTrue(named, "the case has no test")
                self.assertEqual([".".join(each) for each in named if each not in existing], [])

    def test_no_case_is_left_out(self):
        numbers = [int(n) for n in re.findall(r"^\| (\d+) ", TABLE.read_text(), re.MULTILINE)]
        self.assertEqual(numbers, list(range(1, 131)))


if __name__ == "__main__":
    unittest.main()
