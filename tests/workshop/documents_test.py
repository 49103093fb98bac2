"""Documents name all that they list: the dashboard's questions and orders, and the kinds of events."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def text_of(path):
    return (ROOT / path).read_text()


def first_cells(path, title):
    """What stands in backquotes in the first column of the section's table."""
    section = text_of(path).split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def kinds():
    """The names of all kinds of events."""
    table = text_of("src/actors/events.cpp").split("kNames = {")[1].split("};")[0]
    return re.findall(r'"([a-z_.]+)"', table)


def kept_kinds():
    """The kinds of events that are at least as bad as "info" to the telemetry, by their names."""
    levels = text_of("src/app/telemetry.cpp").split("level_of(EventKind kind) {")[1]
    cases = re.findall(r"\bcase (\w+):", levels.split("\n}\n")[0])
    return {name for name in kinds() if name.replace(".", "_") in cases}, len(cases)


class DocumentsTest(unittest.TestCase):
    def test_the_dashboard_s_channel_has_each_event_and_no_other(self):
        passed_on = re.findall(r'Relayed\{"(\w+)",', text_of("src/app/dashboard/relay.cpp"))
        self.assertGreater(len(passed_on), 10)
        own = re.findall(r'on\.on\("(\w+)",', text_of("src/app/dashboard/admin_channel.cpp"))
        self.assertGreater(len(own), 3)
        documented = first_cells("docs/dashboard.md", "The channel `admin`")
        events = {cell for cell in documented if not cell.startswith("{")}
        self.assertEqual(events, {*passed_on, *own, "overview"})

    def test_the_dashboard_s_views_and_panels_are_each_explained(self):
        page = text_of("web/admin/index.html")
        views = re.findall(r'<a href="#(\w+)">', page)
        self.assertGreater(len(views), 3)
        overview = page.split('<div id="overview"')[1].split('<div id="clients"')[0]
        panels = re.findall(r'<h2 id="\w+-title">(\w+)</h2>', overview)
        self.assertGreater(len(panels), 4)
        text = text_of("docs/dashboard.md")
        self.assertEqual([view for view in views if f"`/admin#{view}`" not in text], [])
        self.assertEqual([panel for panel in panels if f"- **{panel}**" not in text], [])

    def test_each_kind_of_event_that_is_kept_is_explained(self):
        kept, cases = kept_kinds()
        self.assertEqual(len(kept), cases)
        self.assertEqual(set(first_cells("docs/admin.md", "Events")), kept)

    def test_each_kind_of_event_that_is_counted_is_named(self):
        counted = text_of("src/app/metrics/event_metrics.cpp").split("kCounted = {")[1]
        counted = set(re.findall(r"\w+", counted.split("};")[0]))
        (row,) = [line for line in text_of("docs/metrics.md").splitlines()
                  if line.startswith("| `coppice_runtime_events_total`")]
        named = re.findall(r"`([a-z]+\.[a-z_]+)`", row.split("|")[3])
        expected = [name for name in kinds() if name.replace(".", "_") in counted]
        self.assertEqual(sorted(named), sorted(expected))
        self.assertEqual(len(named), len(counted))


if __name__ == "__main__":
    unittest.main()
