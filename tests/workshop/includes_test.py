"""The include check: it passes on Coppice itself and finds what it is there to find."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "scripts/check_includes.py"


def check(root):
    return subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True,
                          check=False)


class IncludesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_refused(self, sentence):
        result = check(self.root)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(sentence, result.stdout)

    def test_coppice_respects_the_direction(self):
        result = check(ROOT)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_allows_what_points_down(self):
        self.write("src/db/a.cpp", '#include "db/a.hpp"\n#include "actors/b.hpp"\n')
        self.assertEqual(check(self.root).returncode, 0)

    def test_refuses_what_points_up(self):
        self.write("src/actors/a.hpp", '#pragma once\n#include "supervisor/b.hpp"\n')
        self.assert_refused("src/actors/a.hpp:2: includes supervisor/b.hpp, but actors must not")

    def test_refuses_siblings_that_know_each_other(self):
        self.write("tests/net/a_test.cpp", '#include "db/b.hpp"\n')
        self.assert_refused("net must not depend on db")

    def test_refuses_beast_outside_the_named_files(self):
        self.write("src/net/a.cpp", "#include <boost/beast/http.hpp>\n")
        self.assert_refused("include Beast")

    def test_refuses_a_library_in_a_public_header(self):
        self.write("src/db/CMakeLists.txt", "coppice_library(db\n  HEADERS a.hpp\n  PUBLIC x)\n")
        self.write("src/db/a.hpp", "#include <sqlite3.h>\n")
        self.assert_refused("must not expose")

    def test_refuses_a_path_relative_to_the_file(self):
        self.write("src/db/a.cpp", '#include "a.hpp"\n')
        self.assert_refused("named from src/")


if __name__ == "__main__":
    unittest.main()
