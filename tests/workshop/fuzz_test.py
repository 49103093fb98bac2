"""The fuzz runner tells a target that was broken from one that held, and keeps the input."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import fuzz  # noqa: E402 (the path has to be set first)

HOLDS = """#!/bin/sh
echo "#128 pulse cov: 10"
echo "stat::number_of_executed_units: 4096"
"""

BREAKS = """#!/bin/sh
for option; do case "$option" in -artifact_prefix=*) prefix=${option#-artifact_prefix=} ;; esac; done
echo "INFO: Seed: 1"
echo "#128 pulse cov: 10"
echo "what(): no byte is sent twice"
printf 'bytes=0-' > "${prefix}crash-0123"
exit 77
"""


class FuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.build = Path(folder.name).resolve()
        for name, value in (("BUILD", self.build), ("ROOT", self.build)):
            patch = mock.patch.object(fuzz, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def run_target(self, program):
        path = self.build / "fuzz_range"
        path.write_text(program)
        path.chmod(0o755)
        return fuzz.run("range", 1)

    def test_counts_the_inputs_of_a_target_that_holds(self):
        outcome = self.run_target(HOLDS)
        self.assertFalse(outcome.failed)
        self.assertRegex(outcome.line(), r"^range +4,096 inputs in \d+ s, nothing found$")

    def test_keeps_the_input_that_breaks_a_target_and_says_what_to_do_with_it(self):
        outcome = self.run_target(BREAKS)
        self.assertTrue(outcome.failed)
        self.assertEqual(outcome.finding.read_bytes(), b"bytes=0-")
        self.assertEqual(outcome.runs, 128)
        self.assertIn("FOUND", outcome.line())
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            fuzz.explain(outcome)
        self.assertIn("what(): no byte is sent twice", shown.getvalue())
        self.assertNotIn("#128", shown.getvalue())
        self.assertIn("again:   fuzz_range findings/range/crash-0123", shown.getvalue())

    def test_a_program_that_dies_without_an_input_has_failed_all_the_same(self):
        outcome = self.run_target("#!/bin/sh\nexit 1\n")
        self.assertTrue(outcome.failed)
        self.assertIn("something without an input", outcome.line())


class ArgumentsTest(unittest.TestCase):
    def test_takes_a_target_and_seconds_in_any_order(self):
        self.assertEqual(fuzz.arguments([]), (fuzz.targets(), 60))
        self.assertEqual(fuzz.arguments(["http"]), (["http"], 60))
        self.assertEqual(fuzz.arguments(["http", "5"]), (["http"], 5))
        self.assertEqual(fuzz.arguments(["5", "http"]), (["http"], 5))

    def test_refuses_anything_else_and_names_the_targets(self):
        for wrong in (["nonsense"], ["-1"], ["0"], ["1.5"]):
            with self.assertRaisesRegex(SystemExit, "TARGET one of: .*http"):
                fuzz.arguments(wrong)


if __name__ == "__main__":
    unittest.main()
