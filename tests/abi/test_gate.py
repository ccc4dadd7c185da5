# SPDX-License-Identifier: Apache-2.0
"""The gate finds each planted change, says what it is, and does not answer what it cannot tell."""
import io
import os
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import workshop

import gate
import opinions
import release
from changes import CHANGES, LAST_SYMBOL, NEW_FUNCTION, declared_new
from gate import CANNOT_TELL, NO, YES
from workshop import Change, Edit


class PlantedChanges(unittest.TestCase):
    maxDiff = None

    def test_each_gets_its_verdicts(self) -> None:
        with (workshop.as_if_binding() as template,
              ProcessPoolExecutor(workshop.cores(), get_context("fork")) as pool):
            found = pool.map(partial(workshop.verdicts, template), CHANGES)
            for change, (check, accept, said) in zip(CHANGES, found, strict=True):
                with self.subTest(change.name):
                    self.assertEqual((change.check, change.accept), (check, accept), said)
                    self.assertIn(change.says, said)


class BeforeOneZero(unittest.TestCase):
    """A break needs a reason, which is kept."""

    ADDED = Edit("abi/symbols.txt", LAST_SYMBOL, f"{LAST_SYMBOL}LIBMMIO_0.1 mmio_map_strange\n")
    BREAK = "symbol mmio_map_strange@@LIBMMIO_0.1 is new, in a closed node"

    def test_a_break_with_a_reason_is_accepted_and_told_until_the_next_release(self) -> None:
        change = Change("", NO, NO, "", (declared_new("0.1"), self.ADDED), source=NEW_FUNCTION)
        with workshop.copy_of_project() as root:
            built = workshop.apply(root, change)
            project = gate.Project(root)
            self.assertEqual(NO, workshop.answer(project, built, "check")[0])
            refused, said = workshop.answer(project, built, "accept", reason="")
            self.assertEqual(NO, refused)
            self.assertIn(f"breaks 0.1: {self.BREAK}", said)
            accepted, said = workshop.answer(project, built, "accept", reason="0.1 is not out.")
            self.assertEqual(YES, accepted, said)
            self.assertEqual({self.BREAK: "0.1 is not out."}, project.accepted_breaks())
            checked, said = workshop.answer(project, built, "check")
            self.assertEqual(YES, checked, said)


class StockTools(unittest.TestCase):
    def test_what_is_not_known_is_found_by_both_and_what_is_known_is_not_told_again(self) -> None:
        source = "libmmio/src/segment.c"
        size = "mmio_segment_open(mmio_map *map, uint64_t offset, uint64_t size,"
        edits = [Edit(path, size, size.replace("uint64_t size", "uint32_t size"))
                 for path in (source, "api/include/mmio/segment.h")]
        change = Change("", NO, NO, "", tuple(edits))
        with workshop.copy_of_project() as root:
            built = workshop.apply(root, change)
            last = release.releases(root / "abi")[-1]
            ask = partial(opinions.ask, last, built.debug_library, root / "api" / "include",
                          report=root / "report.html")
            found = ask([])
            self.assertEqual(["abidiff", "ABI Compliance Checker"],
                             [text.partition(":")[0] for text in found], found)
            self.assertIn("mmio_segment_open", found[0])
            self.assertEqual([], ask(["function mmio_segment_open: it takes something else"]))


TOOLS = ("clang", "readelf", "gcc", "abidiff", "abi-dumper", "abi-compliance-checker")


class WithoutAnAnswer(unittest.TestCase):
    """Without a tool or a library the gate cannot tell, which is not yes."""

    def test_a_tool_that_is_missing(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            tools = Path(name)
            for folder in os.environ["PATH"].split(os.pathsep):
                for path in Path(folder).glob("*"):
                    if not (tools / path.name).exists():
                        (tools / path.name).symlink_to(path)
            for tool in TOOLS:  # some look for their parts beside the name they are called by
                path = (tools / tool).readlink()
                (tools / tool).unlink()
                (tools / tool).write_text(f'#!/bin/sh\nexec {path} "$@"\n', encoding="utf-8")
                (tools / tool).chmod(0o755)
            with mock.patch.dict(os.environ, PATH=name):
                for tool in TOOLS:
                    hidden = (tools / tool).rename(tools / f"hidden-{tool}")
                    with self.subTest(tool):
                        status, said = check(without_clang=tool == "clang")
                        self.assertEqual(CANNOT_TELL, status, said)
                        self.assertRegex(said, f"{tool} is not installed|"
                                               f"No such file or directory: '{tool}'")
                    hidden.rename(tools / tool)
                status, said = check(without_clang=False)
                self.assertEqual(YES, status, said)

    def test_a_library_that_is_missing(self) -> None:
        done = subprocess.run(
            [sys.executable, workshop.ROOT / "abi" / "gate.py", "--library", "/missing.so",
             "--debug-library", "/missing.so", "--version-script", "/missing.map", "check"],
            stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(CANNOT_TELL, done.returncode)
        self.assertIn("cannot tell: there is no /missing.so", done.stdout)


def check(without_clang: bool) -> tuple[int, str]:
    """What the gate says of the project; the headers are read only to miss clang."""
    project, built = gate.Project(), workshop.unchanged()
    if without_clang:
        return workshop.answer(project, built, "check")
    with mock.patch.object(gate, "describe", return_value=project.accepted().api):
        return workshop.answer(project, built, "check")


class Releases(unittest.TestCase):
    def freeze(self, root: Path, version: str) -> gate.Project:
        project = gate.Project(root)
        project.root = workshop.ROOT
        project.tests = workshop.ROOT / "tests"
        with redirect_stdout(io.StringIO()):
            gate.freeze(project, workshop.unchanged(), project.accepted(), version)
        return project

    def test_what_the_headers_do_not_name_is_not_frozen(self) -> None:
        with (workshop.copy_of_project() as root,
              self.assertRaisesRegex(gate.Refused, "the headers say 0.1.0, not 0.9")):
            self.freeze(root, "0.9")

    def test_a_binding_release_is_not_frozen_again(self) -> None:
        with (workshop.as_if_binding() as root,
              self.assertRaisesRegex(gate.Refused, "1.0 is frozen already")):
            self.freeze(root, "1.0")

    def test_before_1_0_a_release_can_be_frozen_anew_and_keeps_the_reasons_of_breaks(self) -> None:
        with workshop.copy_of_project() as root:
            frozen = root / "abi" / "releases" / "0.1"
            (root / "abi" / "current" / "breaks.json").write_text('{"a": "b"}', encoding="utf-8")
            (frozen / "stub.c").unlink()
            self.assertEqual(["stub.c"], release.Release(frozen).edited())
            project = self.freeze(root, "0.1")
            self.assertEqual([], release.Release(frozen).edited())
            self.assertEqual({}, project.accepted_breaks())
            self.assertEqual({"a": "b"}, release.read_json(frozen / "breaks.json"))


if __name__ == "__main__":
    unittest.main()
