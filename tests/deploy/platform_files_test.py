"""fly.toml, fly.preview.toml, fly.litefs.toml, litefs.yml and .env.example agree with the code."""

import re
import unittest
from pathlib import PurePosixPath

from support import dockerfile
from support.project import (
    default_of, routes, seconds, stop_limit_s, text_of, time_to_stop_s, toml_of, variables,
    yaml_of)

PRODUCTION = toml_of("fly.toml")
PREVIEW = toml_of("fly.preview.toml")
REGIONS = toml_of("fly.litefs.toml")
LITEFS = yaml_of("litefs.yml")
_, STAGES = dockerfile.parse(text_of("Dockerfile"))
IMAGE = STAGES[-1].environment()


class FlyTest(unittest.TestCase):
    def test_the_port_is_the_one_that_the_server_listens_on(self):
        for config in [PRODUCTION, PREVIEW, REGIONS]:
            self.assertEqual(str(config["http_service"]["internal_port"]), config["env"]["PORT"])

    def test_every_variable_exists_and_none_is_a_secret(self):
        for config in [PRODUCTION, PREVIEW, REGIONS]:
            for name, value in config["env"].items():
                self.assertIn(name, variables())
                self.assertIsInstance(value, str, name)
                self.assertIsNone(re.search(r"SECRET|API_KEY|PASSWORD|ACCESS_KEY|TOKEN", name), name)

    def test_the_health_check_asks_a_route_that_exists_and_leaves_time_to_start(self):
        for config in [PRODUCTION, PREVIEW, REGIONS]:
            (check,) = config["http_service"]["checks"]
            # With LiteFS a server can be alive and have nothing to answer with.
            path = "/health" if config is REGIONS else "/api/health"
            self.assertEqual((check["method"], check["path"]), ("GET", path))
            self.assertIn(check["path"], routes())
            self.assertGreaterEqual(seconds(check["grace_period"]), 5)
            self.assertLess(seconds(check["timeout"]), seconds(check["interval"]))

    def test_the_server_has_the_time_that_it_takes_to_stop(self):
        for config in [PRODUCTION, PREVIEW, REGIONS]:
            self.assertEqual(config["kill_signal"], "SIGTERM")
            delay = int(config["env"].get("DRAIN_DELAY", default_of("DRAIN_DELAY")))
            self.assertGreaterEqual(seconds(config["kill_timeout"]), delay + time_to_stop_s())

    def test_connections_count_and_fewer_than_the_server_takes(self):
        most = int(default_of("MAX_CONNECTIONS"))
        for config in [PRODUCTION, PREVIEW, REGIONS]:
            limits = config["http_service"]["concurrency"]
            self.assertEqual(limits["type"], "connections")
            self.assertLess(limits["soft_limit"], limits["hard_limit"])
            self.assertLess(limits["hard_limit"], most)

    def test_clients_are_known_and_come_by_https(self):
        for config in [PRODUCTION, PREVIEW, REGIONS]:
            self.assertTrue(config["http_service"]["force_https"])
            self.assertEqual(config["env"]["FORCE_SSL"], "true")
            self.assertEqual(config["env"]["TRUSTED_PROXIES"], "private")
            self.assertEqual(config["env"]["CLIENT_ADDRESS_HEADER"], "fly-client-ip")

    def test_they_build_a_stage_that_exists(self):
        for config in [PRODUCTION, PREVIEW]:
            self.assertEqual(config["build"]["build-target"], STAGES[-1].name)
        self.assertEqual(REGIONS["build"]["build-target"], LiteFsTest.STAGE.name)

    def test_production_keeps_its_data_on_its_volume(self):
        (mount,) = PRODUCTION["mounts"]
        self.assertEqual(mount["destination"], "/data")
        for name in ["DATABASE_PATH", "BACKUP_PATH"]:
            self.assertEqual(PRODUCTION["env"][name], IMAGE[name])
            self.assertTrue(PRODUCTION["env"][name].startswith("/data/"))

    def test_production_is_one_machine_that_is_never_stopped(self):
        service = PRODUCTION["http_service"]
        self.assertEqual(service["auto_stop_machines"], "off")
        self.assertEqual(service["min_machines_running"], 1)
        self.assertEqual(PRODUCTION["vm"], [{"size": "shared-cpu-1x", "memory": "512mb"}])
        self.assertEqual(PRODUCTION["env"]["PHX_HOST"], f"{PRODUCTION['app']}.fly.dev")

    def test_several_regions_keep_what_litefs_has_on_a_volume_each(self):
        (mount,) = REGIONS["mounts"]
        self.assertIn(PurePosixPath(mount["destination"]),
                      PurePosixPath(LITEFS["data"]["dir"]).parents)
        for name in ["DATABASE_PATH", "BACKUP_PATH"]:
            self.assertNotIn(name, REGIONS["env"], "it is the image's")

    def test_machines_of_several_regions_are_never_stopped_nor_started_by_themselves(self):
        service = REGIONS["http_service"]
        self.assertEqual(service["auto_stop_machines"], "off")
        self.assertFalse(service["auto_start_machines"])
        self.assertGreaterEqual(service["min_machines_running"], 2)
        self.assertEqual(REGIONS["deploy"]["strategy"], "rolling")
        self.assertEqual(REGIONS["env"]["PHX_HOST"], f"{REGIONS['app']}.fly.dev")

    def test_litefs_has_the_time_to_hand_the_lease_over_after_the_server(self):
        reconnects = seconds(LITEFS["lease"]["reconnect-delay"])
        self.assertGreaterEqual(seconds(REGIONS["kill_timeout"]), 2 * stop_limit_s() + reconnects)

    def test_the_regions_page_tells_of_what_is_set_elsewhere(self):
        page = text_of("docs/operations/regions.md")
        (mount,) = REGIONS["mounts"]
        for said in ["fly consul attach", "SECRET_KEY_BASE", "--config fly.litefs.toml",
                     f"fly volumes create {mount['source']} --region {REGIONS['primary_region']}",
                     "PRIMARY_REGION"]:
            self.assertIn(said, page)

    def test_a_preview_keeps_nothing_and_costs_nothing_while_nobody_looks(self):
        self.assertNotIn("mounts", PREVIEW)
        self.assertNotIn("app", PREVIEW)
        self.assertTrue(PREVIEW["env"]["DATABASE_PATH"].startswith("/tmp/"))
        self.assertEqual(PREVIEW["env"]["BACKUP_PATH"], "")
        self.assertEqual(PREVIEW["http_service"]["auto_stop_machines"], "stop")
        self.assertEqual(PREVIEW["http_service"]["min_machines_running"], 0)
        self.assertEqual(PREVIEW["vm"], [{"size": "shared-cpu-1x", "memory": "256mb"}])


