"""The list of packages has what the tests look for, says why, and starts nothing."""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = [line.split() for line in (ROOT / "scripts/packages").read_text().splitlines()
         if line and not line.startswith("#")]
# Parts of every Debian.
ESSENTIAL = {"bash", "dpkg-query", "script"}


def looked_for():
    """{program: file} of what tests are skipped without."""
    found = {}
    for path in [*ROOT.glob("tests/*/*.py"), *ROOT.glob("tests/e2e/*.mjs")]:
        text = path.read_text()
        names = re.findall(r'(?:which|(?<!\.)\bhas)\("([a-z][a-z+-]*)"\)', text)
        names += re.findall(r'skip\("no ([a-z]+) here"', text)
        for shells in re.findall(r"for \(const shell of \[(.*?)\]\)", text):
            names += re.findall(r'"(\w+)"', shells)
        found |= {name: path.name for name in names}
    return found


class PackagesTest(unittest.TestCase):
    def test_each_line_is_a_group_a_package_and_perhaps_a_command(self):
        groups = {"build", "test", "bench", "package", "image"}
        for line in LINES:
            self.assertIn(len(line), [2, 3], line)
            self.assertIn(line[0], groups, line)
        self.assertEqual(len(LINES), len({tuple(line[:2]) for line in LINES}))

    def test_has_each_program_without_which_a_test_is_skipped(self):
        programs = looked_for()
        self.assertLessEqual({"caddy", "zsh", "fish", "zstd", "groff", "systemd-analyze",
                              "shellcheck"}, set(programs))
        commands = {line[2] for line in LINES if len(line) == 3} | ESSENTIAL
        self.assertEqual({name: file for name, file in programs.items() if name not in commands}, {})

    def test_the_page_says_what_each_is_for(self):
        table = (ROOT / "docs/testing.md").read_text().split("## What tests need")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (`.*?`) \| .+ \|$", table, re.MULTILINE)
        told = sorted(name for row in rows for name in re.findall(r"`([^`]+)`", row))
        self.assertEqual(told, sorted({line[1] for line in LINES if line[0] in ("test", "image")}))


class InstallTest(unittest.TestCase):
    """What installing would do, as root, with a stand-in for apt-get that ends as it is told."""

    def commands(self, systemd, *packages, apt="true"):
        script = f"""
            set -u
            source scripts/common.sh
            source scripts/setup.sh
            has_systemd() {{ {systemd}; }}
            as_root() {{ echo "$*"; [ "$1" != env ] || {apt}; }}
            install_packages {" ".join(packages)} || echo "failed"
        """
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True,
                              check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_a_service_is_neither_started_nor_enabled(self):
        said = self.commands("true", "caddy", "curl")
        self.assertEqual(said[0], "systemctl mask caddy.service")
        self.assertIn("apt-get install", said[1])
        self.assertEqual(said[2:], ["systemctl unmask caddy.service",
                                    "systemctl disable caddy.service"])

    def test_a_service_whose_package_was_not_installed_is_not_left_masked(self):
        said = self.commands("true", "nats-server", apt="false")
        self.assertEqual(said[2:], ["systemctl unmask nats-server.service", "failed"])

    def test_other_packages_have_no_service_to_stop(self):
        self.assertEqual(len(self.commands("true", "curl")), 1)

    def test_without_systemd_there_is_nobody_to_ask(self):
        self.assertEqual(len(self.commands("false", "caddy", "nats-server")), 1)


if __name__ == "__main__":
    unittest.main()
