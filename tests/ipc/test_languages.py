# SPDX-License-Identifier: Apache-2.0
"""H4: processes in every language at work on one file, at the same time.

The processes are the languages' conformance testees; api/conformance/README.md describes what they
are told. MMIO_ROOT names the project.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import unittest
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TypeVar

ROOT = Path(os.environ["MMIO_ROOT"])
sys.path.insert(0, str(ROOT / "api/conformance"))

from drive import Case, Testee, parse_answer, pattern

T = TypeVar("T")

LAUNCHER = str(ROOT / "tests/conformance/testee.sh")
TESTEES = subprocess.run([LAUNCHER], capture_output=True, text=True, check=True).stdout.split()

ANSWER_LIMIT = 60.0  # Seconds.
ADDS = 500
CELL32, CELL64 = 0, 8
RECORDS = 4096
RECORD_SIZE = 10_001  # Records share pages, and begin at no alignment.
FILE_SIZE = RECORDS + RECORD_SIZE * len(TESTEES)


class Process:
    """A testee that has opened the file as map m."""

    def __init__(self, name: str, number: int, directory: str) -> None:
        self.name = name
        self.number = number
        case = Case(name="ipc", contract=[], steps=[])
        self.testee = Testee([LAUNCHER, name], case, os.fsencode(directory), ANSWER_LIMIT)

    def ask(self, *words: object) -> dict[str, str]:
        answer = parse_answer(self.testee.ask("\t".join(map(str, words))))
        if answer.status != "ok":
            raise AssertionError(f"{self.name}: {words} answers {answer.status}")
        return answer.fields

    def open(self, name: str) -> dict[str, str]:
        return self.ask("open", name, b"shared".hex(), "mode=rw")


class Languages(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = Path(directory.name) / "shared"
        self.path.write_bytes(bytes(FILE_SIZE))
        self.processes = []
        for number, name in enumerate(TESTEES):
            process = Process(name, number, directory.name)
            self.addCleanup(process.testee.close)
            self.processes.append(process)
        self.everywhere(lambda process: process.open("m"))

    def tearDown(self) -> None:
        for process in self.processes:
            process.testee.finish()

    def everywhere(self, work: Callable[[Process], T]) -> list[T]:
        """Have all processes do it at the same time; the results, in their order."""
        start = threading.Barrier(len(self.processes))

        def run(process: Process) -> T:
            start.wait(ANSWER_LIMIT)
            return work(process)

        with ThreadPoolExecutor(len(self.processes)) as pool:
            return list(pool.map(run, self.processes))

    def cell(self, offset: int, size: int) -> int:
        """Read the file plainly."""
        return int.from_bytes(self.path.read_bytes()[offset : offset + size], sys.byteorder)

    def test_every_language_is_there(self) -> None:
        languages = {name.rstrip("0123456789.") for name in TESTEES}
        self.assertLessEqual({"c", "go", "java", "lua", "python"}, languages)

    def test_adds_at_the_same_time_lose_nothing(self) -> None:
        def add(process: Process) -> list[int]:
            before = []
            for _ in range(ADDS):
                before.append(int(process.ask("atomic", "m", 64, "add", CELL64, 1)["before"]))
                process.ask("atomic", "m", 32, "sub", CELL32, 1)
            return before

        befores = self.everywhere(add)
        total = ADDS * len(self.processes)
        # Every value was passed once: no two adds ever met the same one.
        self.assertEqual(sorted(chain.from_iterable(befores)), list(range(total)))
        for process in self.processes:
            seen = process.ask("atomic", "m", 64, "load", CELL64)["value"]
            self.assertEqual(int(seen), total, process.name)
        self.assertEqual(self.cell(CELL64, 8), total)
        self.assertEqual(self.cell(CELL32, 4), 2**32 - total)

    def test_adds_in_turn_show_at_once(self) -> None:
        expected = 0
        for _ in range(20):
            for process in self.processes:
                step = process.number + 1
                before = process.ask("atomic", "m", 64, "add", CELL64, step)["before"]
                self.assertEqual(int(before), expected, process.name)
                expected += step
        self.assertEqual(self.cell(CELL64, 8), expected)

    def test_every_process_sees_what_every_other_wrote(self) -> None:
        def place(process: Process) -> tuple[int, int]:
            return RECORDS + RECORD_SIZE * process.number, RECORD_SIZE

        def view(process: Process) -> None:
            process.ask("view", "all", "m", 0, FILE_SIZE)

        def write(process: Process) -> None:
            process.ask("write_pattern", "m", *place(process), process.number + 1)

        def look(process: Process) -> list[str]:
            copied = [process.ask("read_adler", "m", *place(each))["adler"]
                      for each in self.processes]  # fmt: skip
            # The view was taken before anybody wrote.
            return [*copied, process.ask("adler", "all")["adler"]]

        self.everywhere(view)
        self.everywhere(write)
        records = [pattern(RECORD_SIZE, process.number + 1) for process in self.processes]
        content = bytes(RECORDS) + b"".join(records)
        expected = [str(zlib.adler32(each)) for each in [*records, content]]
        for process, seen in zip(self.processes, self.everywhere(look), strict=True):
            self.assertEqual(seen, expected, process.name)
        self.assertEqual(self.path.read_bytes(), content)

    def test_growth_by_one_shows_when_others_open_anew(self) -> None:
        size = FILE_SIZE
        for grower in self.processes:
            grower.open("grown")
            grower.ask("resize", "grown", size + RECORD_SIZE, 0)
            grower.ask("write_pattern", "grown", size, RECORD_SIZE, size)
            expected = str(zlib.adler32(pattern(RECORD_SIZE, size)))
            for process in self.processes:
                opened = process.open("fresh")
                self.assertEqual(int(opened["size"]), size + RECORD_SIZE, process.name)
                seen = process.ask("read_adler", "fresh", size, RECORD_SIZE)["adler"]
                self.assertEqual(seen, expected, f"{process.name} after {grower.name}")
                self.assertEqual(int(process.ask("size", "m")["size"]), FILE_SIZE, process.name)
                process.ask("close", "fresh")
            grower.ask("close", "grown")
            size += RECORD_SIZE


if __name__ == "__main__":
    unittest.main()
