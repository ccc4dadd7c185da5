# SPDX-License-Identifier: Apache-2.0
"""The gate finds each planted change, says what it is, and does not answer what it cannot tell."""
import os
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

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


class Commands(unittest.TestCase):
    """Without a tool or a library there is no answer, which is not yes."""

    def exit_status(self, *arguments: str, **environment: str) -> int:
        built = workshop.unchanged()
        command: list[str | Path] = [
            sys.executable, workshop.ROOT / "abi" / "gate.py", "--library", built.library,
            "--debug-library", built.debug_library, "--version-script", built.version_script,
            *arguments]
        return subprocess.run(command, env={**os.environ, **environment}, capture_output=True,
                              check=False).returncode

    def test_a_tool_that_is_missing(self) -> None:
        for tool in ("clang", "readelf", "gcc", "abidiff", "abi-dumper", "abi-compliance-checker"):
            with self.subTest(tool), tempfile.TemporaryDirectory() as name:
                for folder in os.environ["PATH"].split(os.pathsep):
                    for path in Path(folder).glob("*"):
                        link = Path(name) / path.name
                        if path.name != tool and not link.exists():
                            link.symlink_to(path)
                self.assertEqual(CANNOT_TELL, self.exit_status("check", PATH=name))

    def test_a_library_that_is_missing(self) -> None:
        self.assertEqual(CANNOT_TELL, self.exit_status("--library", "/missing.so", "check"))

    def test_a_release_that_is_there_already_is_not_frozen_again(self) -> None:
        self.assertEqual(NO, self.exit_status("release", "0.1"))

    def test_a_release_that_the_headers_do_not_name(self) -> None:
        self.assertEqual(NO, self.exit_status("release", "0.9"))


if __name__ == "__main__":
    unittest.main()
