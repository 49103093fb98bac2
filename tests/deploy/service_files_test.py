"""docker-compose.yml, the Caddyfile and the systemd unit agree with the code."""

import json
import re
import shutil
import subprocess
import unittest
import urllib.error
import urllib.request

from support import dockerfile
from support.server import server
from support.project import (
    ROOT, default_of, seconds, text_of, time_to_stop_s, variables, yaml_of)

COMPOSE = yaml_of("docker-compose.yml")
SERVICES = COMPOSE["services"]
CADDYFILE = text_of("Caddyfile")
UNIT = text_of("packaging/coppice.service")


class ComposeTest(unittest.TestCase):
    APP = SERVICES["app"]

    def test_every_variable_of_the_server_exists(self):
        for name, value in self.APP["environment"].items():
            self.assertIn(name, variables())
            self.assertIsInstance(value, str, name)

    def test_it_builds_the_server_and_keeps_its_data(self):
        stage = dockerfile.parse(text_of("Dockerfile"))[1][-1]
        self.assertEqual(self.APP["build"]["target"], stage.name)
        self.assertIn(f"data:{stage.one('VOLUME').words()[0]}", self.APP["volumes"])

    def test_the_server_may_do_nothing_that_it_need_not(self):
        self.assertTrue(self.APP["read_only"])
        self.assertEqual(self.APP["cap_drop"], ["ALL"])
        self.assertEqual(self.APP["tmpfs"], ["/tmp"])
        self.assertIn("no-new-privileges:true", self.APP["security_opt"])
        self.assertNotIn("ports", self.APP)

    def test_the_server_has_the_time_that_it_takes_to_stop(self):
        self.assertGreaterEqual(seconds(self.APP["stop_grace_period"]), time_to_stop_s())

    def test_images_have_versions(self):
        for name, service in SERVICES.items():
            if "build" not in service:
                self.assertRegex(service["image"], r":(?!latest)[\w.-]+$", name)

    def test_ports_are_this_machines_and_can_be_chosen(self):
        taken = []
        for name, service in SERVICES.items():
            for port in service.get("ports", []):
                found = re.match(r"127\.0\.0\.1:\$\{([A-Z]+_PORT):-(\d+)\}:", port)
                self.assertIsNotNone(found, f"{name}: {port}")
                taken += found.groups()
        self.assertEqual(len(taken), len(set(taken)), taken)

    def test_what_belongs_together_says_the_same(self):
        env, store = self.APP["environment"], SERVICES["store"]
        self.assertEqual(env["S3_ACCESS_KEY_ID"], store["environment"]["MINIO_ROOT_USER"])
        self.assertEqual(env["S3_SECRET_ACCESS_KEY"], store["environment"]["MINIO_ROOT_PASSWORD"])
        self.assertIn(f"/data/{env['S3_BUCKET']} ", store["command"][0])
        upstream = SERVICES["caddy"]["environment"]["COPPICE_UPSTREAM"]
        self.assertEqual(upstream, f"app:{default_of('PORT')}")

    def test_volumes_are_declared(self):
        used = {mount.split(":")[0] for service in SERVICES.values()
                for mount in service["volumes"] if not mount.startswith(".")}
        self.assertEqual(used, set(COMPOSE["volumes"]))


def mounts(service):
    """{where in the container: what of the checkout} of the files that a service is given."""
    pairs = [mount.split(":")[:2] for mount in SERVICES[service]["volumes"]]
    return {target: source for source, target in pairs if source.startswith("./")}


