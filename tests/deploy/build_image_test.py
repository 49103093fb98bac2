"""What `./dev test image` has buildah build, and what it says of what can't be had."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import build_image

# Writes down what it is asked, and reaches no registry.
BUILDAH = """#!/bin/sh
echo "$*" >>"$BUILDAH_LOG"
case "$1" in
  pull) echo "trying" >&2; echo "Error: no route to host" >&2; exit 125 ;;
  inspect) exit 1 ;;
  from) echo working-container ;;
esac
"""


class BuildTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="coppice-build-")))
        program = self.folder / "buildah"
        program.write_text(BUILDAH)
        program.chmod(0o755)
        self.log = self.folder / "log"
        self.log.touch()
        self.enterContext(mock.patch.dict(os.environ, {
            "PATH": f"{self.folder}:{os.environ['PATH']}", "BUILDAH_LOG": str(self.log)}))

    def asked(self, command):
        return [line for line in self.log.read_text().splitlines() if line.startswith(command)]

    def test_each_image_is_a_target_of_its_own(self):
        given = {"DEBIAN": "a-debian", "LITEFS": "a-litefs"}
        names = [build_image.build(given, target) for target in ["runtime", "litefs"]]
        builds = self.asked("build ")
        for name, target, line in zip(names, ["runtime", "litefs"], builds, strict=True):
            self.assertIn(f"--target {target} --tag {name} .", line)
            self.assertIn("--build-arg DEBIAN=a-debian --build-arg LITEFS=a-litefs", line)

    def test_main_builds_both(self):
        built = []
        with mock.patch.multiple(
                build_image, debian=lambda *_: "d", litefs=lambda *_: ("l", None),
                build=lambda _, target: built.append(target) or target,
                compressed_bytes=lambda *_: 1, try_out=lambda *_: True), \
                mock.patch("shutil.which", lambda _: "/bin/true"), \
                mock.patch("os.geteuid", lambda: 0), self.assertRaises(SystemExit) as ended:
            build_image.main()
        self.assertEqual((built, ended.exception.code), (["runtime", "litefs"], 0))

    def test_images_without_a_registry_are_dockers(self):
        for name, full in [("debian:bookworm-slim", "docker.io/library/debian:bookworm-slim"),
                           ("flyio/litefs:0.5.14", "docker.io/flyio/litefs:0.5.14"),
                           ("ghcr.io/someone/else:1", "ghcr.io/someone/else:1"),
                           ("localhost:5000/here:1", "localhost:5000/here:1")]:
            self.assertEqual(build_image.full_name(name), full)

    def test_says_which_stage_was_not_built_and_why(self):
        image, not_built = build_image.litefs("flyio/litefs:0.5.14", self.folder)
        self.assertEqual(not_built, (
            "the stage litefs-binary was not built, since flyio/litefs:0.5.14 can't be pulled "
            "(Error: no route to host): LiteFS itself is a stand-in, all other steps were run"))
        self.assertEqual(self.asked("commit "), [f"commit --rm working-container {image}"])


if __name__ == "__main__":
    unittest.main()
