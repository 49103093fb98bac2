"""./dev takes servers of several checkouts apart."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = '#!/bin/sh\necho "$PORT $ADMIN_SOCKET $*"\n'


class DevRunTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="coppice-dev-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "scripts").mkdir()
        for name in ["dev", "scripts/common.sh"]:
            shutil.copy(ROOT / name, self.root / name)
        # A checkout in which everything is installed and built.
        (self.root / "scripts/setup.sh").write_text("setup_packages() { :; }\n")
        (self.root / "scripts/build.sh").write_text("build_preset() { :; }\n")
        program = self.root / "build/release/coppice"
        program.parent.mkdir(parents=True)
        program.write_text(PROGRAM)
        program.chmod(0o755)

    def run_dev(self, *arguments, **environment):
        kept = {name: value for name, value in os.environ.items()
                if name not in ["PORT", "ADMIN_SOCKET"]}
        return subprocess.run([self.root / "dev", "run", *arguments], env={**kept, **environment},
                              capture_output=True, text=True)

    def last_line(self, *arguments, **environment):
        return self.run_dev(*arguments, **environment).stdout.splitlines()[-1]

    def test_without_a_port_it_is_the_servers_own_defaults(self):
        self.assertEqual(self.last_line(), "  server")

    def test_a_port_leaves_the_socket_beside_the_checkouts_database(self):
        self.assertEqual(self.last_line("--port", "0"), "0  server")

    def test_a_socket_that_is_given_stays(self):
        line = self.last_line("--port", "4001", ADMIN_SOCKET="/tmp/other.sock")
        self.assertEqual(line, "4001 /tmp/other.sock server")

    def test_other_arguments_go_to_the_server(self):
        self.assertTrue(self.last_line("--port", "0", "--help").endswith(" server --help"))

    def test_a_port_that_is_no_number_is_refused(self):
        for arguments in [["--port"], ["--port", "http"]]:
            done = self.run_dev(*arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn("--port takes a number", done.stderr)


if __name__ == "__main__":
    unittest.main()
