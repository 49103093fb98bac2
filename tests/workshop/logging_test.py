"""The check of log lines: it passes on Coppice itself and finds what it is there to find."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "scripts/check_logging.py"


def check(root):
    return subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True,
                          check=False)


class LoggingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, text):
        path = self.root / "src/app/a.cpp"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def test_coppice_says_where_its_lines_come_from(self):
        result = check(ROOT)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_allows_macros_and_what_logs_nothing(self):
        self.write('SPDLOG_INFO("a");\nif (spdlog::should_log(spdlog::level::info)) f();\n'
                   '// not by spdlog::info()\n')
        result = check(self.root)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_refuses_a_function_without_a_source(self):
        self.write('\nspdlog::warn("a");\n')
        result = check(self.root)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("src/app/a.cpp:2: spdlog::warn() leaves no folder", result.stdout)
        self.assertIn("SPDLOG_WARN does", result.stdout)

    def test_refuses_the_one_for_any_level(self):
        self.write("spdlog::log(level, text);\n")
        self.assertIn("SPDLOG_LOGGER_CALL does", check(self.root).stdout)


if __name__ == "__main__":
    unittest.main()
