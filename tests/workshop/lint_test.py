"""The lint's programs: sources that are checked together, in parallel with others."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import check_headers  # noqa: E402 (the path has to be set first)
import lint  # noqa: E402 (as above)
import sources  # noqa: E402 (as above)
from sources import Unit  # noqa: E402 (as above)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patched = mock.patch.object(lint, "WORK", Path(folder.name))
        patched.start()
        self.addCleanup(patched.stop)

    def test_two_targets_that_compile_one_file_get_a_program_each(self):
        source = ROOT / "tests/support/print_seed.cpp"
        one = lint.write_batch([Unit(source, ("-DONE",))])
        other = lint.write_batch([Unit(source, ("-DOTHER",))])
        self.assertNotEqual(one, other)

    def test_a_program_includes_each_of_its_sources(self):
        sources = [ROOT / "src/db/writer.cpp", ROOT / "src/db/reader.cpp"]
        program = lint.write_batch([Unit(source, ()) for source in sources]).read_text()
        for source in sources:
            self.assertIn(f'#include "{source}"', program)


class PartsTest(unittest.TestCase):
    """Sources that use the same private names are checked apart."""

    def parts(self, names, findings):
        return [[str(unit.path) for unit in part] for part in
                lint.parts_apart([Unit(Path(name), ()) for name in names], findings)]

    def test_none_where_everything_compiles(self):
        found = ["/a.cpp:1:2: error: text used after it was moved [bugprone-use-after-move]"]
        self.assertEqual(self.parts(["/a.cpp", "/b.cpp"], found), [])

    def test_what_does_not_compile_beside_its_neighbours_goes_apart(self):
        found = ["/b.cpp:1:2: error: redefinition of 'kTimeout' [clang-diagnostic-error]"]
        self.assertEqual(self.parts(["/a.cpp", "/b.cpp", "/c.cpp"], found),
                         [["/a.cpp", "/c.cpp"], ["/b.cpp"]])

    def test_halves_where_all_are_blamed(self):
        names = ["/a.cpp", "/b.cpp", "/c.cpp", "/d.cpp"]
        found = [f"{name}:1:2: error: no [clang-diagnostic-error]" for name in names]
        self.assertEqual(self.parts(names, found), [names[:2], names[2:]])

    def test_halves_where_only_a_header_is_blamed(self):
        found = ["/shared.hpp:1:2: error: no [clang-diagnostic-error]"]
        self.assertEqual(self.parts(["/a.cpp", "/b.cpp"], found), [["/a.cpp"], ["/b.cpp"]])

    def test_one_that_does_not_compile_alone_is_a_finding(self):
        found = ["/a.cpp:1:2: error: no [clang-diagnostic-error]"]
        self.assertEqual(self.parts(["/a.cpp"], found), [])


class CheckTest(unittest.TestCase):
    """What cannot be checked together is checked apart; what cannot be checked is a finding."""

    def setUp(self):
        lint.build_plugin()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for module, name in ((lint, "WORK"), (sources, "ROOT")):
            patched = mock.patch.object(module, name, self.folder)
            patched.start()
            self.addCleanup(patched.stop)

    def unit(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return Unit(path, ("-std=c++23", "-w"))

    def test_sources_with_the_same_private_names_are_clean_apart(self):
        same = "namespace { int number() { return 1; } }\nint use_%s() { return number(); }\n"
        results = lint.check([self.unit("a.cpp", same % "a"), self.unit("b.cpp", same % "b")])
        self.assertEqual(sorted(unit.path.name for part, _ in results for unit in part),
                         ["a.cpp", "b.cpp"])
        self.assertEqual([found for _, found in results], [[], []])

    def test_a_plugin_that_cannot_be_loaded_is_a_finding(self):
        with mock.patch.object(lint, "PLUGIN", self.folder / "none.so"):
            (_, found), = lint.check([self.unit("a.cpp", "int a();\n")])
        self.assertTrue(found)


class HeaderTest(unittest.TestCase):
    """A header has to compile alone, also where what it shares with others was compiled before."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "src/db").mkdir(parents=True)
        self.write("base.hpp", "#include <vector>\n")
        for module in (sources, check_headers):
            patched = mock.patch.object(module, "ROOT", self.root)
            patched.start()
            self.addCleanup(patched.stop)

    def write(self, name, content):
        path = self.root / "src/db" / name
        path.write_text("#pragma once\n" + content)
        return Unit(path, ("-std=c++23", "-w", f"-I{self.root}/src"))

    def findings(self, *contents):
        """Those of headers that share what all of them include."""
        units = [self.write(f"{i}.hpp", content) for i, content in enumerate(contents)]
        (group, shared), = check_headers.groups(units, sources.Sources())
        found = dict(check_headers.check(group, shared))
        return [found[unit] for unit in units]

    def test_those_that_include_what_they_need_are_clean(self):
        found = self.findings("#include <vector>\nstd::vector<int> f();\n",
                              '#include "db/base.hpp"\nstd::vector<int> g();\n')
        self.assertEqual(found, ["", ""])

    def test_one_that_needs_what_its_neighbours_include_is_a_finding(self):
        good, bad = self.findings("#include <cstdint>\n#include <vector>\nstd::vector<int> f();\n",
                                  "#include <cstdint>\nstd::vector<int> g();\n")
        self.assertEqual(good, "")
        self.assertIn("1.hpp:3:6: error", bad)

    def test_one_where_that_of_which_all_are_made_does_not_compile_is_a_finding(self):
        self.write("base.hpp", "std::vector<int> h();\n")
        found = self.findings('#include "db/base.hpp"\n', '#include "db/base.hpp"\n')
        self.assertTrue(all(found))


class FingerprintTest(unittest.TestCase):
    """What passed is known by what it holds, wherever the checkout is."""

    def fingerprint(self, content, flags=("-DA", "-I{root}/src")):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            source = root / "src/db/a.cpp"
            source.parent.mkdir(parents=True)
            source.write_text(content)
            unit = Unit(source, tuple(flag.format(root=root) for flag in flags))
            with mock.patch.object(sources, "ROOT", root):
                return sources.Sources().fingerprint(unit)

    def test_the_same_in_another_checkout(self):
        self.assertEqual(self.fingerprint("int a;"), self.fingerprint("int a;"))

    def test_another_for_other_contents(self):
        self.assertNotEqual(self.fingerprint("int a;"), self.fingerprint("int b;"))

    def test_another_for_other_flags(self):
        self.assertNotEqual(self.fingerprint("int a;"), self.fingerprint("int a;", ("-DB",)))


if __name__ == "__main__":
    unittest.main()
