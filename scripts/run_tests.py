"""Runs every test of Coppice, or those whose name contains a filter, and counts them.

Goes on after a failure. Ends with one line, "N passed, N failed" (", N skipped" where there are
any), and exits with 1 if anything failed or nothing ran. With COPPICE_MAY_SKIP, an expression, tests that
are skipped and whose "name: why" it doesn't match have failed.
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import processes

ROOT = Path(__file__).resolve().parent.parent
JOBS = os.environ.get("COPPICE_JOBS", "2")
FOLDERS = ["actors", "supervisor", "db", "net", "app", "fuzz"]
# What counts allocations is run as it is shipped, since a sanitizer would falsify it. All else is run
# with sanitizers only: a second build of everything would take too long.
SHIPPED = ["allocation"]
THREADED_FOLDERS = ["actors", "supervisor"]
# End-to-end tests that want the machine for themselves: crowds of clients, and networks under load.
UNDISTURBED = ["network", "partition", "resilience", "storm"]
SILENCE_LIMIT_S = 300  # for a program under test
CHECK_SILENCE_LIMIT_S = 1800  # for a check that compiles
KILLS = 12  # of the crash campaign, as one test among others
KILLS_OF_A_CAMPAIGN = 300
CONCURRENCY_S_OF_A_CAMPAIGN = 60

SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "second_deadlock_stack=1",
}


@dataclass
class Counts:
    """What came of some tests; `failures` are names for people."""

    passed: int = 0
    skipped: int = 0
    failures: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures

    def total(self):
        return self.passed + self.skipped + len(self.failures)

    def line(self):
        text = f"{self.passed} passed, {len(self.failures)} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def at_once(work, items):
    """The results in the order of the items, as many of which are worked on as there are cores."""
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        yield from pool.map(work, items)


class Runner:
    def __init__(self, name_filter):
        self.filter = name_filter
        self.counts = Counts()
        self.skips = []  # "name: why" of each
        self.matching_folders = FOLDERS + SHIPPED

    def wanted(self, name):
        return self.filter in name

    def part(self, title, run):
        """Runs one part, unless the filter leaves nothing of it, and reports its counts."""
        started = time.monotonic()
        print(f"== {title}", flush=True)
        counts = run()
        self.counts.add(counts)
        print(f"   {counts.line()} ({time.monotonic() - started:.0f} s)", flush=True)

    def skipped(self, skips):
        for skip in skips:
            print(f"   skipped: {skip}")
        self.skips += skips

    def forbid_skips(self, but):
        """Counts what was skipped as failed, but for what the expression matches."""
        self.counts.failures += [f"{skip} (skipped)" for skip in self.skips
                                 if not re.search(but, skip)]

    def command(self, name, argv, env=None):
        """A check that is one test: its exit code decides, its output shows if it fails."""
        if not self.wanted(name):
            return Counts()
        result = processes.run(argv, cwd=ROOT, env=env, silence_limit_s=CHECK_SILENCE_LIMIT_S)
        if result.ok:
            return Counts(passed=1)
        print(result.explain())
        return Counts(failures=[name])

    # Building

    def build(self, preset, targets):
        """Builds targets; returns those that failed, having shown why."""
        if not targets:
            return []
        argv = ["ninja", "-C", f"build/{preset}", "-j", JOBS, "-k", "0", "--quiet"]
        if not (ROOT / f"build/{preset}/build.ninja").exists():
            configured = processes.run(["cmake", "--preset", preset], cwd=ROOT)
            if not configured.ok:
                print(configured.explain())
                return list(targets)
        print(f"   building {' '.join(targets)} ({preset})", flush=True)
        built = processes.run(argv + targets, cwd=ROOT)
        if built.ok:
            return []
        print(built.explain())
        return [t for t in targets if not processes.run(argv + [t], cwd=ROOT).ok]

    # GoogleTest

    def unit(self, preset, folders):
        targets = [f"{folder}_tests" for folder in folders]
        counts = Counts()
        broken = self.build(preset, targets)
        for target in targets:
            if target in broken:
                counts.failures.append(f"{target} ({preset}) does not build")
            else:
                counts.add(self.googletest(preset, target, self.filter))
        return counts

    def googletest(self, preset, target, name_filter, env=None):
        sanitizers = SANITIZER_ENV if preset in ("asan", "tsan") else {}
        env = {**sanitizers, **(env or {})}
        argv = [f"build/{preset}/{target}", "--gtest_color=no"]
        if name_filter:
            argv.append(f"--gtest_filter=*{name_filter}*")
        # Those with the thread sanitizer have threads enough of their own for all cores.
        parts = 1 if preset == "tsan" else int(JOBS)

        def shard(index):
            part = {"GTEST_TOTAL_SHARDS": str(parts), "GTEST_SHARD_INDEX": str(index)}
            return processes.run(argv, cwd=ROOT, env={**env, **part},
                                 silence_limit_s=SILENCE_LIMIT_S)

        counts = Counts()
        for result in at_once(shard, range(parts)):
            found = parse_googletest(result, f"{target} ({preset})")
            if found.failures:
                print(without_passed_tests(result.explain()))
            self.skipped(googletest_skips(result.output))
            counts.add(found)
        print(f"   {target}: {counts.line()}", flush=True)
        return counts

    def matching(self):
        """The tests that a filter leaves, in the build that is quick after a change."""
        counts = self.unit("dev", FOLDERS + SHIPPED)
        self.matching_folders = [f for f in FOLDERS + SHIPPED if self.has_matching_test(f)]
        return counts

    def has_matching_test(self, folder):
        program = ROOT / f"build/dev/{folder}_tests"
        if not program.exists():
            return False
        argv = [str(program), f"--gtest_filter=*{self.filter}*", "--gtest_list_tests"]
        return "\n  " in processes.run(argv, cwd=ROOT).output

    # The other parts

    def examples(self):
        names = sorted(path.stem for path in (ROOT / "examples").glob("*.cpp"))
        names = [name for name in names if self.wanted(f"example {name}")]
        counts = Counts()
        broken = self.build("asan", [f"example_{name}" for name in names])
        for name in names:
            if f"example_{name}" in broken:
                counts.failures.append(f"example {name} does not build")
            else:
                counts.add(self.command(f"example {name}", [f"build/asan/examples/example_{name}"],
                                        SANITIZER_ENV))
        return counts

    def python(self, folder, env=None):
        argv = [sys.executable, "-m", "unittest", "discover", "-v", "-s", f"tests/{folder}",
                "-p", "*_test.py"]
        if self.filter:
            argv += ["-k", self.filter]
        result = processes.run(argv, cwd=ROOT, env=env, silence_limit_s=SILENCE_LIMIT_S)
        counts = parse_unittest(result, folder)
        if counts.failures:
            print(result.explain())
        self.skipped(unittest_skips(result.output))
        return counts

    def deployment(self):
        if self.build("release", ["coppice"]):
            return Counts(failures=["coppice (release) does not build"])
        return self.python("deploy")

    def image(self):
        """Builds the Dockerfile and tries the image. Shows what it does, since it takes long."""
        name = "the image"
        done = subprocess.run([sys.executable, "tests/deploy/build_image.py"], cwd=ROOT)
        return Counts(passed=1) if done.returncode == 0 else Counts(failures=[name])

    def crash(self, kills):
        name = "nothing acknowledged is lost in a crash"
        if not self.wanted(name):
            return Counts()
        if self.build("release", ["crash_server"]):
            return Counts(failures=["crash_server does not build"])
        result = processes.run([sys.executable, "tests/crash/campaign.py", f"--kills={kills}"],
                               cwd=ROOT, silence_limit_s=SILENCE_LIMIT_S)
        print(f"   {result.output.strip()}" if result.ok else result.explain())
        return Counts(passed=1) if result.ok else Counts(failures=[name])

    def concurrency(self, seconds):
        if self.build("release", ["db_tests"]):
            return Counts(failures=["db_tests does not build"])
        return self.googletest("release", "db_tests", "ConcurrencyTest",
                               {"COPPICE_CONCURRENCY_SECONDS": str(seconds)})

    def install(self):
        name = "a consumer builds against the installed libraries"
        return self.command(name, ["tests/install/run"], env={"COPPICE_JOBS": JOBS})

    def end_to_end(self):
        files = sorted((ROOT / "tests/e2e").glob("*.test.mjs"))
        counts = Counts()
        if not files:
            return Counts(failures=["tests/e2e has no *.test.mjs"])
        if self.build("release", ["coppice"]):
            return Counts(failures=["coppice (release) does not build"])
        alone = [file for file in files if file.name.removesuffix(".test.mjs") in UNDISTURBED]
        for file, result in at_once(self.node, [file for file in files if file not in alone]):
            counts.add(self.node_counts(file, result))
        for file in alone:
            counts.add(self.node_counts(*self.node(file)))
        return counts

    def node(self, file):
        """(file, what came of it)"""
        argv = ["node", "--test", "--test-reporter=./scripts/node_reporter.mjs"]
        if self.filter:
            argv.append(f"--test-name-pattern={re.escape(self.filter)}")
        env = {"COPPICE_BINARY": str(ROOT / "build/release/coppice")}
        return file, processes.run(argv + [str(file)], cwd=ROOT, env=env,
                                   silence_limit_s=SILENCE_LIMIT_S)

    def node_counts(self, file, result):
        counts = parse_node(result, file.name)
        if counts.failures:
            print(result.explain())
        if counts.total():
            print(f"   {file.name}: {counts.line()}", flush=True)
        self.skipped(re.findall(r"^SKIP (.*)$", result.output, re.MULTILINE))
        return counts

    def all(self):
        self.part("format", lambda: self.command("format", ["./dev", "fmt", "--check"]))
        self.part("workshop", lambda: self.python("workshop"))
        if self.filter:
            self.part("matching unit tests", self.matching)
        self.part("unit tests with address and undefined behaviour sanitizers",
                  lambda: self.unit("asan", [f for f in FOLDERS if f in self.matching_folders]))
        self.part("examples", self.examples)
        self.part("runtime tests with the thread sanitizer",
                  lambda: self.unit("tsan", [f for f in THREADED_FOLDERS
                                             if f in self.matching_folders]))
        self.part("unit tests as shipped",
                  lambda: self.unit("release", [f for f in SHIPPED if f in self.matching_folders]))
        self.part("crashes", lambda: self.crash(KILLS))
        self.part("install", self.install)
        self.part("end to end", self.end_to_end)
        self.part("deployment", self.deployment)
        self.part("lint", lambda: self.command("lint", ["./dev", "lint"]))

    def crash_campaign(self):
        """The long form of what proves the database's promises."""
        self.part("crashes", lambda: self.crash(KILLS_OF_A_CAMPAIGN))
        self.part("concurrency", lambda: self.concurrency(CONCURRENCY_S_OF_A_CAMPAIGN))

    def image_alone(self):
        self.part("image", self.image)