class MonitoringTest(unittest.TestCase):
    """Prometheus and Grafana of docker-compose.yml."""

    PROMETHEUS = yaml_of("packaging/compose/prometheus.yml")

    def setUp(self):
        (self.scrape,) = self.PROMETHEUS["scrape_configs"]

    def test_what_services_are_given_exists(self):
        for name, service in SERVICES.items():
            for mount in service["volumes"]:
                if mount.startswith("."):
                    self.assertTrue((ROOT / mount.split(":")[0]).exists(), f"{name}: {mount}")

    def test_prometheus_reads_its_configuration_and_the_alert_rules(self):
        given = mounts("prometheus")
        self.assertEqual(given["/etc/prometheus/prometheus.yml"],
                         "./packaging/compose/prometheus.yml")
        for name in self.PROMETHEUS["rule_files"]:
            self.assertEqual(given[f"/etc/prometheus/{name}"], f"./docs/prometheus/{name}")

    def test_prometheus_asks_the_server_where_it_listens_by_the_name_that_the_rules_know(self):
        self.assertEqual(self.scrape["static_configs"],
                         [{"targets": [f"app:{default_of('PORT')}"]}])
        self.assertIn(f'up{{job="{self.scrape["job_name"]}"}}', text_of("docs/prometheus/alerts.yml"))

    def test_prometheus_has_the_token_that_the_server_wants(self):
        (config,) = SERVICES["prometheus"]["configs"]
        self.assertEqual(config["target"], self.scrape["authorization"]["credentials_file"])
        token = COMPOSE["configs"][config["source"]]["content"]
        self.assertEqual(token, SERVICES["app"]["environment"]["METRICS_TOKEN"])

    def test_a_server_with_that_token_gives_its_metrics_there(self):
        token = re.fullmatch(r"\$\{METRICS_TOKEN:-(.*)\}",
                             SERVICES["app"]["environment"]["METRICS_TOKEN"])[1]
        with server(METRICS_TOKEN=token) as port:
            url = f"http://127.0.0.1:{port}{self.scrape['metrics_path']}"
            headers = {"Authorization": f"Bearer {token}"}
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                self.assertIn(b"coppice_build_info", answer.read())
            with self.assertRaisesRegex(urllib.error.HTTPError, "401"):
                urllib.request.urlopen(url)

    def test_grafana_finds_prometheus_and_loads_the_dashboard(self):
        given = mounts("grafana")
        (source,) = yaml_of(given["/etc/grafana/provisioning/datasources/coppice.yml"])["datasources"]
        port = SERVICES["prometheus"]["ports"][0].split(":")[-1]
        self.assertEqual((source["type"], source["url"]), ("prometheus", f"http://prometheus:{port}"))
        (provider,) = yaml_of(given["/etc/grafana/provisioning/dashboards/coppice.yml"])["providers"]
        folder = provider["options"]["path"]
        self.assertEqual(given[folder], "./docs/grafana")
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        self.assertEqual(home, f"{folder}/coppice.json")
        dashboard = json.loads(text_of("docs/grafana/coppice.json"))
        kinds = {each["name"]: each.get("query") for each in dashboard["templating"]["list"]
                 if each["type"] == "datasource"}
        self.assertEqual(kinds, {"datasource": source["type"]})

    def test_the_page_says_where_they_are(self):
        page = text_of("docs/deploy.md")
        for name in ["grafana", "prometheus"]:
            port = re.search(r"_PORT:-(\d+)\}", SERVICES[name]["ports"][0])[1]
            self.assertIn(f"`http://localhost:{port}`", page)


class CaddyfileTest(unittest.TestCase):
    def test_the_defaults_are_those_of_compose_and_the_server(self):
        self.assertIn("{$HTTPS_PORT:8000}", CADDYFILE)
        self.assertIn(f"{{$COPPICE_UPSTREAM:localhost:{default_of('PORT')}}}", CADDYFILE)

    def test_requests_wait_for_longer_than_the_server_has_to_stop(self):
        waits = seconds(re.search(r"lb_try_duration (\S+)", CADDYFILE)[1])
        self.assertGreater(waits, seconds(ComposeTest.APP["stop_grace_period"]))
        self.assertNotIn("health_", CADDYFILE, "what was found down makes requests wait for nothing")

    @unittest.skipIf(shutil.which("caddy") is None, "no caddy here")
    def test_caddy_takes_it(self):
        done = subprocess.run(["caddy", "validate", "--config", "Caddyfile", "--adapter",
                               "caddyfile"], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


class UnitTest(unittest.TestCase):
    def values(self, name):
        return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)

    def test_every_variable_exists(self):
        for pair in self.values("Environment"):
            self.assertIn(pair.split("=")[0], variables())

    def test_it_is_started_as_the_program_can_be(self):
        self.assertEqual(self.values("Type"), ["notify"])
        self.assertGreaterEqual(int(self.values("WatchdogSec")[0]), 10)
        self.assertEqual(self.values("ExecStart"), ["/usr/local/bin/coppice server"])

    def test_it_has_the_time_that_it_takes_to_stop(self):
        self.assertEqual(self.values("KillSignal"), ["SIGTERM"])
        self.assertGreaterEqual(int(self.values("TimeoutStopSec")[0]), time_to_stop_s())

    def test_its_folders_are_those_that_systemd_makes(self):
        env = dict(pair.split("=", 1) for pair in self.values("Environment"))
        state = f"/var/lib/{self.values('StateDirectory')[0]}/"
        self.assertTrue(env["DATABASE_PATH"].startswith(state))
        self.assertTrue(env["BACKUP_PATH"].startswith(state))
        self.assertTrue(env["CRASH_PATH"].startswith(state))
        self.assertTrue(env["ADMIN_SOCKET"].startswith(f"/run/{self.values('RuntimeDirectory')[0]}/"))

    @unittest.skipIf(shutil.which("systemd-analyze") is None, "no systemd here")
    def test_systemd_takes_it(self):
        done = subprocess.run(["systemd-analyze", "verify", "packaging/coppice.service"], cwd=ROOT,
                              capture_output=True, text=True)
        complaints = [line for line in done.stderr.splitlines()
                      if "coppice.service" in line and "is not executable" not in line]
        self.assertEqual(complaints, [])

    @unittest.skipIf(shutil.which("systemd-analyze") is None, "no systemd here")
    def test_it_is_hardened(self):
        argv = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager",
                "packaging/coppice.service"]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
        if "unrecognized option" in done.stderr:
            self.skipTest("this systemd is too old to say")
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
