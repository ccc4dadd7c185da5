#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says how much of the library its tests run, and what of it they do not.

    check_coverage.py [ROOT]    prints the figures, then what is wrong; fails if anything is

The tests of the coverage preset have run before. remainder.txt names every line and every branch
that they leave out, by its text, each with the reason; one that is not there is wrong, and so is a
reason for what they do run, or for what is not there any more.
"""
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REMAINDER = "tests/coverage/remainder.txt"
SOURCE = "libmmio/src"
BUILD = "build/coverage"

BRANCHES_GOAL = 97  # Percent. Of lines all, but for those with reasons.

SECTION = re.compile(r"\[(.+)\]$")
ENTRY = re.compile(r"(line|\d+ branch(?:es)?|chance): (.+)$")


@dataclass
class Line:
    """What ran of a line of source."""

    number: int
    text: str
    count: int = 0
    branches: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def taken(self) -> int:
        return sum(count != 0 for count in self.branches.values())

    def missing(self) -> str:
        """As an entry names it, "" if nothing is missing."""
        if self.count == 0:
            return "line"
        branches = len(self.branches) - self.taken()
        return f"{branches} branch{'es' if branches > 1 else ''}" if branches else ""


@dataclass
class Reason:
    """An entry of remainder.txt. What depends on chance may be missing, and need not be."""

    path: str
    what: str
    text: str
    words: str = ""
    is_met: bool = False

    def fits(self, line: Line) -> bool:
        return self.text == line.text and not self.is_met and (
            self.what in ("chance", line.missing()))


Lines = dict[str, list[Line]]


def lines_of(report: dict[str, Any], root: Path) -> Lines:
    """A report of gcovr, with what inlined functions and macros make of one line as one."""
    found: Lines = {}
    for file in report["files"]:
        texts = (root / file["file"]).read_text().splitlines()
        by_number: dict[int, Line] = {}
        for entry in file["lines"]:
            number = entry["line_number"]
            line = by_number.setdefault(number, Line(number, texts[number - 1].strip()))
            line.count += entry["count"]
            for branch in entry["branches"]:
                key = (entry.get("function_name"), branch.get("source_block_id"),
                       branch.get("destination_block_id"), branch.get("branchno"))
                line.branches[key] = line.branches.get(key, 0) + branch["count"]
        found[file["file"]] = [by_number[number] for number in sorted(by_number)]
    return found


def parse(text: str) -> list[Reason]:
    reasons: list[Reason] = []
    waiting: list[Reason] = []  # For words, which follow a group of entries.
    path = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if section := SECTION.match(line):
            path = section[1]
        elif entry := ENTRY.match(line):
            if waiting and waiting[-1].words:
                waiting = []
            waiting.append(Reason(path, entry[1], entry[2]))
            reasons.append(waiting[-1])
        elif line.startswith("    ") and waiting:
            for reason in waiting:
                reason.words = f"{reason.words} {line.strip()}".strip()
        else:
            raise SystemExit(f"coverage: {REMAINDER}: what is this? {line}")
    return reasons


def check(lines: Lines, reasons: list[Reason]) -> Iterator[str]:
    """What is missing without a reason, and which reasons are for nothing."""
    by_path: dict[str, list[Reason]] = defaultdict(list)
    for reason in reasons:
        by_path[reason.path].append(reason)
    for path in sorted(lines):
        for line in lines[path]:
            if not line.missing():
                continue
            fitting = next((reason for reason in by_path[path] if reason.fits(line)), None)
            if fitting is None:
                yield f"{path}:{line.number}: {line.missing()}: {line.text}"
            else:
                fitting.is_met = True
    for reason in reasons:
        is_there = any(reason.text == line.text for line in lines.get(reason.path, []))
        if not reason.words:
            yield f"{REMAINDER}: no reason: {reason.path}: {reason.what}: {reason.text}"
        elif not is_there or not (reason.is_met or reason.what == "chance"):
            yield f"{REMAINDER}: is not missing: {reason.path}: {reason.what}: {reason.text}"


def percent(part: int, whole: int) -> str:
    """Never rounded up to 100."""
    return f"{part} of {whole} ({int(1000 * part / max(whole, 1)) / 10} %)"


def figures(lines: Lines) -> tuple[str, bool]:
    """To print, and whether the goal for branches is reached."""
    every = [line for of_file in lines.values() for line in of_file]
    ran = sum(line.count != 0 for line in every)
    taken = sum(line.taken() for line in every)
    branches = sum(len(line.branches) for line in every)
    text = f"coverage: lines {percent(ran, len(every))}, branches {percent(taken, branches)}"
    return text, bool(every) and 100 * taken >= BRANCHES_GOAL * branches


def report_of(root: Path) -> dict[str, Any]:
    """Counts of a thread that still ran when its process ended do not add up: gcov then finds some
    that are less than 0, which are taken for 0."""
    done = subprocess.run(
        ["gcovr", "--root", root, "--filter", f"{root / SOURCE}/", "--json", "-",
         "--gcov-ignore-parse-errors", "negative_hits.warn", root / BUILD],
        cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"coverage: gcovr fails:\n{done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    lines = lines_of(report_of(root), root)
    reasons = parse((root / REMAINDER).read_text())
    problems = list(check(lines, reasons))
    text, is_reached = figures(lines)
    if not is_reached:
        problems.append(f"fewer than {BRANCHES_GOAL} % of the branches are taken")
    for problem in problems:
        print(problem)
    print(f"{text}; {sum(reason.what == 'line' for reason in reasons)} lines and "
          f"{sum(reason.what != 'line' for reason in reasons)} lines' branches have a reason")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