def parse_googletest(result, program):
    """Counts from the program's output, which stays readable when it crashes midway."""
    names = {"OK": set(), "SKIPPED": set(), "FAILED": set()}
    running = None
    for line in result.output.splitlines():
        match = re.search(r"\[ RUN      \] (\S+)$", line)
        if match:
            running = match[1]
        match = re.search(r"\[ +(OK|SKIPPED|FAILED) +\] (\S+?),? .*\(\d+ ms\)$", line)
        if match:
            names[match[1]].add(match[2])
            running = None
    failures = [f"{program}: {name}" for name in sorted(names["FAILED"])]
    if not result.ok and running:
        failures.append(f"{program}: {running} ended the program ({result.reason()})")
    elif not result.ok and not failures:
        failures.append(f"{program}: {result.reason()}")
    return Counts(len(names["OK"]), len(names["SKIPPED"]), failures)


def without_passed_tests(text):
    """What GoogleTest printed, less the tests that passed in silence."""
    text = re.sub(r"^\[ RUN      \] .*\n\[       OK \] .*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^(\[-{10}\].*)?\n", "", text, flags=re.MULTILINE)


def googletest_skips(output):
    """Each test that was skipped, as "name: why"."""
    return [f"{name}: {why}" for name, why in re.findall(
        r"^\[ RUN      \] (\S+)\n\S+: Skipped\n(.*)$", output, re.MULTILINE)]


