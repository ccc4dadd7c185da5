#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Changes the library in one place at a time, and counts how often the tests notice.

    check_mutants.py [--minutes N] [--given FILE]
                            prints the score, and the mutants that nothing noticed

mutants.toml says what is changed and which tests are to notice. A mutant that does not compile, or
compiles to what was there before, is not valid. equivalent.txt names those that no test can notice.
--minutes ends a run early, which then has fewer than it should. --given judges the mutants of a
file instead of a sample, as survivors.txt in build/mutants names them.
"""
import argparse
import contextlib
import hashlib
import io
import math
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from universalmutator import mutator  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

WORKERS = 2
PARTS = 4
RULES = ["universal.rules", "c_like.rules", "c.rules"]
# Checks of our own invariants: a weaker one changes nothing.
IGNORED = [r"^\s*(MMIO_ASSERT|_Static_assert)\b"]
# Where one begins: a name with a bracket behind it, at the beginning of a line.
FUNCTION = re.compile(r"[a-z][^;=]*?(\w+)\([^;]*$")

# A test that takes so many times as long as usual, and some seconds for a busy machine, hangs.
PATIENCE = 10
PATIENCE_SECONDS = 5
# Each test has files, shared memory and processes of its own, of which nothing stays.
CAGE = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
        "prlimit", f"--data={4 << 30}", "--core=0", "sh", "-c",
        'mount --bind "$0" /tmp && mount -t tmpfs -o size=1g none /dev/shm && "$@"; exit $?']

VALID = ("killed", "survived")


@dataclass(frozen=True)
class Mutant:
    """One line of a function, and what stands there instead."""

    path: str
    function: str  # Or "", before the first.
    before: str
    after: str
    line: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.path} {self.function}\n- {self.before}\n+ {self.after}\n"


@dataclass
class Verdict:
    mutant: Mutant
    kind: str  # "broken", "same", "killed", "survived"
    by: str = ""


def settings_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "mutants.toml").read_text())


# --- which mutants -------------------------------------------------------------------------------


def lines_of(path: Path) -> list[tuple[str, str]]:
    """Each line without its indentation, and the function that it is in."""
    found = []
    function = ""
    for line in path.read_text().splitlines():
        if match := FUNCTION.match(line):
            function = match[1]
        found.append((function, line.strip()))
    return found


def mutants_of(root: Path, path: str) -> list[Mutant]:
    lines = lines_of(root / path)
    source = (root / path).read_text().splitlines(keepends=True)
    with contextlib.redirect_stdout(io.StringIO()):
        made = mutator.mutants_regexp(source, RULES, ignorePatterns=IGNORED, ignoreStringOnly=True)
    # On one line: if all others moved, the code of asserts would change with their numbers.
    mutants = []
    for line, text, *_ in made:
        function, before = lines[line - 1]
        after = re.sub(r"\s*\n\s*", " ", text.strip())
        mutants.append(Mutant(path, function, before, after, line))
    return mutants


class Sample:
    """Mutants in turn, until each file has its share of valid ones: some of each, then some more,
    so that a run that ends early has seen all files."""

    def __init__(self, candidates: dict[str, list[Mutant]], count: int, seed: int,
                 without: Iterable[Mutant] = (), minutes: float = math.inf) -> None:
        self.end = time.monotonic() + 60 * minutes
        chance = random.Random(seed)
        total = sum(map(len, candidates.values()))
        self.lock = threading.Lock()
        self.files = []
        for path, mutants in candidates.items():
            share = -(-count * len(mutants) // total)
            shuffled = chance.sample(mutants, len(mutants))
            left = [mutant for mutant in shuffled if mutant not in without]
            self.files.append((path, left, share))
        self.expected: Counter[str] = Counter()  # Valid ones, and those that are being judged.

    def __iter__(self) -> Iterator[Mutant]:
        return self

    def __next__(self) -> Mutant:
        with self.lock:
            for part in range(1, PARTS + 1):
                for path, mutants, share in self.files:
                    if mutants and self.expected[path] < share * part / PARTS:
                        self.expected[path] += 1
                        return self.unless_over(mutants.pop())
        raise StopIteration

    def unless_over(self, mutant: Mutant) -> Mutant:
        if time.monotonic() > self.end:
            raise StopIteration
        return mutant

    def is_not_valid(self, mutant: Mutant) -> None:
        with self.lock:
            self.expected[mutant.path] -= 1


def parse(text: str) -> dict[Mutant, str]:
    """Mutants as they print themselves, and what is said of each below it."""
    found = {}
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        if len(lines) < 3 or lines[1][:2] != "- " or lines[2][:2] != "+ ":
            raise SystemExit(f"mutants: not a mutant:\n{block}")
        path, function = lines[0].split(" ")
        found[Mutant(path, function, lines[1][2:], lines[2][2:])] = " ".join(lines[3:])
    return found


def check_equivalent(equivalent: dict[Mutant, str], root: Path) -> list[str]:
    """What is wrong with the list: no reason, or a line that is not there any more."""
    problems = []
    for mutant, reason in equivalent.items():
        if (mutant.function, mutant.before) not in lines_of(root / mutant.path):
            problems.append(f"there is no such line:\n{mutant}")
        if not reason:
            problems.append(f"no reason for\n{mutant}")
    return problems


# --- what becomes of one -------------------------------------------------------------------------


def files_of(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def follow(root: Path, names: list[str], copy: Path) -> None:
    """Make a copy of some sources what they are now. What did not change is not built again."""
    wanted = {Path(name) for name in names if (root / name).is_file()}
    for name in names:
        wanted |= {name / path for path in files_of(root / name)}
    for path in files_of(copy) - wanted:
        (copy / path).unlink()
    for path in wanted:
        target = copy / path
        if not target.exists() or target.read_bytes() != (root / path).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, target)


class Tree:
    """A copy of the sources and its build, in which one mutant at a time is judged."""

    alone = threading.Lock()

    def __init__(self, settings: dict[str, Any], root: Path, place: Path) -> None:
        self.settings = settings
        self.source = place / "source"
        self.build = place / "build"
        self.temporary = place / "tmp"
        follow(root, settings["sources"], self.source)
        subprocess.run(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja",
                        "-DCMAKE_BUILD_TYPE=", "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON",
                        *settings["options"]], check=True, stdout=subprocess.DEVNULL)
        tests = settings["tests"] + settings["late_tests"]
        if not self.compile(*tests):
            raise SystemExit("mutants: the sources do not build")
        self.original = self.code()
        self.seconds: dict[str, float] = {}
        for test in tests:
            begin = time.monotonic()
            if failed := self.run(test, 120):
                raise SystemExit(f"mutants: without any mutant fails {failed}")
            self.seconds[test] = time.monotonic() - begin

    def compile(self, *targets: str) -> bool:
        """Each is called as its program, in whatever folder that is."""
        names = [Path(target).name for target in targets]
        return subprocess.run(["ninja", "-C", self.build, "-j1", *names],
                              check=False, capture_output=True).returncode == 0

    def code(self) -> str:
        digest = hashlib.sha256()
        for path in sorted((self.build / self.settings["objects"]).rglob("*.o")):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def run(self, test: str, timeout: float) -> str:
        """Which test failed, and whether it hung; "" if it passed."""
        is_alone = test in self.settings["alone_tests"]
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        try:
            with self.alone if is_alone else contextlib.nullcontext():
                done = subprocess.run(
                    [*CAGE, self.temporary, self.build / "tests" / test], timeout=timeout,
                    env=os.environ | self.settings["environment"], check=False,
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return f"{test}, which hung"
        return test if done.returncode != 0 else ""

    @contextlib.contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        path = self.source / mutant.path
        text = path.read_text()
        lines = text.splitlines()
        number = mutant.line or 1 + lines_of(path).index((mutant.function, mutant.before))
        lines[number - 1] = mutant.after
        path.write_text("\n".join(lines) + "\n")
        try:
            yield
        finally:
            path.write_text(text)


class Judge:
    """What all workers know."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.lock = threading.Lock()
        self.seen: set[str] = set()
        self.kills: Counter[tuple[str, str]] = Counter()

    def is_new(self, code: str) -> bool:
        with self.lock:
            is_new = code not in self.seen
            self.seen.add(code)
            return is_new

    def killer(self, tree: Tree, mutant: Mutant, tests: Iterable[str]) -> str:
        """The first test that notices, "" if none does. Those that noticed most come first."""
        for test in sorted(tests, key=lambda test: -self.kills[mutant.path, test]):
            if failed := tree.run(test, PATIENCE_SECONDS + PATIENCE * tree.seconds[test]):
                with self.lock:
                    self.kills[mutant.path, test] += 1
                return failed
        return ""

    def judge(self, tree: Tree, mutant: Mutant) -> Verdict:
        settings = self.settings
        with tree.changed(mutant):
            if not tree.compile(Path(settings["objects"]).name.removesuffix(".dir")):
                return Verdict(mutant, "broken")
            code = tree.code()
            if code == tree.original or not self.is_new(code):
                return Verdict(mutant, "same")
            for tests in (settings["tests"], settings["late_tests"]):
                if not tree.compile(*tests):
                    return Verdict(mutant, "broken")
                if by := self.killer(tree, mutant, tests):
                    return Verdict(mutant, "killed", by)
        return Verdict(mutant, "survived")