class LiteFsTest(unittest.TestCase):
    STAGE = next(stage for stage in STAGES if stage.name == "litefs")

    # LiteFS 0.5.14 refuses every other key.
    KEYS = {
        "": {"fuse", "data", "exit-on-error", "skip-sync", "http", "lease", "exec", "log",
             "tracing", "proxy", "strict-verify", "backup"},
        "fuse": {"dir", "allow-other", "debug"},
        "data": {"dir", "compress", "retention", "retention-monitor-interval"},
        "http": {"addr", "snapshot-timeout"},
        "lease": {"type", "hostname", "advertise-url", "candidate", "promote", "reconnect-delay",
                  "demote-delay", "consul", "databases"},
        "consul": {"url", "key", "ttl", "lock-delay"},
        "log": {"format", "timestamp", "debug"},
        "tracing": {"enabled", "path", "max-size", "max-count", "compress"},
    }

    def test_has_only_keys_that_litefs_knows(self):
        self.assertLessEqual(set(LITEFS), self.KEYS[""])
        sections = {**LITEFS, "consul": LITEFS["lease"]["consul"]}
        for name in self.KEYS.keys() & sections.keys():
            self.assertLessEqual(set(sections[name]), self.KEYS[name], name)

    def test_each_field_is_explained(self):
        lines = text_of("litefs.yml").splitlines()
        for index, line in enumerate(lines):
            if not (field := re.match(r" *([\w-]+): \S", line)):
                continue
            above = lines[index - 1]
            if above.endswith(":"):  # the first of a section, which is what that is about
                above = lines[index - 2]
            self.assertTrue(above.lstrip().startswith("#"), f"{field[1]} has no comment above it")

    def test_the_database_is_in_the_mount_and_the_mount_holds_nothing_else(self):
        env = self.STAGE.environment()
        mount = PurePosixPath(LITEFS["fuse"]["dir"])
        self.assertEqual(PurePosixPath(env["DATABASE_PATH"]).parent, mount)
        for path in [env["BACKUP_PATH"], env["CRASH_PATH"], env["ADMIN_SOCKET"],
                     LITEFS["data"]["dir"]]:
            self.assertNotIn(mount, [PurePosixPath(path), *PurePosixPath(path).parents])

    def test_what_litefs_keeps_is_on_the_volume_and_the_image_has_the_mounts_folder(self):
        self.assertTrue(LITEFS["data"]["dir"].startswith("/data/"))
        runs = " ".join(run.value for run in self.STAGE.all("RUN"))
        self.assertIn(f"install -d /data {LITEFS['fuse']['dir']}", runs)

    def test_the_server_knows_where_litefs_is(self):
        service = LITEFS["exec"][-1]["cmd"].split()
        self.assertIn(f"LITEFS_URL=http://{LITEFS['http']['addr']}", service)
        self.assertIn(f"LITEFS_MOUNT={LITEFS['fuse']['dir']}", service)

    def test_only_the_primary_region_may_lead(self):
        self.assertEqual(LITEFS["lease"]["candidate"], "${FLY_REGION == PRIMARY_REGION}")

    def test_there_is_no_proxy(self):
        self.assertNotIn("proxy", LITEFS)

    def test_only_the_private_network_reaches_litefs(self):
        self.assertEqual(LITEFS["http"]["addr"], "[${FLY_PRIVATE_IP}]:20202")
        self.assertTrue(LITEFS["lease"]["advertise-url"].endswith(".internal:20202"))

    def test_the_primary_is_named_by_where_its_server_takes_other_nodes_writes(self):
        node_port = default_of("NODE_PORT").strip("`")
        self.assertTrue(LITEFS["lease"]["hostname"].endswith(f".internal:{node_port}"))

    def test_the_last_command_is_the_server_as_its_user(self):
        *_, last = LITEFS["exec"]
        self.assertIn(" setpriv --reuid=coppice --regid=coppice ", last["cmd"])
        self.assertTrue(last["cmd"].endswith(" /usr/local/bin/coppice server"))

    def test_the_server_gets_each_folder_of_the_volume_that_it_writes_to(self):
        first, _ = LITEFS["exec"]
        install, made = first["cmd"].split(" /", 1)
        self.assertEqual(install, "install -d -m 750 -o coppice -g coppice")
        written = {path for path in self.STAGE.environment().values() if path.startswith("/data/")}
        self.assertEqual(set(f"/{made}".split()), written)
        self.assertIn(self.STAGE.environment()["CRASH_PATH"], written)

    def test_waits_for_the_role_and_consul_takes_the_time_to_live(self):
        self.assertFalse(LITEFS["skip-sync"])
        self.assertTrue(LITEFS["exit-on-error"])
        self.assertGreaterEqual(seconds(LITEFS["lease"]["consul"]["ttl"]), 10)


class EnvironmentExampleTest(unittest.TestCase):
    ENTRIES = re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", text_of(".env.example"), re.MULTILINE)

    def test_lists_every_variable_once_and_no_other(self):
        self.assertEqual(sorted(name for name, _ in self.ENTRIES), sorted(variables()))

    def test_the_readme_lists_the_same(self):
        rows = re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \|", text_of("README.md"), re.MULTILINE)
        self.assertEqual(sorted(rows), sorted(variables()))

    def test_shows_the_readmes_defaults(self):
        for name, value in self.ENTRIES:
            if default := re.fullmatch(r"`([^`]*)`|(\d+)", default_of(name)):
                self.assertEqual(value.strip('"'), default[1] or default[2], name)

    def test_sets_nothing_by_itself(self):
        for line in text_of(".env.example").splitlines():
            self.assertTrue(not line or line.startswith("#"), line)


if __name__ == "__main__":
    unittest.main()
