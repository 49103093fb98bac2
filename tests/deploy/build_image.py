"""Builds the Dockerfile's stages without Docker, tries the image, and says what it weighs.

    ./dev test image     as root, with buildah, debootstrap and a network

Two images are built: the server alone, and the server under LiteFS. Where no registry can be reached,
the Debian that they are built on is made with debootstrap, and a stand-in takes the place of LiteFS's
program: all other steps of that stage are run as well, and what was not built is said at the end. What
it makes goes away, but for the layers that make the next run quicker; `buildah rmi --prune` removes
those too.
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
ARGUMENTS, STAGES = dockerfile.parse(text_of("Dockerfile"))


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


def why_not_pulled(image):
    """Pulls an image; says what prevents that, if anything does."""
    try:
        done = subprocess.run(["buildah", "pull", image], text=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=PULL_LIMIT_S)
    except subprocess.TimeoutExpired:
        return f"no answer within {PULL_LIMIT_S} s"
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


def full_name(image):
    """With the registry that Docker takes for granted, and buildah does not."""
    if "/" not in image:
        return f"docker.io/library/{image}"
    host = image.split("/")[0]
    return image if "." in host or ":" in host or host == "localhost" else f"docker.io/{image}"


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
    why = why_not_pulled(image)
    if why is None:
        return image
    say(f"{image} can't be pulled ({why}); making a Debian with debootstrap")
    root = folder / "debian"
    run("debootstrap", "--variant=minbase", "bookworm", str(root), MIRROR)
    run("chroot", str(root), "apt-get", "clean")
    return image_of(root, name)


def litefs(image, folder):
    """(the image that LiteFS's program is from, what of it could not be had)"""
    why = why_not_pulled(image)
    if why is None:
        return image, None
    program = folder / "litefs/usr/local/bin/litefs"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho 'a stand-in for LiteFS'\n")
    program.chmod(0o755)
    return image_of(folder / "litefs", f"{PREFIX}-litefs-program"), (
        f"the stage {stage_from('LITEFS')} was not built, since {image} can't be pulled ({why}): "
        "LiteFS itself is a stand-in, all other steps were run")


def stage_from(argument):
    """The stage that is built on what an argument names."""
    return next(stage.name for stage in STAGES if stage.base == f"${{{argument}}}")


def build(arguments, target):
    """Builds a stage and those that it needs; returns the name of its image."""
    name = f"{PREFIX}-{target}"
    jobs = os.environ.get("COPPICE_JOBS", "2")
    options = {**arguments, "VERSION": VERSION, "REVISION": "none", "COPPICE_JOBS": jobs}
    given = [word for pair in options.items() for word in ["--build-arg", "=".join(pair)]]
    subprocess.run(["buildah", "build", "--layers", "--isolation", "chroot", "--format", "docker",
                    *given, "--target", target, "--tag", name, "."], cwd=ROOT, check=True)
    return name


def compressed_bytes(image, folder):
    """What a registry stores of it and a machine fetches."""
    pushed = Path(tempfile.mkdtemp(dir=folder))
    run("buildah", "push", "--compression-format", "gzip", image, f"dir:{pushed}")
    manifest = json.loads((pushed / "manifest.json").read_text())
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


def try_out(image, tests, environment_of):
    """Runs tests against the root of an image; returns whether they passed."""
    container = answer_of("buildah", "from", image)
    try:
        root = answer_of("buildah", "mount", container)
        env = {**os.environ, **environment_of(root)}
        return subprocess.run([sys.executable, "-m", "unittest", "discover", "-v", "-s",
                               "tests/deploy", "-p", tests], cwd=ROOT, env=env).returncode == 0
    finally:
        run("buildah", "rm", container)


def main():
    if os.geteuid() != 0:
        sys.exit("this needs root: buildah, debootstrap and namespaces")
    for tool in ["buildah", "debootstrap"]:
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install {tool}")
    with tempfile.TemporaryDirectory(prefix="coppice-image-") as made:
        folder = Path(made)
        program, not_built = litefs(full_name(ARGUMENTS["LITEFS"]), folder)
        given = {"DEBIAN": debian(full_name(ARGUMENTS["DEBIAN"]), folder), "LITEFS": program}
        server, under_litefs = build(given, STAGES[-1].name), build(given, "litefs")
        size = compressed_bytes(server, folder)
        say(f"the image is {size / 1e6:.1f} MB compressed")
        larger = compressed_bytes(under_litefs, folder)
        say(f"under {'a stand-in for ' if not_built else ''}LiteFS it is {larger / 1e6:.1f} MB, "
            "most of it Debian")
        passed = [
            try_out(server, "image_test.py",
                    lambda root: {"COPPICE_IMAGE": json.dumps(describe(server, root))}),
            try_out(under_litefs, "litefs_stage_test.py",
                    lambda root: {"COPPICE_LITEFS_ROOT": root}),
        ]
    if not_built:
        say(not_built)
    if size > MOST_COMPRESSED_BYTES:
        sys.exit(f"the image is larger than {MOST_COMPRESSED_BYTES / 1e6:.0f} MB compressed")
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main()
