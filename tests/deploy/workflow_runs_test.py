"""The scripts of GitHub's workflows, run among stand-ins: previews that come and go, and deploys that
succeed and fail."""

import json
import unittest

from support.workflow import run_job

SHA = "5f3c" * 10
OLD = "0a1b" * 10
REFUSED = [1, "Error: the token is not valid"]


def answer(value):
    return [0, json.dumps(value)]


class PreviewTest(unittest.TestCase):
    APP = "coppice-pr-7"
    URL = f"https://{APP}.fly.dev"
    HEALTHY = ["curl", *answer({"status": "healthy", "version": SHA})]
    VALUES = {
        "github.event.number": "7", "github.repository": "Someone/Coppice", "github.sha": "merge",
        "github.event.pull_request.head.sha": SHA, "github.token": "t",
        "vars.FLY_PREVIEW_ORG || 'personal'": "previews", "secrets.FLY_PREVIEW_API_TOKEN": "t"}

    def deploy(self, apps=(), secrets=(), comments="", first=()):
        world = [
            *first, ["flyctl apps list", *answer([{"Name": name} for name in apps])],
            ["flyctl secrets list", *answer([{"name": name} for name in secrets])],
            self.HEALTHY, ["gh pr view", 0, comments]]
        return run_job("preview", "deploy", world, self.VALUES)

    def destroy(self, *world):
        return run_job("preview", "destroy", list(world), self.VALUES)

    def test_the_first_push_makes_the_app_and_says_where_it_is(self):
        ran = self.deploy(apps=["another", f"{self.APP}0"])
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual(ran.asked_for("apps create"),
                         [f"flyctl apps create {self.APP} --org previews"])
        self.assertEqual(len(ran.asked_for("secrets set")), 1)
        self.assertEqual(len(ran.asked_for(f"deploy --app {self.APP} --config fly.preview.toml")), 1)
        (comment,) = ran.asked_for("gh pr comment")
        self.assertIn(f"comment 7 --repo Someone/Coppice --body Preview: {self.URL} ", comment)

    def test_the_first_app_of_all_is_made_too(self):
        ran = self.deploy(first=[["flyctl apps list", 0, "null"], ["flyctl secrets list", 0, "null"]])
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual((len(ran.asked_for("apps create")), len(ran.asked_for("secrets set"))), (1, 1))

    def test_later_pushes_take_what_is_there(self):
        ran = self.deploy([self.APP], ["SECRET_KEY_BASE"], f"Preview: {self.URL} (…)")
        self.assertTrue(ran.ok, ran.said)
        for words in ["apps create", "secrets set", "gh pr comment"]:
            self.assertEqual(ran.asked_for(words), [])
        self.assertEqual(len(ran.asked_for("flyctl deploy")), 1)

    def test_an_app_whose_making_was_cut_off_gets_its_secret(self):
        ran = self.deploy([self.APP])
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual(ran.asked_for("apps create"), [])
        (said,) = ran.asked_for("secrets set")
        self.assertRegex(said, rf"--app {self.APP} --stage SECRET_KEY_BASE=\S{{64}}$")

    def test_nothing_is_made_or_set_where_fly_does_not_say_what_is_there(self):
        for words in ["flyctl apps list", "flyctl secrets list"]:
            ran = self.deploy([self.APP], ["SECRET_KEY_BASE"], first=[[words, *REFUSED]])
            self.assertFalse(ran.ok)
            for not_asked in ["apps create", "secrets set", "flyctl deploy"]:
                self.assertEqual(ran.asked_for(not_asked), [], words)

    def test_the_release_before_does_not_pass_for_the_pushed_one(self):
        old = ["curl", *answer({"status": "healthy", "version": OLD})]
        ran = self.deploy([self.APP], ["SECRET_KEY_BASE"], first=[old])
        self.assertFalse(ran.ok)
        self.assertEqual(ran.asked_for("gh pr"), [])
        self.assertIn(f"::error::{self.URL}/health does not say that {SHA} is healthy: ", ran.said)

    def test_only_fly_is_shown_flys_token(self):
        ran = self.deploy()
        for asked, token in ran.tokens.items():
            self.assertEqual(token == "with a token", asked.startswith("flyctl "), asked)

    def test_a_closed_request_destroys_its_app_and_no_other(self):
        ran = self.destroy(["flyctl apps list", *answer([{"Name": self.APP}, {"Name": "another"}])])
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual(ran.asked_for("destroy"), [f"flyctl apps destroy {self.APP} --yes"])

    def test_a_closed_request_without_an_app_is_done(self):
        ran = self.destroy(["flyctl apps list", *answer([{"Name": f"{self.APP}0"}])])
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual(ran.asked_for("destroy"), [])

    def test_an_app_that_may_be_left_over_fails_the_job(self):
        self.assertFalse(self.destroy(["flyctl apps list", *REFUSED]).ok)
        there = ["flyctl apps list", *answer([{"Name": self.APP}])]
        self.assertFalse(self.destroy(there, ["flyctl apps destroy", *REFUSED]).ok)


