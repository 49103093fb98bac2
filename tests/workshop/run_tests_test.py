"""The test runner counts right, above all when a program ends midway."""

import contextlib
import io
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import processes  # noqa: E402 (the path has to be set first)
import run_tests  # noqa: E402


def ended(output, exit_code=0, silent=False):
    return processes.Result(output, exit_code, silent)


class GoogleTestTest(unittest.TestCase):
    def test_counts_each_outcome_once(self):
        counts = run_tests.parse_googletest(ended(
            "[ RUN      ] A.Passes\n"
            "printed without an end of line[       OK ] A.Passes (0 ms)\n"
            "[ RUN      ] A.Fails/3\n"
            "[  FAILED  ] A.Fails/3, where GetParam() = (1, 2) (5 ms)\n"
            "[ RUN      ] A.Skips\n"
            "[  SKIPPED ] A.Skips (0 ms)\n"
            "[  PASSED  ] 1 test.\n"
            "[  SKIPPED ] 1 test, listed below:\n"
            "[  SKIPPED ] A.Skips\n"
            "[  FAILED  ] 1 test, listed below:\n"
            "[  FAILED  ] A.Fails/3, where GetParam() = (1, 2)\n", exit_code=1), "a_tests (dev)")
        self.assertEqual((counts.passed, counts.skipped), (1, 1))
        self.assertEqual(counts.failures, ["a_tests (dev): A.Fails/3"])
        self.assertEqual(counts.line(), "1 passed, 1 failed, 1 skipped")

    def test_names_the_test_during_which_the_program_died(self):
        counts = run_tests.parse_googletest(ended(
            "[ RUN      ] A.Passes\n[       OK ] A.Passes (0 ms)\n[ RUN      ] A.Dies\n",
            exit_code=-11), "a_tests (asan)")
        self.assertEqual(counts.passed, 1)
        self.assertEqual(counts.failures,
                         ["a_tests (asan): A.Dies ended the program (signal SIGSEGV)"])

    def test_counts_a_bad_exit_after_good_tests(self):
        counts = run_tests.parse_googletest(ended(
            "[ RUN      ] A.Leaks\n[       OK ] A.Leaks (0 ms)\nERROR: LeakSanitizer\n",
            exit_code=1), "a_tests (asan)")
        self.assertEqual(counts.failures, ["a_tests (asan): exit code 1"])

    def test_shows_a_failure_without_the_tests_that_passed(self):
        shown = run_tests.without_passed_tests(
            "[----------] 2 tests from A\n[ RUN      ] A.Good\n[       OK ] A.Good (1 ms)\n\n"
            "[ RUN      ] A.Bad\nExpected: 1\n[  FAILED  ] A.Bad (1 ms)\n")
        self.assertEqual(shown, "[ RUN      ] A.Bad\nExpected: 1\n[  FAILED  ] A.Bad (1 ms)\n")

    def test_no_match_for_the_filter_is_no_failure(self):
        counts = run_tests.parse_googletest(ended("[  PASSED  ] 0 tests.\n"), "a_tests (dev)")
        self.assertEqual(counts.total(), 0)


class NodeTest(unittest.TestCase):
    def test_counts_each_outcome(self):
        counts = run_tests.parse_node(ended("PASS joins\nSKIP leaves: no browser\nFAIL rejoins\n",
                                            exit_code=1), "room.test.mjs")
        self.assertEqual((counts.passed, counts.skipped), (1, 1))
        self.assertEqual(counts.failures, ["room.test.mjs: rejoins"])

    def test_counts_a_file_that_does_not_load(self):
        counts = run_tests.parse_node(ended("SyntaxError", exit_code=1), "room.test.mjs")
        self.assertEqual(counts.failures, ["room.test.mjs: exit code 1"])


class UnittestTest(unittest.TestCase):
    OUTPUT = ("test_serves (image_test.ImageTest.test_serves) ... skipped 'no caddy here'\n"
              "test_mounts (image_test.ImageTest.test_mounts) ... skipped \"it can't mount\"\n"
              "test_is_small (image_test.ImageTest.test_is_small) ... ok\n")

    def test_counts_each_outcome(self):
        counts = run_tests.parse_unittest(ended(self.OUTPUT), "deploy")
        self.assertEqual((counts.passed, counts.skipped, counts.failures), (1, 2, []))

    def test_says_why_a_test_was_skipped(self):
        self.assertEqual(run_tests.unittest_skips(self.OUTPUT),
                         ["test_serves: no caddy here", "test_mounts: it can't mount"])


class SkipsTest(unittest.TestCase):
    OUTPUT = ("[ RUN      ] A.Skips\n/a/b.cpp:7: Skipped\nno corpus here\n\n"
              "[  SKIPPED ] A.Skips (0 ms)\n[ RUN      ] A.Passes\n[       OK ] A.Passes (0 ms)\n")

    def runner(self):
        runner = run_tests.Runner("")
        with contextlib.redirect_stdout(io.StringIO()):
            runner.skipped(run_tests.googletest_skips(self.OUTPUT))
            runner.node_counts(ROOT / "room.test.mjs", ended("SKIP leaves: no browser\nPASS joins\n"))
        return runner

    def test_are_remembered_with_their_reasons(self):
        self.assertEqual(self.runner().skips, ["A.Skips: no corpus here", "leaves: no browser"])

    def test_are_failures_where_they_are_not_expected(self):
        runner = self.runner()
        runner.forbid_skips("no corpus")
        self.assertEqual(runner.counts.failures, ["leaves: no browser (skipped)"])

    def test_that_ci_allows_are_tests_that_say_so(self):
        allowed = re.search(r"^export COPPICE_MAY_SKIP='(.+)'$", (ROOT / ".ci/run").read_text(),
                            re.MULTILINE)[1]
        sources = "".join(path.read_text() for folder in ["app", "e2e", "deploy", "workshop"]
                          for path in (ROOT / "tests" / folder).rglob("*")
                          if path.suffix in (".cpp", ".py", ".mjs") and path != Path(__file__)
                          and "node_modules" not in path.parts)
        for reason in allowed.split("|"):
            self.assertIn(reason, sources)


class ProcessesTest(unittest.TestCase):
    def test_kills_what_stays_silent(self):
        result = processes.run(["sleep", "60"], cwd=ROOT, silence_limit_s=0.1)
        self.assertTrue(result.silent)
        self.assertFalse(result.ok)

    def test_kills_what_a_program_leaves_behind(self):
        result = processes.run(["sh", "-c", "sleep 60 & echo done"], cwd=ROOT)
        self.assertTrue(result.ok)
        self.assertEqual(result.output, "done\n")


if __name__ == "__main__":
    unittest.main()
