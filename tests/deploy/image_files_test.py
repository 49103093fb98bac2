"""The Dockerfile and .dockerignore agree with the code, and keep what good images keep to."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path, PurePosixPath

from support import dockerfile
from support.project import ROOT, default_of, routes, seconds, text_of, variables

ARGUMENTS, STAGES = dockerfile.parse(text_of("Dockerfile"))
BY_NAME = {stage.name: stage for stage in STAGES}
RUNTIME = STAGES[-1]
SERVING = [RUNTIME, BY_NAME["litefs"]]
USER = "65532"


class DockerfileTest(unittest.TestCase):
    def test_the_last_stage_is_the_server_without_a_system_around_it(self):
        self.assertEqual((RUNTIME.name, RUNTIME.base), ("runtime", "scratch"))
        self.assertEqual(RUNTIME.all("RUN"), [])

    def test_what_is_built_on_is_named_once_and_has_a_version(self):
        self.assertEqual(ARGUMENTS["DEBIAN"], "debian:bookworm-slim")
        for name, image in ARGUMENTS.items():
            self.assertRegex(image, r":(?!latest)", name)
        for stage in STAGES:
            known = ["scratch", *BY_NAME, *(f"${{{name}}}" for name in ARGUMENTS)]
            self.assertIn(stage.base, known)

    def test_the_build_installs_the_packages_of_the_one_list(self):
        (run,) = BY_NAME["tools"].all("RUN")
        self.assertIn("setup_packages build", run.value)
        self.assertNotIn("apt-get install", run.value)

    def test_the_server_is_not_root(self):
        self.assertEqual(RUNTIME.one("USER").value, f"{USER}:{USER}")
        self.assertIn(f"uid={USER}", text_of("scripts/image-root"))
        self.assertIn(f"--uid {USER}", " ".join(run.value for run in BY_NAME["litefs"].all("RUN")))

    def test_the_program_is_the_first_process_itself(self):
        self.assertEqual(RUNTIME.one("ENTRYPOINT").words(), ["/usr/local/bin/coppice"])
        self.assertEqual(RUNTIME.one("CMD").words(), ["server"])
        self.assertEqual(RUNTIME.one("STOPSIGNAL").value, "SIGTERM")

    def test_under_litefs_it_mounts(self):
        litefs = BY_NAME["litefs"]
        self.assertEqual(litefs.one("ENTRYPOINT").words(), ["/usr/local/bin/litefs"])
        self.assertEqual(litefs.one("CMD").words(), ["mount"])
        self.assertIn("fuse3", " ".join(run.value for run in litefs.all("RUN")))

    def test_the_health_check_is_the_programs_own_and_waits_longer_than_it(self):
        for stage in SERVING:
            check = stage.one("HEALTHCHECK")
            command = check.value.removeprefix("CMD ")
            self.assertEqual(command, '["/usr/local/bin/coppice", "health"]')
            self.assertGreater(seconds(check.flags["timeout"]), own_timeout_s())
            self.assertIn("/api/health", routes())

    def test_the_port_is_the_programs_default(self):
        for stage in SERVING:
            self.assertEqual(stage.environment()["PORT"], default_of("PORT"))
            self.assertEqual(stage.one("EXPOSE").value, default_of("PORT"))

    def test_every_variable_exists(self):
        for stage in SERVING:
            for name in stage.environment():
                self.assertIn(name, [*variables(), "PATH"])

    def test_production_with_its_data_on_the_volume(self):
        for stage in SERVING:
            env = stage.environment()
            self.assertEqual(env["COPPICE_ENV"], "prod")
            self.assertEqual(stage.one("VOLUME").words(), ["/data"])
            self.assertTrue(env["BACKUP_PATH"].startswith("/data/"))
            self.assertTrue(env["CRASH_PATH"].startswith("/data/"))
            self.assertNotIn("SECRET_KEY_BASE", env)

    def test_the_databases_folder_holds_databases_only(self):
        for stage in SERVING:
            env = stage.environment()
            folder = PurePosixPath(env["DATABASE_PATH"]).parent
            for name in ["BACKUP_PATH", "CRASH_PATH", "ADMIN_SOCKET"]:
                self.assertNotIn(folder, [PurePosixPath(env[name]), *PurePosixPath(env[name]).parents])
            self.assertNotEqual(folder, PurePosixPath("/data"))

    def test_the_readme_and_the_page_say_the_same_of_its_size(self):
        page = re.search(r"^([\d.]+) MB compressed", text_of("docs/deploy.md"), re.MULTILINE)[1]
        readme = re.search(r"makes an image of about (\d+) MB", text_of("README.md"))[1]
        self.assertEqual(int(readme), round(float(page)))

    def test_labels_say_what_it_is(self):
        for stage in SERVING:
            labels = stage.one("LABEL").pairs()
            for name in ["title", "licenses", "version", "revision"]:
                self.assertIn(f"org.opencontainers.image.{name}", labels)

    def test_no_step_leaves_package_lists_or_pins_nothing_down(self):
        for run in (run for stage in STAGES for run in stage.all("RUN")):
            if "apt-get update" in run.value:
                self.assertIn("rm -rf /var/lib/apt/lists/*", run.value)
            if "apt-get install" in run.value:
                self.assertIn("--no-install-recommends", run.value)

    def test_only_known_files_are_copied_and_none_is_added_from_elsewhere(self):
        for stage in STAGES:
            self.assertEqual(stage.all("ADD"), [])
            for copy in stage.all("COPY"):
                self.assertIn(copy.flags.get("from", "builder"), BY_NAME)


class DockerignoreTest(unittest.TestCase):
    LINES = [line for line in text_of(".dockerignore").splitlines()
             if line and not line.startswith("#")]
    TAKEN = [line[1:] for line in LINES if line.startswith("!")]

    def test_takes_nothing_but_what_is_named(self):
        self.assertEqual(self.LINES[0], "*")
        self.assertEqual(len(self.TAKEN), len(self.LINES) - 1)

    def test_what_is_named_exists_and_is_copied(self):
        copied = [word for stage in STAGES for copy in stage.all("COPY") if "from" not in copy.flags
                  for word in copy.words()[:-1]]
        for name in self.TAKEN:
            self.assertTrue((ROOT / name).exists(), name)
        self.assertEqual(sorted(set(copied)), sorted(self.TAKEN))

    def test_the_build_finds_all_that_it_is_made_of(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="coppice-build-")))
        builder = BY_NAME["builder"]
        for copy in builder.all("COPY"):
            *sources, target = copy.words()
            for source in sources:
                copy_into(folder, ROOT / source, target)
        (run,) = builder.all("RUN")
        configure = re.search(r"cmake --preset release[^&]*", run.value)[0].split()
        # Nothing is compiled: ninja only looks whether it could.
        for command in [configure, ["ninja", "-C", "build/release", "-n", "coppice"]]:
            done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            self.assertEqual(done.returncode, 0, done.stdout)


def copy_into(folder, source, target):
    """As COPY does: what is in a folder, but a file with its name where the target is a folder."""
    if source.is_dir():
        shutil.copytree(source, folder / target)
        return
    place = folder / target / source.name
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, place)


def own_timeout_s():
    return int(re.search(r"int timeout_s = (\d+);", text_of("src/app/cli/health_command.cpp"))[1])


if __name__ == "__main__":
    unittest.main()
