"""What telemetry costs is measured with all that the other benchmarks put servers under."""

import importlib.util
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def loaded():
    """bench/overhead/load.py, by a name that no other module has."""
    spec = importlib.util.spec_from_file_location("overhead_load", ROOT / "bench/overhead/load.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def workloads_of(script):
    """What a benchmark's script has in its list of workloads."""
    words = re.search(r"^workloads=\(([^)]*)\)", (ROOT / script).read_text(), re.MULTILINE)[1]
    return words.replace('"', "").split()


class OverheadTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(sys.path.__setitem__, slice(None), list(sys.path))
        self.workloads = loaded().WORKLOADS

    def test_each_workload_of_http_is_run(self):
        paths = dict(word.split("=", 1) for word in workloads_of("bench/http/run"))
        self.assertEqual(paths, {name: self.workloads[name].args[0] for name in paths})

    def test_each_workload_of_channels_is_run_but_for_5000_clients(self):
        run = [word for word in workloads_of("bench/realtime/run") if ",5000," not in word]
        self.assertEqual(run, [work.args[0] for work in self.workloads.values()
                               if not work.args[0].startswith("/")])

    def test_each_is_described(self):
        text = (ROOT / "bench/overhead/README.md").read_text().split("## Workloads")[1]
        described = re.findall(r"^\| `(\w+)` \|", text.split("\n## ")[0], re.MULTILINE)
        self.assertEqual(described, list(self.workloads))


if __name__ == "__main__":
    unittest.main()
