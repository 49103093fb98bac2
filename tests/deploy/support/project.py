"""What the code and the documents say, for tests that hold the deployment's files against it."""

import os
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("COPPICE_BINARY", ROOT / "build/release/coppice")).resolve()


def text_of(path):
    return (ROOT / path).read_text()


def toml_of(path):
    return tomllib.loads(text_of(path))


def yaml_of(path):
    return yaml.safe_load(text_of(path))


@cache
def variables():
    """The names of the program's variables, as the program says."""
    shown = subprocess.run([BINARY, "server", "--help"], check=True, capture_output=True,
                           text=True).stdout
    listed = shown.split("Environment of `coppice server`:\n")[1]
    return re.findall(r"^  ([A-Z][A-Z0-9_]+) ", listed, re.MULTILINE)


@cache
def milliseconds(path, constant):
    """A duration in the code: `constexpr auto NAME = std::chrono::milliseconds(N);`."""
    found = re.search(rf"{constant} = std::chrono::milliseconds\((\d+)\)", text_of(path))
    return int(found[1])


def stop_limit_s():
    """How long the program takes at the most from SIGTERM to its end, but for the writer."""
    return milliseconds("src/app/service.cpp", "kStopLimit") / 1000


def time_to_stop_s():
    """What whoever ends the program has to give it at the least: twice what the README promises, so
    that a busy machine or a slow disk is no reason to be killed."""
    promised = {"five": 5}[re.search(r"exits 0\s+within\s+(\w+) seconds", text_of("README.md"))[1]]
    assert promised > stop_limit_s()
    return 2 * promised


@cache
def routes():
    """The paths that answer GET, as the program says."""
    shown = subprocess.run([BINARY, "routes"], check=True, capture_output=True, text=True).stdout
    return re.findall(r"^GET +(\S+)", shown, re.MULTILINE)


def default_of(name):
    """A variable's default in the README's table."""
    return re.search(rf"^\| `{name}` \| ([^|]*?) *\|", text_of("README.md"), re.MULTILINE)[1]


def seconds(duration):
    """"1m30s" and the like as a number."""
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    parts = re.findall(r"(\d+)(ms|s|m|h)", duration)
    if "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is no duration")
    return sum(int(number) * units[unit] for number, unit in parts)