def parse_unittest(result, folder):
    counts = Counts()
    for name, outcome in re.findall(r"^(test_\w+) .*\.\.\. (ok|skipped|FAIL|ERROR)",
                                    result.output, re.MULTILINE):
        if outcome == "ok":
            counts.passed += 1
        elif outcome == "skipped":
            counts.skipped += 1
        else:
            counts.failures.append(f"{folder}: {name}")
    if not result.ok and not counts.failures:
        counts.failures.append(f"{folder}: {result.reason()}")
    return counts


def unittest_skips(output):
    """The same of a run of unittest."""
    return [f"{name}: {why}" for name, _, why in re.findall(
        r"^(test_\w+) .*\.\.\. skipped (['\"])(.*)\2$", output, re.MULTILINE)]


def parse_node(result, file):
    counts = Counts()
    for outcome, name in re.findall(r"^(PASS|SKIP|FAIL) (.*)$", result.output, re.MULTILINE):
        if outcome == "PASS":
            counts.passed += 1
        elif outcome == "SKIP":
            counts.skipped += 1
        else:
            counts.failures.append(f"{file}: {name}")
    if not result.ok and not counts.failures:
        counts.failures.append(f"{file}: {result.reason()}")
    return counts


def main():
    if len(sys.argv) > 2 or sys.argv[-1].startswith("-"):
        sys.exit("usage: ./dev test [FILTER], a part of the names of the tests to run, "
                 "crash for the crash campaign, or image for the image")
    campaigns = {"crash": Runner.crash_campaign, "image": Runner.image_alone}
    if sys.argv[1:] and sys.argv[1] in campaigns:
        runner = Runner("")
        campaigns[sys.argv[1]](runner)
    else:
        runner = Runner(sys.argv[1] if len(sys.argv) == 2 else "")
        runner.all()
    if "COPPICE_MAY_SKIP" in os.environ:
        runner.forbid_skips(os.environ["COPPICE_MAY_SKIP"])
    if runner.counts.failures:
        print("\nFailed:")
        for name in runner.counts.failures:
            print(f"  {name}")
    print(runner.counts.line())
    ran = runner.counts.passed + len(runner.counts.failures)
    sys.exit(0 if ran and not runner.counts.failures else 1)


if __name__ == "__main__":
    main()
