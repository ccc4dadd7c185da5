#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says which tests prove each line of docs/behaviour.md.

    contract_report.py [ROOT]   prints a table, then what is wrong; fails if anything is

A test carries the lines it proves at the beginning of its name, G2_G3_prefetching_…; a conformance
case names them in its list "contract". A line needs a test in C that is built and registered,
unless due.txt names it with the reason.
"""
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

BEHAVIOUR = "docs/behaviour.md"
DUE = "tests/contract_report/due.txt"
BUILD = "tests/CMakeLists.txt"
CASES = "api/conformance"
HEADERS = "api/include"

# **A1 The whole file.** begins the text of a line; *(due)* follows if nothing keeps it yet.
LINE = re.compile(r"^\*\*([A-Z]\d+) ([^*]+)\.\*\*( \*\(due\)\*)?", re.M)
LINES_OF_NAME = re.compile(r"(?:[A-Z]\d+_)+")

C_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*', re.S)
CMAKE_COMMENT = re.compile(r'("[^"]*")|#[^\n]*')
C_DEFINED = re.compile(r"^static void (\w+)\(void \*\*\w+\)\s*\{", re.M)
C_TABLE = re.compile(r"\bCMUnitTest \w+\[\] = \{(.*?)\n    \};", re.S)
C_REGISTERED = re.compile(r"\b(?:[A-Z_]+|cmocka_unit_test\w*)\((\w+)")
# unittest registers every method of such a name by itself.
PYTHON_TEST = re.compile(r"^    def test_(\w+)\(self\b", re.M)


@dataclass
class Proofs:
    """The names of what proves one line."""

    c: list[str] = field(default_factory=list)
    python: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)


def lines_of(name: str) -> list[str]:
    """The contract's lines that a test's name begins with."""
    match = LINES_OF_NAME.match(name)
    return match[0].rstrip("_").split("_") if match else []


def line_order(line: str) -> tuple[str, int]:
    return line[0], int(line[1:])


def without_comments(text: str, comment: re.Pattern[str] = C_COMMENT) -> str:
    return comment.sub(lambda match: match[1] or " ", text)


class Report:
    def __init__(self, root: Path):
        self.root = root
        self.problems: list[str] = []
        self.titles: dict[str, str] = {}
        self.proofs: dict[str, Proofs] = defaultdict(Proofs)
        marked = self.read_behaviour()
        self.due = self.read_due()
        self.read_tests()
        self.read_cases()
        self.judge_due(marked)
        self.judge_lines()

    def text(self, name: str) -> str:
        path = self.root / name
        if path.is_file():
            return path.read_text(encoding="utf-8")
        self.problems.append(f"{name}: is not there")
        return ""

    def files(self, pattern: str) -> Iterator[tuple[str, str]]:
        for path in sorted(self.root.glob(pattern)):
            yield path.relative_to(self.root).as_posix(), path.read_text(encoding="utf-8")

    def read_behaviour(self) -> set[str]:
        """Fills in the titles; returns the lines marked as due."""
        text = self.text(BEHAVIOUR)
        found = LINE.findall(text)
        self.titles = {line: " ".join(title.split()) for line, title, _ in found}
        numbers: dict[str, list[int]] = defaultdict(list)
        for line, _, _ in found:
            numbers[line[0]].append(int(line[1:]))
        for section, those in numbers.items():
            if those != list(range(1, len(those) + 1)):
                self.problems.append(f"{BEHAVIOUR}: section {section} is not numbered from 1 up")
        if not found:
            self.problems.append(f"{BEHAVIOUR}: has no lines")
        self.judge_names(text)
        return {line for line, _, mark in found if mark}

    def judge_names(self, text: str) -> None:
        """What the behaviour names, the public headers have. A name may be cut: MMIO_MODE_…"""
        headers = " ".join(header for _, header in self.files(f"{HEADERS}/**/*.h"))
        known = set(re.findall(r"\b(?:mmio|MMIO)_\w+", headers))
        for name in sorted(set(re.findall(r"\b(?:mmio|MMIO)_\w+", text)) - known):
            if not (name.endswith("_") and any(other.startswith(name) for other in known)):
                self.problems.append(f"{BEHAVIOUR}: speaks of {name}, which no header has")

    def read_due(self) -> dict[str, str]:
        due: dict[str, str] = {}
        for text in self.text(DUE).splitlines():
            line, _, reason = text.partition(":")
            if not text.strip() or text.startswith("#"):
                continue
            if not reason.strip():
                self.problems.append(f"{DUE}: {line} has no reason")
            due[line] = reason.strip()
        return due

    def read_tests(self) -> None:
        lists = [(BUILD, self.text(BUILD)), *self.files("tests/*/CMakeLists.txt")]
        builds = {path.removesuffix("CMakeLists.txt"): without_comments(text, CMAKE_COMMENT)
                  for path, text in lists}
        for path, text in self.files("tests/*/test_*.c"):
            is_built = any(path.startswith(folder) and path.removeprefix(folder) in build
                           for folder, build in builds.items())
            self.read_c_tests(path, without_comments(text), is_built)
        for path, text in self.files("tests/*/test_*.py"):
            for name in PYTHON_TEST.findall(text):
                self.prove(path, name, "python")

    def read_c_tests(self, path: str, text: str, is_built: bool) -> None:
        tables = " ".join(C_TABLE.findall(text))
        registered = C_REGISTERED.findall(tables)
        for name in sorted(set(C_DEFINED.findall(text)) - set(registered)):
            self.problems.append(f"{path}: {name} is defined but not registered")
        for name, count in Counter(registered).items():
            if count > 1:
                self.problems.append(f"{path}: {name} is registered {count} times")
        if not is_built:
            self.problems.append(f"{path}: is built by no CMakeLists.txt")
            return
        for name in dict.fromkeys(registered):
            self.prove(path, name, "c")

    def prove(self, path: str, name: str, kind: str) -> None:
        for line in lines_of(name):
            self.prove_line(line, f"{path}: {name}", kind)

    def prove_line(self, line: str, name: str, kind: str) -> None:
        if line in self.titles:
            getattr(self.proofs[line], kind).append(name)
        else:
            self.problems.append(f"{name}: there is no line {line}")

    def read_cases(self) -> None:
        for path, text in self.files(f"{CASES}/*.json"):
            for case in json.loads(text)["cases"]:
                for line in case["contract"]:
                    self.prove_line(line, f"{path}: {case['name']}", "cases")

    def judge_due(self, marked: set[str]) -> None:
        for line in sorted(set(self.due) - set(self.titles)):
            self.problems.append(f"{DUE}: there is no line {line}")
        for line in sorted((set(self.due) & set(self.titles)) ^ marked):
            self.problems.append(f"{line}: is due in only one of {BEHAVIOUR} and {DUE}")

    def judge_lines(self) -> None:
        for line in sorted(self.titles, key=line_order):
            proofs = self.proofs[line]
            if line not in self.due and not proofs.c:
                self.problems.append(f"{line}: no test in C")
            if line in self.due and (proofs.c or proofs.python or proofs.cases):
                self.problems.append(f"{line}: has tests, so it is due no longer")

    def table(self) -> Iterator[str]:
        yield f"{'line':5}{'C':>5}{'Python':>8}{'cases':>7}  what it is about"
        for line in sorted(self.titles, key=line_order):
            proofs = self.proofs[line]
            counts = f"{len(proofs.c):5}{len(proofs.python):8}{len(proofs.cases):7}"
            note = f" (due: {self.due[line]})" if line in self.due else ""
            yield f"{line:5}{counts}  {self.titles[line]}{note}"

    def summary(self) -> str:
        proven = sum(bool(self.proofs[line].c) for line in self.titles)
        verdict = f"{len(self.problems)} problems" if self.problems else "nothing is wrong"
        return (f"contract_report: {len(self.titles)} lines, {proven} with a test in C,"
                f" {len(self.due)} due; {verdict}")


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    report = Report(root)
    print("\n".join([*report.table(), "", *report.problems, report.summary()]))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
