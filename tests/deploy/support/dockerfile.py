"""Reads a Dockerfile: stages with their instructions, in order."""

import json
import re
import shlex
from dataclasses import dataclass, field


@dataclass
class Instruction:
    name: str  # in capitals
    flags: dict  # --from=builder is {"from": "builder"}
    value: str

    def words(self):
        """The arguments of the JSON form; otherwise split as a shell does."""
        if self.value.startswith("["):
            return json.loads(self.value)
        return shlex.split(self.value)

    def pairs(self):
        """{name: value} of ENV and LABEL."""
        return dict(word.split("=", 1) for word in self.words())


@dataclass
class Stage:
    base: str
    name: str
    instructions: list = field(default_factory=list)

    def all(self, name):
        return [each for each in self.instructions if each.name == name]

    def one(self, name):
        found = self.all(name)
        if len(found) != 1:
            raise AssertionError(f"stage {self.name} has {len(found)} × {name}")
        return found[0]

    def environment(self):
        out = {}
        for each in self.all("ENV"):
            out |= each.pairs()
        return out


def parse(text):
    """(arguments before the first stage, stages)."""
    arguments, stages = {}, []
    for name, flags, value in _instructions(text):
        if name == "FROM":
            base, stage = re.fullmatch(r"(\S+)(?: AS (\S+))?", value).groups()
            stages.append(Stage(base, stage))
        elif stages:
            stages[-1].instructions.append(Instruction(name, flags, value))
        else:
            argument, _, default = value.partition("=")
            arguments[argument] = default
    return arguments, stages


def _instructions(text):
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        name, rest = line.strip().split(None, 1)
        flags = {}
        while found := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
            flags[found[1]] = found[2]
            rest = rest[found.end():]
        yield name.upper(), flags, re.sub(r"\s+", " ", rest).strip()
