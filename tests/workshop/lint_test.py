"""The lint's programs: sources that are checked together, in parallel with others."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import lint  # noqa: E402 (the path has to be set first)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patched = mock.patch.object(lint, "WORK", Path(folder.name))
        patched.start()
        self.addCleanup(patched.stop)

    def test_two_targets_that_compile_one_file_get_a_program_each(self):
        source = ROOT / "tests/support/print_seed.cpp"
        one = lint.write_batch([lint.Unit(source, ("-DONE",))])
        other = lint.write_batch([lint.Unit(source, ("-DOTHER",))])
        self.assertNotEqual(one, other)

    def test_a_program_includes_each_of_its_sources(self):
        sources = [ROOT / "src/db/writer.cpp", ROOT / "src/db/reader.cpp"]
        program = lint.write_batch([lint.Unit(source, ()) for source in sources]).read_text()
        for source in sources:
            self.assertIn(f'#include "{source}"', program)


if __name__ == "__main__":
    unittest.main()