def judge_all(settings: dict[str, Any], root: Path, place: Path, mutants: Iterator[Mutant]
              ) -> list[Verdict]:
    judge = Judge(settings)
    verdicts: list[Verdict] = []

    def work(number: int) -> None:
        tree = Tree(settings, root, place / str(number))
        for mutant in mutants:
            verdict = judge.judge(tree, mutant)
            with judge.lock:
                verdicts.append(verdict)
            if verdict.kind not in VALID and isinstance(mutants, Sample):
                mutants.is_not_valid(mutant)
            if verdict.kind == "survived":
                print(f"{mutant}nothing noticed\n", flush=True)
            if len(verdicts) % 50 == 0:
                print(f"mutants: {len(verdicts)} judged", flush=True)

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(work, number) for number in range(WORKERS)]:
            done.result()
    return verdicts


# --- what is said of them ------------------------------------------------------------------------


def report(verdicts: list[Verdict], goal: int, count: int) -> tuple[list[str], bool]:
    """Lines to print, and whether the goal is reached."""
    kinds = Counter(verdict.kind for verdict in verdicts)
    by_file = Counter((verdict.mutant.path, verdict.kind) for verdict in verdicts)
    lines = [f"{path}: {by_file[path, 'killed']} of "
             f"{sum(by_file[path, kind] for kind in VALID)}"
             for path in sorted({path for path, _ in by_file})]
    valid = sum(kinds[kind] for kind in VALID)
    hung = sum(verdict.by.endswith("hung") for verdict in verdicts)
    score = int(1000 * kinds["killed"] / max(valid, 1)) / 10
    lines.append(f"mutants: {len(verdicts)} judged, of which {kinds['broken']} did not compile and "
                 f"{kinds['same']} were the same code")
    lines.append(f"mutants: {kinds['killed']} of {valid} noticed ({score} %, goal {goal} % of "
                 f"{count}), {hung} of them by a test that hung")
    return lines, valid >= count and 100 * kinds["killed"] >= goal * valid


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--settings", type=Path, default=HERE)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--given", type=Path)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    settings = settings_of(arguments.settings)
    equivalent = parse((arguments.settings / "equivalent.txt").read_text())
    if problems := check_equivalent(equivalent, root):
        sys.exit("mutants: equivalent.txt: " + "\n".join(problems))

    count = settings["count"]
    mutants: Iterator[Mutant]
    if arguments.given:
        given = parse(arguments.given.read_text())
        mutants, count = iter(list(given)), 1
    else:
        candidates = {path: mutants_of(root, path) for path in settings["files"]}
        mutants = Sample(candidates, count, settings["seed"], equivalent, arguments.minutes)
    place = root / "build" / "mutants"
    verdicts = judge_all(settings, root, place, mutants)

    survivors = [verdict.mutant for verdict in verdicts if verdict.kind == "survived"]
    (place / "survivors.txt").write_text("\n".join(map(str, survivors)))
    lines, is_reached = report(verdicts, settings["goal"], count)
    print("\n".join(lines))
    print(f"mutants: {len(equivalent)} more are listed as equivalent")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
