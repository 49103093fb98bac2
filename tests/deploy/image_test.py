"""The root of the image serves: without root, read-only, as the first process.

Here it is put together from this machine's release by what the Dockerfile runs. With
COPPICE_IMAGE, a JSON of {"root", "user", "environment", "entrypoint", "command", "health"}, it is
that of an image that has been built.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from support import dockerfile
from support.container import Container, why_no_container
from support.project import BINARY, ROOT, text_of

MOST_BYTES = 60 << 20
MOST_PROGRAM_BYTES = 12_000_000
SECRET = "s" * 64


def image_of_this_machine(folder):
    """What the Dockerfile's last stage makes, of the release that is built here."""
    root = Path(folder) / "root"
    subprocess.run(["scripts/image-root", str(BINARY), str(root)], cwd=ROOT, check=True,
                   capture_output=True, text=True)
    (root / "data").mkdir()
    runtime = dockerfile.parse(text_of("Dockerfile"))[1][-1]
    environment = runtime.environment()
    return {"root": str(root), "user": runtime.one("USER").value,
            "environment": {k: re.sub(r"\$\{\w+\}", "", v) for k, v in environment.items()},
            "entrypoint": runtime.one("ENTRYPOINT").words(), "command": runtime.one("CMD").words(),
            "health": json.loads(runtime.one("HEALTHCHECK").value.removeprefix("CMD "))}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


NO_CONTAINER = why_no_container()