class ImageTest(unittest.TestCase):
    def test_its_name_has_no_capital_letters(self):
        values = {"github.repository": "Someone/Coppice", "github.sha": SHA}
        ran = run_job("deploy", "image", [], values)
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual(ran.values["steps.name.outputs.name"], "ghcr.io/someone/coppice")


class DeployTest(unittest.TestCase):
    IMAGE = "ghcr.io/someone/coppice"
    NEW = {"status": "healthy", "version": SHA}
    VALUES = {
        "github.repository": "Someone/Coppice", "github.sha": SHA, "github.token": "t",
        "secrets.FLY_API_TOKEN": "t", "needs.image.outputs.name": IMAGE,
        "needs.image.outputs.digest": "sha256:abc"}

    @staticmethod
    def image_of(version):
        return f"registry.fly.io/coppice:{version}@sha256:1"

    def deploy(self, *world, releases=(), before=None, after=None):
        """`before` and `after` are what /health says: in the beginning, and once it is waited for."""
        listed = [{"Status": status, "ImageRef": self.image_of(version) if version else ""}
                  for status, version in releases]
        return run_job("deploy", "deploy", [
            *world, ["flyctl releases", *answer(listed)],
            ["curl -sS --max-time 10", *(answer(before) if before else [7, ""])],
            ["curl -sS --max-time 5", *answer(after or self.NEW)]], self.VALUES)

    def advised(self, ran):
        """The image that is to be gone back to."""
        self.assertFalse(ran.ok)
        found = [line.split("--image ")[1] for line in ran.summary.splitlines() if "--image " in line]
        return found[0] if found else None

    def test_deploys_the_signed_image_and_calls_it_the_latest_once_it_is_well(self):
        ran = self.deploy(releases=[("complete", OLD)])
        self.assertTrue(ran.ok, ran.said)
        self.assertEqual(ran.summary, "")
        order = ["gh attestation verify oci://ghcr.io/someone/coppice@sha256:abc",
                 f"imagetools create --tag registry.fly.io/coppice:{SHA} {self.IMAGE}@sha256:abc",
                 f"--image registry.fly.io/coppice:{SHA}",
                 "curl -sS --max-time 5 https://coppice.fly.dev/health",
                 f"imagetools create --tag {self.IMAGE}:latest {self.IMAGE}@sha256:abc"]
        asked = iter(ran.asked)
        for words in order:
            self.assertTrue(any(words in each for each in asked), words)

    def test_what_is_not_well_is_not_called_the_latest(self):
        for health in [{"status": "healthy", "version": OLD}, {"status": "unhealthy", "version": SHA}]:
            ran = self.deploy(after=health, releases=[("complete", OLD)])
            self.assertEqual(self.advised(ran), self.image_of(OLD))
            self.assertEqual(ran.asked_for(":latest"), [])

    def test_the_way_back_is_to_what_was_well_and_not_to_what_failed_before(self):
        releases = [("failed", "bad"), ("complete", OLD), ("complete", "older")]
        ran = self.deploy(["flyctl deploy", 1, ""], releases=releases)
        self.assertEqual(self.advised(ran), self.image_of(OLD))

    def test_the_way_back_is_to_what_answered_even_if_fly_calls_a_later_one_complete(self):
        releases = [("complete", "unwell"), ("complete", OLD)]
        before = {"status": "healthy", "version": OLD}
        ran = self.deploy(["flyctl deploy", 1, ""], releases=releases, before=before)
        self.assertEqual(self.advised(ran), self.image_of(OLD))

    def test_a_second_try_does_not_lead_back_to_the_first(self):
        releases = [("complete", SHA), ("complete", OLD)]
        before = {"status": "unhealthy", "version": SHA}
        ran = self.deploy(["flyctl deploy", 1, ""], releases=releases, before=before)
        self.assertEqual(self.advised(ran), self.image_of(OLD))

    def test_the_first_release_of_all_has_none_to_go_back_to(self):
        ran = self.deploy(["flyctl deploy", 1, ""], releases=[("failed", "")])
        self.assertIsNone(self.advised(ran))
        self.assertIn("There is no release before it", ran.summary)

    def test_nothing_is_said_of_a_release_that_was_never_deployed(self):
        for world in [["flyctl releases", *REFUSED], ["gh attestation verify", 1, ""],
                      ["docker buildx", 1, ""]]:
            ran = self.deploy(world, releases=[("complete", OLD)])
            self.assertFalse(ran.ok)
            self.assertEqual((ran.summary, ran.asked_for("flyctl deploy")), ("", []), world)

    def test_a_release_that_is_well_is_not_said_to_be_unwell_for_its_name(self):
        ran = self.deploy([":latest", 1, ""], releases=[("complete", OLD)])
        self.assertFalse(ran.ok)
        self.assertEqual(ran.summary, "")


if __name__ == "__main__":
    unittest.main()
