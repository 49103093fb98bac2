"""The configure-time compiler check: it refuses g++ 12 and says what to do instead."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

PROBE = Path(__file__).resolve().parent / "probe"


def configure(compiler, folder):
    result = subprocess.run(
        ["cmake", "-S", PROBE, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}"],
        capture_output=True, text=True, check=False)
    # CMake wraps its messages; a test shouldn't care where.
    return result.returncode, re.sub(r"\s+", " ", result.stdout + result.stderr)


def gcc_12():
    for name in ("g++-12", "g++"):
        if shutil.which(name):
            version = subprocess.run([name, "-dumpversion"], capture_output=True, text=True,
                                     check=True).stdout
            if version.split(".")[0].strip() == "12":
                return name
    return None


class CompilerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    @unittest.skipUnless(gcc_12(), "g++ 12 is not installed")
    def test_refuses_a_compiler_that_destroys_twice(self):
        code, output = configure(gcc_12(), self.folder)
        self.assertNotEqual(code, 0)
        self.assertIn("it miscompiles coroutines", output)
        self.assertIn("co_await f(Aggregate{...}), by value", output)
        self.assertIn("apt install clang-19", output)
        self.assertIn("-DCMAKE_CXX_COMPILER=clang++-19", output)

    def test_accepts_clang_19_and_remembers(self):
        code, output = configure("clang++-19", self.folder)
        self.assertEqual(code, 0, output)
        self.assertIn("around co_await - yes", output)
        code, output = configure("clang++-19", self.folder)
        self.assertEqual(code, 0, output)
        self.assertNotIn("around co_await", output)


if __name__ == "__main__":
    unittest.main()
