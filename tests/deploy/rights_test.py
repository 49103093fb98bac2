"""What needs rights that a machine doesn't give is skipped there, and says why."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent


@unittest.skipIf(os.geteuid() != 0, "rights can be taken from root only")
class RightsTest(unittest.TestCase):
    def without_mounts(self, module):
        """What the tests of a module say that root runs who may not mount."""
        return subprocess.run(["setpriv", "--bounding-set=-sys_admin", sys.executable, "-m",
                               "unittest", "-v", module], cwd=HERE, capture_output=True, text=True)

    def test_the_image_is_not_served_from(self):
        done = self.without_mounts("image_test")
        self.assertEqual(done.returncode, 0, done.stderr)
        reasons = set(re.findall(r"skipped '?\"?(.*?)'?\"?$", done.stderr, re.MULTILINE))
        self.assertEqual(len(reasons), 1, done.stderr)
        self.assertRegex(*reasons, "a root of its own can't be made: unshare: .+")

    def test_no_system_is_copied(self):
        done = self.without_mounts("litefs_stage_test")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no copy of a system can be made: unshare: ", done.stderr)
        self.assertIn("OK (skipped=2)", done.stderr)


if __name__ == "__main__":
    unittest.main()
