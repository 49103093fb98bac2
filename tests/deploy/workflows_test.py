"""GitHub's workflows: its own parser takes them, and they keep to what careful ones keep to."""

import re
import subprocess
import unittest

from support import dockerfile
from support.project import ROOT, routes, text_of, toml_of, yaml_of

FILES = sorted(path.relative_to(ROOT) for path in (ROOT / ".github/workflows").iterdir())
TEXTS = {path.stem: text_of(path) for path in FILES}
WORKFLOWS = {path.stem: yaml_of(path) for path in FILES}
LINT = ["node", "--no-warnings",
        "--experimental-loader=./tests/deploy/support/json_modules.mjs",
        "tests/deploy/support/lint_workflows.mjs"]


def on(workflow):
    return workflow[True]  # which is what YAML takes the word for


def jobs():
    return [(f"{name}/{job}", body) for name, workflow in WORKFLOWS.items()
            for job, body in workflow["jobs"].items()]


def steps():
    return [(name, step) for name, job in jobs() for step in job.get("steps", [])]


def scripts():
    return [(name, step["run"]) for name, step in steps() if "run" in step]


class WorkflowsTest(unittest.TestCase):
    def test_githubs_parser_takes_them(self):
        done = subprocess.run([*LINT, *map(str, FILES)], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_the_check_itself_finds_a_wrong_name(self):
        broken = TEXTS["test"].replace("github.sha", "githb.sha")
        done = subprocess.run([*LINT, "/dev/stdin"], cwd=ROOT, input=broken, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("githb", done.stdout)

    def test_their_scripts_are_bash_and_get_no_text_of_strangers(self):
        for name, script in scripts():
            checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
            self.assertEqual(checked.returncode, 0, f"{name}: {checked.stderr}")
            # An expression is put into a script before it runs, whatever is in it: by env instead.
            self.assertNotIn("${{", script, name)

    def test_secrets_are_known_by_name_only(self):
        known = {"GITHUB_TOKEN", "FLY_API_TOKEN", "FLY_PREVIEW_API_TOKEN"}
        for name, text in TEXTS.items():
            self.assertLessEqual(set(re.findall(r"secrets\.(\w+)", text)), known, name)
        for name in known - {"GITHUB_TOKEN"}:
            self.assertIn(name, text_of("docs/deploy.md"))

    def test_every_action_has_a_version(self):
        for name, step in steps():
            if "uses" in step:
                self.assertRegex(step["uses"], r"^[\w-]+/[\w-]+(/[\w-]+)?@v\d+$", name)

    def test_no_job_runs_for_ever_or_may_more_than_it_says(self):
        for name, workflow in WORKFLOWS.items():
            self.assertEqual(workflow["permissions"], {"contents": "read"}, name)
            self.assertIn("concurrency", workflow, name)
        for name, job in jobs():
            self.assertTrue("timeout-minutes" in job or "uses" in job, name)

    def test_every_push_is_tested_once(self):
        self.assertEqual(on(WORKFLOWS["test"]), {
            "push": {"branches-ignore": ["main"], "tags": ["**"]}, "pull_request": None,
            "workflow_call": None})
        self.assertEqual(on(WORKFLOWS["deploy"]), {"push": {"branches": ["main"]}})
        for job in WORKFLOWS["test"]["jobs"].values():
            self.assertEqual(job["if"].split(" || "), [
                "github.event_name != 'pull_request'",
                "github.event.pull_request.head.repo.full_name != github.repository"])

    def test_a_push_runs_every_test_and_builds_the_image(self):
        last = {name: script for name, script in scripts() if name.startswith("test/")}
        self.assertEqual(last, {"test/test": ".ci/run", "test/image": "./dev test image"})

    def test_the_tests_may_make_networks_and_mounts(self):
        container = WORKFLOWS["test"]["jobs"]["test"]["container"]
        self.assertEqual(container["image"], "debian:bookworm")
        self.assertEqual(container["options"].split(), ["--privileged", "--device", "/dev/net/tun"])
        container = WORKFLOWS["test"]["jobs"]["image"]["container"]
        self.assertEqual(container, {"image": "debian:bookworm", "options": "--privileged",
                                     "volumes": ["/var/lib/containers"]})

    def test_main_is_deployed_only_after_its_tests(self):
        deploy = WORKFLOWS["deploy"]["jobs"]
        self.assertEqual(deploy["test"], {"uses": "./.github/workflows/test.yml"})
        self.assertEqual(deploy["image"]["needs"], "test")
        self.assertEqual(deploy["deploy"]["needs"], "image")
        self.assertFalse(WORKFLOWS["deploy"]["concurrency"]["cancel-in-progress"])

    def test_each_image_says_where_it_is_from(self):
        steps = WORKFLOWS["deploy"]["jobs"]["image"]["steps"]
        builds = {step["id"]: step["with"] for step in steps
                  if step.get("uses", "").startswith("docker/build-push-action@")}
        stages = {stage.name: stage for stage in dockerfile.parse(text_of("Dockerfile"))[1]}
        self.assertEqual({build["target"] for build in builds.values()}, {"runtime", "litefs"})
        for build in builds.values():
            self.assertEqual(build["provenance"], "mode=max")
            given = {line.split("=")[0] for line in build["build-args"].splitlines()}
            self.assertEqual(given, {each.value for each in stages[build["target"]].all("ARG")})
        signed = [step["with"]["subject-digest"] for step in steps
                  if step.get("uses", "").startswith("actions/attest-build-provenance@")]
        self.assertEqual(signed, [f"${{{{ steps.{name}.outputs.digest }}}}" for name in builds])

    def test_no_image_is_called_the_latest_before_it_is_deployed(self):
        for _, step in steps():
            self.assertNotIn("latest", step.get("with", {}).get("tags", ""))

    def test_the_release_that_answers_is_the_one_that_was_built(self):
        waits = [(name, step["run"]) for name, step in steps() if "Wait until" in step.get("name", "")]
        self.assertEqual(waits, [
            ("deploy/deploy", '.github/await-release "$URL" "$GITHUB_SHA"'),
            ("preview/deploy", '.github/await-release "https://$APP.fly.dev" "$VERSION"')])
        self.assertIn("/health", routes())

    def test_what_fails_before_a_pipe_fails_the_step(self):
        for name, workflow in WORKFLOWS.items():
            if any("|" in script for job, script in scripts() if job.startswith(f"{name}/")):
                self.assertEqual(workflow["defaults"], {"run": {"shell": "bash"}}, name)

    def test_only_steps_of_the_projects_own_get_flys_token(self):
        for name, workflow in WORKFLOWS.items():
            for holder in [workflow, *workflow["jobs"].values()]:
                self.assertNotIn("secrets.", str(holder.get("env")), name)
        for name, step in steps():
            if "_API_TOKEN" in str(step):
                self.assertIn("run", step, name)

    def test_what_is_read_of_the_configuration_is_there(self):
        config = toml_of("fly.toml")
        script = next(step["run"] for _, step in steps() if step.get("id") == "app")
        patterns = re.findall(r"sed -n ('[^']+') (\S+?)\)", script)
        found = [subprocess.run(f"sed -n {pattern} {file}", shell=True, cwd=ROOT, text=True,
                                capture_output=True).stdout.strip() for pattern, file in patterns]
        self.assertEqual(found, [config["app"], config["env"]["PHX_HOST"]])

    def test_a_preview_has_one_name_from_beginning_to_end(self):
        preview = WORKFLOWS["preview"]
        self.assertEqual(preview["env"]["APP"], "coppice-pr-${{ github.event.number }}")
        self.assertIn("closed", on(preview)["pull_request"]["types"])
        for job in preview["jobs"].values():
            self.assertIn("head.repo.full_name == github.repository", job["if"])

    def test_previews_leave_no_environments_behind(self):
        for name, job in jobs():
            self.assertNotIn("${{", job.get("environment", {}).get("name", ""), name)


if __name__ == "__main__":
    unittest.main()
