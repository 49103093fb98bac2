"""The alert rules and the dashboard ask in PromQL, and each rule is explained."""

import json
import re
import subprocess
import unittest

from support.project import ROOT, seconds, text_of, yaml_of

(GROUP,) = yaml_of("docs/prometheus/alerts.yml")["groups"]
RULES = {rule["alert"]: rule for rule in GROUP["rules"]}
DASHBOARD = json.loads(text_of("docs/grafana/coppice.json"))


def documented():
    """The families that docs/metrics.md explains."""
    rows = [line for line in text_of("docs/metrics.md").split("\n## ")[0].splitlines()
            if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])]


def not_promql(expressions):
    """Those that Prometheus's grammar doesn't take."""
    done = subprocess.run(["node", "tests/deploy/support/parse_promql.mjs"], cwd=ROOT, check=True,
                          input=json.dumps(expressions), capture_output=True, text=True)
    return done.stdout.splitlines()


class AlertsTest(unittest.TestCase):
    def test_the_check_finds_what_is_no_promql(self):
        broken = ["", "up ==", "rate(requests[5m)", "up{job=coppice}", "sum by instance (up)"]
        self.assertEqual(len(not_promql(broken)), len(broken))
        self.assertEqual(not_promql(["up == 0"]), [])

    def test_rules_ask_in_promql(self):
        self.assertGreater(len(RULES), 10)
        self.assertEqual(not_promql([rule["expr"] for rule in RULES.values()]), [])

    def test_panels_ask_in_promql(self):
        # Grafana puts the values of its variables in.
        asked = [re.sub(r"\$__\w*interval", "1m", target["expr"])
                 for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(asked), 30)
        self.assertEqual(not_promql(asked), [])

    def test_each_family_is_in_a_panel(self):
        shown = " ".join(target["expr"] for panel in DASHBOARD["panels"]
                         for target in panel.get("targets", []))
        self.assertGreater(len(documented()), 80)
        missing = [name for name in documented()
                   if not re.search(rf"\b{name}(_bucket)?\b", shown)]
        self.assertEqual(missing, [])

    def test_panels_lie_side_by_side(self):
        taken = {}
        for panel in DASHBOARD["panels"]:
            at = panel["gridPos"]
            for x in range(at["x"], at["x"] + at["w"]):
                self.assertLess(x, 24, panel["title"])
                for y in range(at["y"], at["y"] + at["h"]):
                    self.assertNotIn((x, y), taken, panel["title"])
                    taken[x, y] = panel["title"]
        numbers = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(numbers), len(set(numbers)))

    def test_each_rule_waits_or_looks_back_has_a_severity_and_says_where_it_is_explained(self):
        self.assertEqual(len(RULES), len(GROUP["rules"]))
        for name, rule in RULES.items():
            self.assertLessEqual(set(rule), {"alert", "expr", "for", "labels", "annotations"}, name)
            # What is over at once is looked for in the time that has passed, or nobody hears of it.
            if seconds(rule["for"]) == 0:
                self.assertRegex(rule["expr"], r"^increase\(.*\[\d+[mh]\]\)", name)
            self.assertIn(rule["labels"]["severity"], ["page", "warn"], name)
            page, anchor = rule["annotations"]["runbook"].split("#")
            self.assertIn(f'<a id="{anchor}"></a>`{name}`', text_of(page))
            self.assertRegex(rule["annotations"]["summary"], r"\{\{ \$labels\.\w+ \}\}", name)


if __name__ == "__main__":
    unittest.main()
