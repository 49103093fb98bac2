"""Runs the scripts of a workflow's job, as GitHub's runner does, among stand-ins for programs that
would reach the world: flyctl, gh, curl and docker.

Actions (`uses`) are taken for done.
"""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from support.project import ROOT, yaml_of

# One program under all the names. It writes down what it is asked, and answers by the first entry of
# the world whose words it is asked for: [words, exit code, output].
STAND_IN = """#!/usr/bin/env python3
import json, os, sys
asked = " ".join([os.path.basename(sys.argv[0]), *sys.argv[1:]])
with open(os.environ["ASKED_FOR"], "a") as log:
    token = "with a token" if os.environ.get("FLY_API_TOKEN") else "without a token"
    log.write(json.dumps([asked, token]) + "\\n")
for words, code, output in json.load(open(os.environ["WORLD"])):
    if words in asked:
        print(output)
        sys.exit(code)
"""
NAMES = ["flyctl", "gh", "curl", "docker"]


class Ran:
    """What came of a job: `outcomes` by the steps' names, what was `asked` of the stand-ins, whether
    with a token, the `summary` of the job, what it `said`, and the `values` of its expressions."""

    def __init__(self):
        self.outcomes = {}
        self.asked = []
        self.tokens = {}
        self.summary = ""
        self.said = ""
        self.values = {}

    @property
    def ok(self):
        return "failure" not in self.outcomes.values()

    def asked_for(self, words):
        return [each for each in self.asked if words in each]


def run_job(workflow, job, world, values):
    """Runs a job where `world` answers; `values` are those of expressions, without ${{ }}."""
    text = yaml_of(f".github/workflows/{workflow}.yml")
    with tempfile.TemporaryDirectory(prefix="coppice-workflow-") as folder:
        runner = Runner(Path(folder), text, text["jobs"][job], world, values)
        return runner.run()


class Runner:
    def __init__(self, folder, workflow, job, world, values):
        self.folder = folder
        self.job = job
        self.shell = shell_of(workflow)
        self.values = dict(values)
        self.by_id = {}
        self.ran = Ran()
        (folder / "bin").mkdir()
        for name in NAMES:
            (folder / "bin" / name).write_text(STAND_IN)
            (folder / "bin" / name).chmod(0o755)
        (folder / "world").write_text(json.dumps(world))
        for name in ["asked", "output", "summary"]:
            (folder / name).touch()
        self.env = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder),
            "ASKED_FOR": str(folder / "asked"), "WORLD": str(folder / "world"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_REPOSITORY": values["github.repository"], "GITHUB_SHA": values["github.sha"],
            "ASKED": "2", "PAUSE": "0",  # of .github/await-release
            **self.filled(workflow.get("env", {})), **self.filled(job.get("env", {}))}

    def filled(self, env):
        return {name: re.sub(r"\$\{\{ *(.*?) *\}\}", lambda found: self.values[found[1]], str(value))
                for name, value in env.items()}

    def run(self):
        for step in self.job["steps"]:
            outcome = self.step(step) if self.wanted(step) else "skipped"
            self.ran.outcomes[step.get("name", step.get("uses"))] = outcome
            if "id" in step:
                self.by_id[step["id"]] = outcome
        asked = [json.loads(line) for line in (self.folder / "asked").read_text().splitlines()]
        self.ran.asked = [words for words, _ in asked]
        self.ran.tokens = dict(asked)
        self.ran.values = self.values
        self.ran.summary = (self.folder / "summary").read_text()
        return self.ran

    def wanted(self, step):
        """Of expressions only what these workflows use."""
        condition = step.get("if", "success()")
        condition = re.sub(r"steps\.(\w+)\.outcome", lambda found: repr(self.by_id[found[1]]),
                           condition)
        for theirs, ours in [("success()", str(self.ran.ok)), ("failure()", str(not self.ran.ok)),
                             ("&&", " and "), ("||", " or ")]:
            condition = condition.replace(theirs, ours)
        wanted = eval(condition, {"__builtins__": {}})
        return wanted if "if" in step else wanted and self.ran.ok

    def step(self, step):
        if "uses" in step:
            return "success"
        (self.folder / "script").write_text(step["run"])
        done = subprocess.run([*self.shell, str(self.folder / "script")], cwd=ROOT, text=True,
                              env={**self.env, **self.filled(step.get("env", {}))},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.ran.said += done.stdout
        for line in (self.folder / "output").read_text().splitlines():
            name, value = line.split("=", 1)
            self.values[f"steps.{step.get('id')}.outputs.{name}"] = value
        (self.folder / "output").write_text("")
        return "success" if done.returncode == 0 else "failure"


def shell_of(workflow):
    """GitHub's own choice knows nothing of pipes; the same shell by name does."""
    if workflow.get("defaults", {}).get("run", {}).get("shell") == "bash":
        return ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    return ["bash", "-e"]
