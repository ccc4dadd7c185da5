# SPDX-License-Identifier: Apache-2.0
"""Old packages of other languages are not said to work where they do not, or where nobody knows.
Lua stands for all of them here; rehearse_packages.py has each."""
import shutil
import tarfile
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import workshop
from workshop import Change, Edit

import packages
import release
from gate import NO
from programs import CannotTell, Done


WITHOUT_OPEN = Change("", NO, NO, "", script=("        mmio_map_open;\n", ""))
ANOTHER_ANSWER = Change("", NO, NO, "", (Edit("libmmio/src/library.c", "128 << 40", "64 << 40"),))


def last_release() -> release.Release:
    return release.releases(workshop.ROOT / "abi")[-1]


class OldPackage(unittest.TestCase):
    suite: packages.Suite

    @classmethod
    def setUpClass(cls) -> None:
        with mock.patch.object(packages, "LUAS", ("5.4",)):
            (cls.suite,) = cls.enterClassContext(
                packages.built(last_release(), [packages.build_lua]))

    def run_on(self, library: Path) -> Done:
        with release.loadable(library, workshop.SONAME) as libraries:
            return self.suite.run(libraries)

    def run_on_changed(self, change: Change) -> Done:
        with workshop.copy_of_project() as root:
            return self.run_on(workshop.apply(root, change).library)

    def test_it_works_on_the_library_of_today(self) -> None:
        done = self.run_on(workshop.unchanged().library)
        self.assertEqual(0, done.code, done.output)

    def test_a_symbol_that_is_missing_is_noticed(self) -> None:
        done = self.run_on_changed(WITHOUT_OPEN)
        self.assertNotEqual(0, done.code, done.output)
        self.assertIn("undefined symbol: mmio_map_open", done.output)

    def test_another_answer_is_noticed(self) -> None:
        done = self.run_on_changed(ANOTHER_ANSWER)
        self.assertNotEqual(0, done.code, done.output)
        self.assertIn("max_size", done.output)


class WithoutAnAnswer(unittest.TestCase):
    """What is missing is never a success."""

    def refused(self, frozen: release.Release, builder: packages.Builder) -> str:
        with (self.assertRaises((CannotTell, OSError)) as raised,
              packages.built(frozen, [builder])):
            pass
        return str(raised.exception)

    def test_an_archive_that_is_missing(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = shutil.copytree(last_release().folder, Path(name) / "0.1")
            (folder / packages.ARCHIVE).unlink()
            said = self.refused(release.Release(folder), packages.build_lua)
        self.assertIn(packages.ARCHIVE, said)

    def test_tools_that_are_missing(self) -> None:
        with (tempfile.TemporaryDirectory() as name, mock.patch.dict("os.environ", PATH=name),
              mock.patch.object(packages, "install_stub")):
            for builder, said in ((packages.build_go, "go is not installed"),
                                  (packages.build_java, "bash"),
                                  (packages.build_lua, "busted is not installed"),
                                  (packages.build_python, "ended with")):
                with self.subTest(builder.__name__):
                    self.assertIn(said, self.refused(last_release(), builder))


class Archive(unittest.TestCase):
    def test_the_same_files_give_the_same_bytes(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            first, second = (Path(name) / each for each in ("first", "second"))
            copied = Path(name) / "copy"
            release.pack(workshop.ROOT, packages.SOURCES, first)
            release.unpack(first, copied)
            release.pack(copied, packages.SOURCES, second)
            self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_no_library_and_nothing_built_is_in_it(self) -> None:
        with tarfile.open(last_release().folder / packages.ARCHIVE) as archive:
            names = archive.getnames()
        self.assertIn("bindings/go/library.go", names)
        self.assertFalse([name for name in names
                          if "amalgamation" in name or name.endswith((".so", ".class", ".pyc"))])

    def test_files_that_are_not_there_any_more_are_told(self) -> None:
        with (tempfile.TemporaryDirectory() as name,
              self.assertRaisesRegex(CannotTell, "there is no api/conformance")):
            release.pack(Path(name), packages.SOURCES, Path(name) / "archive")


if __name__ == "__main__":
    unittest.main()
