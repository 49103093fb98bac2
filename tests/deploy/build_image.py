"""Builds the Dockerfile's stages without Docker, tries the image, and says what it weighs.

    ./dev test image     as root, with buildah, debootstrap and a network

Where no registry can be reached, the Debian that it builds on is made with debootstrap, and a
stand-in takes the place of LiteFS's program: all other steps of that stage are run as well. What it
makes goes away at the end, but for the layers that make the next run quicker; `buildah rmi --prune`
removes those too.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from support import dockerfile
from support.project import ROOT, text_of

MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
PREFIX = "localhost/coppice-check"
VERSION = "image-check"
MOST_COMPRESSED_BYTES = 40_000_000
PULL_LIMIT_S = 120


def say(text):
    print(f"   {text}", flush=True)


def run(*argv, **options):
    """A command whose output is wanted only if it fails."""
    done = subprocess.run(argv, cwd=ROOT, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, argv))}: exit code {done.returncode}")
    return done.stdout.strip()


def answer_of(*argv):
    return subprocess.run(argv, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def can_pull(image):
    return subprocess.run(["buildah", "pull", image], capture_output=True,
                          timeout=PULL_LIMIT_S).returncode == 0


def is_there(image):
    return subprocess.run(["buildah", "inspect", "--type", "image", image],
                          capture_output=True).returncode == 0


def image_of(folder, name):
    """Makes an image of a folder."""
    container = answer_of("buildah", "from", "scratch")
    run("buildah", "add", container, str(folder), "/")
    run("buildah", "commit", "--rm", container, name)
    return name


def debian(image, folder):
    name = f"{PREFIX}-debian"
    if is_there(name):
        return name
    if can_pull(image):
        return image
    say(f"{image} can't be pulled; making a Debian with debootstrap")
    root = folder / "debian"
    run("debootstrap", "--variant=minbase", "bookworm", str(root), MIRROR)
    run("chroot", str(root), "apt-get", "clean")
    return image_of(root, name)


def litefs(image, folder):
    if can_pull(image):
        return image
    say(f"{image} can't be pulled; a stand-in takes its place")
    program = folder / "litefs/usr/local/bin/litefs"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'a stand-in for LiteFS'\n")
    program.chmod(0o755)
    return image_of(folder / "litefs", f"{PREFIX}-litefs-program")


def build(arguments):
    """Builds all stages; returns the name of the last one's image."""
    name = f"{PREFIX}-runtime"
    jobs = os.environ.get("COPPICE_JOBS", "2")
    options = {**arguments, "VERSION": VERSION, "REVISION": "none", "COPPICE_JOBS": jobs}
    given = [word for pair in options.items() for word in ["--build-arg", "=".join(pair)]]
    subprocess.run(["buildah", "build", "--layers", "--isolation", "chroot", "--format", "docker",
                    *given, "--tag", name, "."], cwd=ROOT, check=True)
    return name


def compressed_bytes(image, folder):
    """What a registry stores of it and a machine fetches."""
    run("buildah", "push", "--compression-format", "gzip", image, f"dir:{folder}/pushed")
    manifest = json.loads((folder / "pushed/manifest.json").read_text())
    return sum(layer["size"] for layer in manifest["layers"])


def describe(image, root):
    """What tests/deploy/image_test.py needs of it."""
    config = json.loads(answer_of("buildah", "inspect", "--type", "image", image))
    config = config["Docker"]["config"]
    check = config["Healthcheck"]["Test"]
    assert check[0] == "CMD", check
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION, config["Labels"]
    return {"root": root, "user": config["User"], "entrypoint": config["Entrypoint"],
            "command": config["Cmd"], "health": check[1:],
            "environment": dict(pair.split("=", 1) for pair in config["Env"])}


def try_out(image):
    """Runs the tests of the image's root against what was built."""
    container = answer_of("buildah", "from", image)
    try:
        root = answer_of("buildah", "mount", container)
        env = {**os.environ, "COPPICE_IMAGE": json.dumps(describe(image, root))}
        return subprocess.run([sys.executable, "-m", "unittest", "discover", "-v", "-s",
                               "tests/deploy", "-p", "image_test.py"], cwd=ROOT, env=env).returncode
    finally:
        run("buildah", "rm", container)


def main():
    if os.geteuid() != 0:
        sys.exit("this needs root: buildah, debootstrap and namespaces")
    for tool in ["buildah", "debootstrap"]:
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install {tool}")
    images, _ = dockerfile.parse(text_of("Dockerfile"))
    with tempfile.TemporaryDirectory(prefix="coppice-image-") as made:
        folder = Path(made)
        image = build({"DEBIAN": debian(images["DEBIAN"], folder),
                       "LITEFS": litefs(images["LITEFS"], folder)})
        size = compressed_bytes(image, folder)
        say(f"the image is {size / 1e6:.1f} MB compressed")
        failed = try_out(image)
    if size > MOST_COMPRESSED_BYTES:
        sys.exit(f"the image is larger than {MOST_COMPRESSED_BYTES / 1e6:.0f} MB compressed")
    sys.exit(failed)


if __name__ == "__main__":
    main()
