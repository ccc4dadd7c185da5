#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that the fault points are all there are.

    check_cover.py PROGRAM OBJECT REPORT

PROGRAM is the test, OBJECT the library as it is before its calls are renamed, REPORT what a run of
the program wrote. Fails if the library calls something that neither calls.txt nor cannot_fail.txt
names, if a call is made somewhere and no run made it fail there, if a public function is in no
scenario, or if one of the lists names what is not there.
"""
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
API = HERE.parent.parent / "api" / "mmio.api.json"

# Of the sanitizers and of coverage, which come with the compiler.
COMPILERS = re.compile(r"__(asan|ubsan|tsan|sanitizer|gcov)_|__stack_chk_fail")

# Public functions that no scenario calls.
NOT_CALLED = {
    "mmio_set_allocator": "comes before the first use, and calls nothing",
}

FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(\S+)\s*(.*)$")
CALLED = re.compile(r"<failing_(\w+)>$")


def output(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def lines_of(name: str) -> list[str]:
    lines = (HERE / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def check_symbols(object_file: str) -> list[str]:
    """What the library calls is in one of the two lists, and they name nothing else."""
    wrapped = {line.split()[0] for line in lines_of("calls.txt")}
    safe = {line.split()[0] for line in lines_of("cannot_fail.txt")}
    called = {line.split()[-1] for line in output("nm", "-u", object_file)}
    problems = [f"{name}: is in both lists" for name in sorted(wrapped & safe)]
    for name in sorted(called - wrapped - safe):
        if not COMPILERS.match(name):
            problems.append(f"{name}: the library calls it, and neither list names it")
    return problems + [f"{name}: the library does not call it" for name in sorted(wrapped - called)]


def call_sites(program: str) -> list[tuple[int, str, str]]:
    """Return address, function and call of each place that calls what can fail."""
    sites = []
    function, before = "", None
    for line in output("objdump", "-d", "--no-show-raw-insn", program):
        if match := FUNCTION.match(line):
            function, before = match[1], None
        elif match := INSTRUCTION.match(line):
            if before is not None:
                sites.append((int(match[1], 16), function, before))
            called = CALLED.search(match[3])
            before = called[1] if called and match[2] in ("call", "bl") else None
    return sites


def check_places(program: str, visited: set[int]) -> tuple[list[str], int]:
    """Every place has failed, or is listed: some depend on what the system has."""
    listed = {tuple(line.split()[:2]) for line in lines_of("unvisited.txt")}
    missed = defaultdict(list)
    sites = call_sites(program)
    for address, function, call in sites:
        if address not in visited:
            missed[function, call.removesuffix("64")].append(address)
    problems = [
        f"{call} in {function}: no run made it fail there"
        for function, call in missed.keys() - listed
    ]
    there = {(function, call.removesuffix("64")) for _, function, call in sites}
    problems += [
        f"{call} in {function}: is listed as unvisited, and not there"
        for function, call in listed - there
    ]
    return sorted(problems), len(sites)


def check_limited(program: str) -> list[str]:
    """Some calls cannot fail in one function only: nobody else makes them."""
    problems = []
    limited = {
        words[0]: words[1].rstrip(":")
        for words in map(str.split, lines_of("cannot_fail.txt"))
        if words[1].startswith("mmio__")
    }
    for name, owner in limited.items():
        function = ""
        for line in output("objdump", "-d", "-r", "--no-show-raw-insn", program):
            if match := FUNCTION.match(line):
                function = match[1]
            elif re.search(rf"\bR_\w+\s+{name}\b", line) and function != owner:
                problems.append(f"{name}: called in {function} too")
    return problems


def check_functions(called: set[str]) -> list[str]:
    headers = json.loads(API.read_text())["headers"]
    public = {function["name"] for header in headers for function in header.get("functions", [])}
    missing = public - called - NOT_CALLED.keys()
    problems = [f"{name}: is in no scenario" for name in sorted(missing)]
    problems += [f"{name}: is no public function" for name in sorted(called - public)]
    return problems + [f"{name}: is in a scenario" for name in sorted(called & NOT_CALLED.keys())]


def main() -> int:
    program, object_file, report = sys.argv[1:]
    called: set[str] = set()
    visited: set[int] = set()
    problems: list[str] = []
    for line in Path(report).read_text().splitlines():
        kind, rest = line.split(" ", 1)
        if kind == "functions":
            called.update(rest.split())
        elif kind == "place":
            visited.add(int(rest, 16))
        elif kind == "rule" and rest.startswith("0 "):
            problems.append(f"{rest[2:]}: this rule of judge.c was never met")
    of_places, sites = check_places(program, visited)
    problems += of_places + check_symbols(object_file) + check_limited(object_file)
    problems += check_functions(called)
    for problem in problems:
        print(problem)
    print(f"fault points: {sites} call sites, {len(visited)} made to fail, {len(called)} functions")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
