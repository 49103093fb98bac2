"""The stage `litefs` of the Dockerfile: its instructions are run, then LiteFS's commands, and the
server works as the user and with the rights that litefs.yml gives it.

What they are run on is a copy of this system, which has this machine's release; package lists and
LiteFS itself are left out. With COPPICE_LITEFS_ROOT it is the root of an image that has been built.
"""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import dockerfile
from support.project import BINARY, ROOT, text_of, yaml_of
from support.system_copy import run_in_copy

STAGES = {stage.name: stage for stage in dockerfile.parse(text_of("Dockerfile"))[1]}
STAGE = STAGES["litefs"]
COMMANDS = [each["cmd"] for each in yaml_of("litefs.yml")["exec"]]
GIVEN = os.environ.get("COPPICE_LITEFS_ROOT")

# The mount is a folder of the server's user: LiteFS is a program that this can do without.
SERVE = """
chown coppice /litefs
ulimit -c 0
export SECRET_KEY_BASE=$(printf '%064d' 1) PORT=0
{as_service} /usr/local/bin/coppice server 2>/log &
server=$!
for i in $(seq 600); do
  grep -q 'listens on port' /log && break
  kill -0 $server 2>/dev/null || {{ cat /log; exit 1; }}
  sleep 0.1
done
{as_service} /usr/local/bin/coppice backup create
kill -SEGV $server
wait $server || echo "it has ended with $?"
stat -c '%U %n' /data/*/*
"""


def steps():
    """What RUN runs, but for packages."""
    commands = [command for run in STAGE.all("RUN") for command in run.value.split(" && ")]
    return [each for each in commands if not re.match(r"apt-get |rm -rf /var/lib/apt/", each)]


def exports():
    """The stage's environment for a shell, without the arguments of the build."""
    variables = {name: re.sub(r"\$\{\w+\}", "", value)
                 for name, value in STAGE.environment().items()}
    return "".join(f"export {name}='{value}'\n" for name, value in variables.items())


def as_service():
    """How litefs.yml starts the server: what stands between its variables and the program."""
    return re.search(r"setpriv .*(?= /usr/local/bin/coppice server$)", COMMANDS[-1])[0]


@unittest.skipIf(not GIVEN and shutil.which("dpkg-query") is None,
                 "needs Debian, whose files the image has")
class LitefsStageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="coppice-litefs-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        if not GIVEN:
            subprocess.run(["scripts/image-root", str(BINARY), str(cls.folder / "image")], cwd=ROOT,
                           check=True, capture_output=True, text=True)
            (cls.folder / "usr/local/bin").mkdir(parents=True)
            (cls.folder / "usr/local/bin/litefs").write_text("a stand-in\n")

    def files(self):
        """What COPY copies. A folder's contents are, as in a Dockerfile."""
        for copy in STAGE.all("COPY"):
            source, target = copy.words()
            origin = self.folder if "from" in copy.flags else ROOT
            yield origin / source.lstrip("/"), target

    def in_the_stage(self, script):
        """Runs it with the stage's environment, which a root that is given does not have in it."""
        if GIVEN:
            return run_in_copy(self, exports() + script, system=GIVEN)
        return run_in_copy(self, exports() + "\n".join(steps()) + "\n" + script, self.files())

    def test_has_the_user_the_folders_and_the_files(self):
        said = self.in_the_stage("""
            getent passwd coppice
            stat -c '%n %F' /data /litefs /etc/litefs.yml /usr/local/bin/litefs
            /usr/local/bin/coppice --version
            grep -hx 'Package: nats-server' /var/lib/dpkg/status.d/*
            for each in /var/lib/dpkg/status.d/*; do grep -q '^Version: ' "$each"; done
        """)
        self.assertRegex(said, r"(?m)^coppice:x:65532:65532::/data:/usr/sbin/nologin$")
        for each in ["/data directory", "/litefs directory", "/etc/litefs.yml regular file",
                     "/usr/local/bin/litefs regular file"]:
            self.assertIn(f"{each}\n", said)
        self.assertRegex(said, r"(?m)^coppice \d+\.\d+\.\d+$")
        self.assertIn("Package: nats-server\n", said)

    def test_the_server_keeps_backups_and_crash_reports_on_the_volume(self):
        first, _ = COMMANDS
        said = self.in_the_stage(first + SERVE.format(as_service=as_service()))
        self.assertIn("it has ended with 139\n", said)
        self.assertRegex(said, r"(?m)^coppice /data/backups/coppice-\S+\.db\.zst$")
        self.assertRegex(said, r"(?m)^coppice /data/crashes/\S+$")


if __name__ == "__main__":
    unittest.main()