@unittest.skipIf(NO_CONTAINER and "COPPICE_IMAGE" not in os.environ, NO_CONTAINER)
@unittest.skipIf(shutil.which("dpkg-query") is None, "needs Debian, whose files the image has")
class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="coppice-image-")
        cls.addClassCleanup(cls.folder.cleanup)
        os.chmod(cls.folder.name, 0o755)
        given = os.environ.get("COPPICE_IMAGE")
        cls.image = json.loads(given) if given else image_of_this_machine(cls.folder.name)
        cls.root = Path(cls.image["root"])
        cls.user = cls.image["user"]

    def serve(self, volume=None, **environment):
        """A server of the image, on an empty volume or the one given."""
        volume = volume or self.volume()
        self.port = free_port()
        env = {**self.image["environment"], "PORT": str(self.port), "SECRET_KEY_BASE": SECRET,
               **environment}
        command = self.image["entrypoint"] + self.image["command"]
        container = self.enterContext(Container(self.root, volume, self.user, env, command))
        container.wait_until("an answer", lambda: f"listens on port {self.port}" in container.log())
        return container

    def volume(self):
        """An empty folder that the image's user owns, as a volume is when it is first mounted."""
        volume = Path(tempfile.mkdtemp(dir=self.enterContext(
            tempfile.TemporaryDirectory(prefix="coppice-volume-"))))
        os.chmod(volume.parent, 0o755)
        uid, gid = map(int, self.user.split(":"))
        os.chown(volume, uid, gid)
        return volume

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            self.assertEqual(answer.status, 200)
            return json.load(answer)

    def test_has_no_shell_and_nothing_that_gives_privileges(self):
        programs = []
        for path in self.root.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            mode = path.stat().st_mode
            self.assertFalse(mode & 0o6000, path)
            if mode & 0o111 and ".so" not in path.name:
                programs.append(str(path.relative_to(self.root)))
        self.assertEqual(sorted(programs), ["usr/local/bin/coppice", "usr/local/bin/nats-server"])

    def test_only_the_volume_and_temporary_files_can_be_written_by_the_user(self):
        uid = int(self.user.split(":")[0])
        writable = {str(path.relative_to(self.root)) for path in self.root.rglob("*")
                    if not path.is_symlink()
                    and (path.stat().st_uid == uid or path.stat().st_mode & 0o002)}
        self.assertEqual(writable - {"data"}, {"tmp"})

    @unittest.skipUnless("COPPICE_IMAGE" in os.environ, "only what was built has one")
    def test_the_volumes_folder_is_the_users(self):
        data = (self.root / "data").stat()
        self.assertEqual(f"{data.st_uid}:{data.st_gid}", self.user)

    def size(self):
        return sum(path.stat().st_size for path in self.root.rglob("*")
                   if path.is_file() and not path.is_symlink())

    def test_is_small(self):
        self.assertLess(self.size(), MOST_BYTES)

    def test_the_program_is_small_without_the_names_of_its_functions(self):
        bare = Path(self.folder.name) / "bare"
        subprocess.run(["strip", "-o", bare, self.root / "usr/local/bin/coppice"], check=True)
        self.assertLessEqual(bare.stat().st_size, MOST_PROGRAM_BYTES)

    def test_the_program_has_the_names_of_its_functions_and_of_nothing_else(self):
        listed = subprocess.run(["nm", "--defined-only", self.root / "usr/local/bin/coppice"],
                                check=True, capture_output=True, text=True).stdout
        kinds = {line.split()[1].lower() for line in listed.splitlines()}
        self.assertEqual(kinds, {"t", "w"})

    def test_weighs_what_the_page_says(self):
        said = re.search(r"compressed, (\d+) MB unpacked", text_of("docs/deploy.md"))[1]
        self.assertAlmostEqual(self.size() / 1e6, int(said), delta=0.1 * int(said))

    def test_has_the_licence_and_the_package_of_each_library(self):
        packages = {path.name for path in (self.root / "var/lib/dpkg/status.d").iterdir()}
        self.assertLessEqual({"libc6", "libcurl4", "libsqlite3-0", "libssl3"}, packages)
        for name in ["curl", "glibc", "openssl", "sqlite3", "coppice"]:
            self.assertTrue((self.root / f"usr/share/doc/{name}/copyright").is_file(), name)

    def test_serves_without_root_and_with_a_read_only_root(self):
        container = self.serve()
        self.assertEqual(container.status("Uid"), [self.user.split(":")[0]] * 4)
        self.assertEqual(container.status("CapEff"), ["0" * 16])
        self.assertEqual(container.status("NSpid")[-1], "1")
        self.assertIn("ro", container.mounts()["/"])
        self.assertEqual(self.get("/api/health"), {"status": "ok", "app": "coppice"})
        self.assertEqual(self.get("/health")["status"], "healthy")
        self.assertEqual(self.get("/api/posts")["data"], [])

    def test_clients_join_rooms(self):
        self.serve()
        joined = subprocess.run(["node", "tests/deploy/support/join.mjs", str(self.port)],
                                cwd=ROOT, capture_output=True, text=True, timeout=60)
        self.assertEqual(joined.returncode, 0, joined.stderr)

    def test_the_health_check_tells_a_server_that_is_well_from_none(self):
        container = self.serve()
        self.assertEqual(container.run(*self.image["health"]).returncode, 0)
        container.environment["PORT"] = str(free_port())
        self.assertEqual(container.run(*self.image["health"]).returncode, 1)

    def test_operators_commands_work_inside(self):
        tree = self.serve().run("/usr/local/bin/coppice", "tree")
        self.assertEqual(tree.returncode, 0, tree.stderr)
        self.assertIn("writer", tree.stdout)

    def test_sigterm_ends_it_with_0(self):
        container = self.serve()
        self.assertEqual(container.stop("SIGTERM"), 0, container.log())
        self.assertIn("SIGTERM: stopping", container.log())

    def test_reaps_the_orphans_that_it_inherits(self):
        container = self.serve()
        orphan = container.run("/bin/sh", "-c", "sleep 0.3 >/dev/null 2>&1 & echo $!", root="/")
        self.assertEqual(orphan.returncode, 0, orphan.stderr)
        container.wait_until("the orphan's arrival or end", lambda: True)
        container.wait_until("the orphan's end", lambda: not container.children())

    def test_data_outlives_the_container_and_lies_apart(self):
        volume = self.volume()
        container = self.serve(volume)
        added = container.run("/usr/local/bin/coppice", "user", "add", "ada@example.com",
                              "--role", "admin", "--generate-password")
        self.assertEqual(added.returncode, 0, added.stderr)
        backup = container.run("/usr/local/bin/coppice", "backup", "create")
        self.assertEqual(backup.returncode, 0, backup.stderr)
        self.assertEqual(container.stop("SIGTERM"), 0)
        self.assertEqual([path.name for path in (volume / "database").iterdir()], ["coppice.db"])
        for path in (volume / "backups").iterdir():
            self.assertRegex(path.name, r"^coppice-.*\.db\.zst$")
        listed = self.serve(volume).run("/usr/local/bin/coppice", "user", "list")
        self.assertIn("ada@example.com", listed.stdout, listed.stderr)

    def test_says_what_is_missing_without_a_secret(self):
        env = {**self.image["environment"], "PORT": "0"}
        command = self.image["entrypoint"] + self.image["command"]
        with Container(self.root, self.volume(), self.user, env, command) as container:
            self.assertEqual(container.wait(), 2)
            self.assertIn("environment variable SECRET_KEY_BASE is missing", container.log())


if __name__ == "__main__":
    unittest.main()
