"""The Debian package: made of the built tree, looked into, and as root installed on a copy of this
system that goes away, upgraded, removed and purged."""

import gzip
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support.project import BINARY, ROOT, text_of
from support.system_copy import run_in_copy

TOOLS = ["cmake", "cpack", "dpkg-deb", "dpkg-shlibdeps", "file", "strip"]
STATE = "/var/lib/coppice"
CONFIGURATION = "/etc/coppice/coppice.env"
NEWER = "99.0"  # than every release

def run(*argv, **options):
    done = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{argv[0]}: {done.returncode}\n{done.stdout}")
    return done.stdout


@unittest.skipIf(any(shutil.which(tool) is None for tool in TOOLS), "tools for packages are missing")
@unittest.skipUnless((BINARY.parent / "cmake_install.cmake").exists(), "the program is of no build")
class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="coppice-package-")
        cls.addClassCleanup(cls.folder.cleanup)
        made = run(ROOT / "scripts/package", BINARY.parent, cls.folder.name, cwd=ROOT)
        cls.package = made.strip().splitlines()[-1]
        cls.tree = Path(cls.folder.name) / "tree"
        run("dpkg-deb", "--raw-extract", cls.package, str(cls.tree))
        cls.version = run(BINARY, "--version").split()[-1]

    def field(self, name):
        return run("dpkg-deb", "--field", self.package, name).strip()

    def test_it_is_called_what_it_is(self):
        architecture = run("dpkg", "--print-architecture").strip()
        self.assertEqual(Path(self.package).name, f"coppice_{self.version}_{architecture}.deb")
        self.assertEqual(self.field("Version"), self.version)
        self.assertEqual(self.field("Architecture"), architecture)
        self.assertGreater(int(self.field("Installed-Size")), 1000)

    def test_it_depends_on_the_libraries_that_the_program_is_linked_to(self):
        depends = self.field("Depends")
        for each in ["adduser", "ca-certificates", "libc6 (>= ", "libsqlite3-0 (>= ", "libssl3",
                     "libcurl4", "libsodium23"]:
            self.assertIn(each, depends)

    def test_it_has_these_files_with_these_rights_and_no_others(self):
        shown = [line.split() for line in run("dpkg-deb", "--contents", self.package).splitlines()]
        files = {fields[-1][1:]: (fields[0], fields[1]) for fields in shown
                 if not fields[-1].endswith("/")}
        plain, program = ("-rw-r--r--", "root/root"), ("-rwxr-xr-x", "root/root")
        self.assertEqual(files, {
            "/usr/bin/coppice": program,
            "/usr/lib/systemd/system/coppice.service": plain,
            "/usr/share/man/man1/coppice.1.gz": plain,
            "/usr/share/bash-completion/completions/coppice": plain,
            "/usr/share/zsh/vendor-completions/_coppice": plain,
            "/usr/share/fish/vendor_completions.d/coppice.fish": plain,
            "/usr/share/doc/coppice/copyright": plain,
            CONFIGURATION: ("-rw-------", "root/root"),
        })
        folders = {fields[-1]: fields[0] for fields in shown if fields[-1].endswith("/")}
        self.assertEqual(folders["./etc/coppice/"], "drwx------")

    def test_the_program_can_say_where_it_crashed_and_no_more(self):
        sections = run("readelf", "--sections", str(self.tree / "usr/bin/coppice"))
        self.assertIn(".symtab", sections)
        self.assertNotIn(".debug_info", sections)

    def test_the_unit_is_ours_and_starts_what_the_package_has(self):
        unit = (self.tree / "usr/lib/systemd/system/coppice.service").read_text()
        self.assertEqual(unit.replace("/usr/bin/", "/usr/local/bin/"),
                         text_of("packaging/coppice.service"))
        self.assertIn("\nExecStart=/usr/bin/coppice server\n", unit)
        self.assertIn(f"\nEnvironmentFile={CONFIGURATION}\n", unit)

    def test_the_configuration_is_the_operators(self):
        self.assertEqual((self.tree / "DEBIAN/conffiles").read_text(), f"{CONFIGURATION}\n")
        known = run(BINARY, "server", "--help")
        text = (self.tree / CONFIGURATION[1:]).read_text()
        for name in re.findall(r"^#?([A-Z][A-Z0-9_]*)=", text, re.MULTILINE):
            self.assertRegex(known, rf"(?m)^  {name} ")
        self.assertNotRegex(text, r"(?m)^[^#\n]")

    def test_the_manual_page_and_the_completions_are_the_programs(self):
        share = self.tree / "usr/share"
        page = gzip.decompress((share / "man/man1/coppice.1.gz").read_bytes()).decode()
        self.assertEqual(page, run(BINARY, "man"))
        for shell, path in [("bash", "bash-completion/completions/coppice"),
                            ("zsh", "zsh/vendor-completions/_coppice"),
                            ("fish", "fish/vendor_completions.d/coppice.fish")]:
            self.assertEqual((share / path).read_text(), run(BINARY, "completion", shell))

    @unittest.skipIf(shutil.which("shellcheck") is None, "no shellcheck here")
    def test_the_scripts_are_clean(self):
        run("shellcheck", "-x", *(f"packaging/debian/{name}" for name in ["postinst", "prerm", "postrm"]),
            "scripts/package", cwd=ROOT)

    def in_a_copy(self, script):
        """What a script prints that is run on a copy of this system, beside /coppice.deb."""
        return run_in_copy(self, INSTALL + script, [(self.package, "/coppice.deb")])

    def test_it_installs_with_a_user_and_a_folder_and_starts_nothing(self):
        said = self.in_a_copy(f"""
            coppice --version
            getent passwd coppice
            stat -c '%n %U %G %a' {STATE} {CONFIGURATION}
            dpkg --verify coppice
            man --where coppice || ls /usr/share/man/man1/coppice.1.gz
        """)
        self.assertIn("put a SECRET_KEY_BASE into", said)
        self.assertIn(f"\ncoppice {self.version}\n", said)
        self.assertRegex(said, rf"\ncoppice:x:\d+:\d+:Coppice,*:{STATE}:/usr/sbin/nologin\n")
        self.assertIn(f"\n{STATE} coppice coppice 750\n", said)
        self.assertIn(f"\n{CONFIGURATION} root root 600\n", said)
        self.assertIn("/usr/share/man/man1/coppice.1.gz", said)

    def test_what_it_installs_serves_as_its_user(self):
        said = self.in_a_copy(f"""
            echo "SECRET_KEY_BASE=$(coppice secret)" >>{CONFIGURATION}
            echo PORT=0 >>{CONFIGURATION}
            sed -n 's/^Environment=//p' /usr/lib/systemd/system/coppice.service >/unit.env
            install -d -o coppice -g coppice -m 750 /run/coppice
            set -a; . /unit.env; . {CONFIGURATION}; set +a
            cd {STATE}
            umask 077
            setpriv --reuid coppice --regid coppice --clear-groups coppice server 2>/log &
            for i in $(seq 300); do grep -q 'listens on port' /log && break; sleep 0.2; done
            coppice tree >/tree && grep -q database /tree && echo the tree is up
            kill %1 && wait %1 && echo it has ended well
            stat -c '%n %U %a' {STATE}/database/coppice.db
        """)
        self.assertIn("the tree is up\n", said)
        self.assertIn("it has ended well\n", said)
        self.assertRegex(said, rf"{STATE}/database/coppice.db coppice 600\n")

    def test_an_upgrade_keeps_what_the_operator_has_written(self):
        said = self.in_a_copy(f"""
            echo SECRET_KEY_BASE=mine >>{CONFIGURATION}
            echo == again
            dpkg --install /coppice.deb
            tail -1 {CONFIGURATION}
        """)
        self.assertTrue(said.endswith("\nSECRET_KEY_BASE=mine\n"), said)
        self.assertNotIn("put a SECRET_KEY_BASE", said.split("== again")[1])

    def test_apt_upgrades_it_and_goes_back_as_the_page_says(self):
        page = " ".join(text_of("docs/operations/upgrades.md").split())
        self.assertIn("`apt install ./coppice_….deb`", page)
        self.assertIn("with `--allow-downgrades`", page)
        said = run_in_copy(self, INSTALL + f"""
            echo SECRET_KEY_BASE=mine >>{CONFIGURATION}
            apt() {{ apt-get install -q -y --no-install-recommends "$@"; }}
            say() {{ echo "== $(dpkg-query -W -f '${{Version}}' coppice) $(coppice --version)"; }}
            apt /newer.deb
            say
            apt --allow-downgrades /coppice.deb
            say
            tail -1 {CONFIGURATION}
        """, [(self.package, "/coppice.deb"), (self.newer_package(), "/newer.deb")])
        program = f"coppice {self.version}"
        self.assertEqual([line for line in said.splitlines() if line.startswith("== ")],
                         [f"== {NEWER} {program}", f"== {self.version} {program}"])
        self.assertTrue(said.endswith("\nSECRET_KEY_BASE=mine\n"), said)

    def newer_package(self):
        """The same under a later version."""
        tree, package = Path(self.folder.name) / "newer", f"{self.folder.name}/newer.deb"
        shutil.copytree(self.tree, tree, symlinks=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {NEWER}", control.read_text()))
        run("dpkg-deb", "--root-owner-group", "--build", str(tree), package)
        return package

    def test_systemd_is_told_of_an_upgrade_and_a_removal(self):
        # A stand-in for systemd, which hears what the scripts say.
        said = self.in_a_copy(f"""
            rm -f /usr/sbin/policy-rc.d
            mkdir -p /run/systemd/system
            printf '#!/bin/sh\\necho "$@" >>/said\\n' >/standin
            install -m 755 /standin "$(command -v systemctl)"
            echo SECRET_KEY_BASE=mine >>{CONFIGURATION}
            dpkg --install /coppice.deb
            echo == upgraded >>/said
            dpkg --remove coppice
            echo ==
            cat /said
        """)
        upgrade, removal = said.rsplit("\n==\n", 1)[1].split("== upgraded\n")
        # Before it restarts the unit, the helper asks whether it is enabled.
        self.assertRegex(upgrade, r"^daemon-reload\n.*is-enabled")
        self.assertRegex(upgrade, r" restart coppice\.service\n$")
        self.assertEqual(removal, "stop coppice.service\ndaemon-reload\n")

    def test_removing_it_leaves_configuration_and_data(self):
        said = self.in_a_copy(f"""
            mkdir {STATE}/database && echo data >{STATE}/database/coppice.db
            dpkg --remove coppice
            ls {CONFIGURATION} {STATE}/database/coppice.db
            command -v coppice || echo no program
        """)
        self.assertTrue(said.endswith(f"\n{CONFIGURATION}\n{STATE}/database/coppice.db\nno program\n"),
                        said)

    def test_purging_it_leaves_nothing_but_data(self):
        gone = self.in_a_copy(f"""
            mkdir -p {STATE}/database {STATE}/crashes && echo x >{STATE}/crashes/x
            dpkg --purge coppice
            for each in /etc/coppice {STATE}; do [ ! -e $each ] && echo "$each is gone"; done
            getent passwd coppice || echo no user
        """)
        self.assertTrue(gone.endswith(f"/etc/coppice is gone\n{STATE} is gone\nno user\n"), gone)
        kept = self.in_a_copy(f"""
            mkdir {STATE}/database && echo data >{STATE}/database/coppice.db
            dpkg --purge coppice
            cat {STATE}/database/coppice.db
            getent passwd coppice | cut -d: -f1
        """)
        self.assertIn(f"coppice: what is in {STATE} stays", kept)
        self.assertTrue(kept.endswith("\ndata\ncoppice\n"), kept)


# Services are not this copy's to start.
INSTALL = """
export DEBIAN_FRONTEND=noninteractive
! getent passwd coppice >/dev/null
dpkg --install /coppice.deb
"""


if __name__ == "__main__":
    unittest.main()
