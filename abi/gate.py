#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the promise of POLICY.md: what was released goes on working.

    gate.py check            name what differs from what was accepted, and what it breaks
    gate.py accept           accept that; refused if it breaks a release or a rule
    gate.py release VERSION  freeze what was accepted, for ever

Before 1.0 a release may be broken, with a reason that is kept: accept --reason "…".
Exit status: 0 yes, 1 no, 2 cannot tell.
"""
import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "api"))

import elf
import opinions
import packages
import rules
from compare import BREAKING, REVIEW, Difference, compare_headers, compare_libraries
from compiler import DescribeError, Json
from describe import as_text, describe, functions
from release import TESTS, Release, as_json, pack, read, read_json, releases, seal, stub
from programs import CannotTell

YES, NO, CANNOT_TELL = 0, 1, 2


@dataclass(frozen=True)
class Built:
    """The libraries and the version script that a build has made."""

    library: Path
    # The same sources with debug information, for those who read nothing else.
    debug_library: Path
    version_script: Path


@dataclass
class State:
    """All that a program can see."""

    api: Json
    library: Json
    version_script: str

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(int(number) for number in self.api["version"].split("."))


@dataclass
class Verdict:
    """What speaks against the present state."""

    problems: list[str] = field(default_factory=list)
    unaccepted: list[Difference] = field(default_factory=list)
    broken: dict[Release, list[str]] = field(default_factory=dict)


class Project:
    """Where everything is, in a working tree."""

    def __init__(self, root: Path = ROOT):
        self.root = root
        self.include = root / "api" / "include"
        self.tests = root / "tests"
        self.abi = root / "abi"
        self.description = root / "api" / "mmio.api.json"
        self.elf = self.abi / "current" / "libmmio.elf.json"
        self.version_script = self.abi / "current" / "libmmio.map"
        self.breaks = self.abi / "current" / "breaks.json"
        self.consumer = self.abi / "current" / "consumer.c"
        self.report = root / "build" / "abi" / "compliance.html"

    def accepted(self) -> State:
        return State(read_json(self.description), read_json(self.elf), read(self.version_script))

    def look(self, built: Built) -> State:
        return State(describe(self.include), elf.facts(built.library), read(built.version_script))

    def accepted_breaks(self) -> dict[str, str]:
        return dict(read_json(self.breaks))

    def accept(self, state: State, breaks: dict[str, str]) -> None:
        self.description.write_text(as_text(state.api), encoding="utf-8")
        self.elf.write_text(as_json(state.library), encoding="utf-8")
        self.version_script.write_text(state.version_script, encoding="utf-8")
        self.breaks.write_text(as_json(breaks), encoding="utf-8")


# --- judging -------------------------------------------------------------------------------------


def judge(project: Project, built: Built) -> tuple[State, Verdict]:
    frozen = releases(project.abi)
    try:
        state = project.look(built)
    except DescribeError as error:
        raise Refused([*rules.text_problems(project.include), str(error)]) from None
    verdict = Verdict(list(problems(project, state, frozen)))
    for release in kept(frozen, state.version[0]):
        verdict.broken[release] = broken(release, state, built)
    if frozen[-1] in verdict.broken:
        verdict.broken[frozen[-1]] += second_opinions(project, frozen[-1], state, built)
    verdict.unaccepted = unaccepted(project.accepted(), state, frozen, verdict)
    return state, verdict


class Refused(Exception):
    """What is wrong, when nothing more can be asked."""

    def __init__(self, reasons: list[str]):
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def kept(frozen: list[Release], major: int) -> list[Release]:
    """The releases whose programs must go on working: those of this major version, and before 1.0
    the last one. A new major version has none yet."""
    if not frozen[-1].is_binding:
        return [frozen[-1]]
    return [release for release in frozen if release.is_binding and release.number[0] == major]


def problems(project: Project, state: State, frozen: list[Release]) -> Iterator[str]:
    """The rules that are broken, whatever was accepted."""
    yield from rules.text_problems(project.include)
    yield from rules.header_problems(state.api)
    yield from rules.library_problems(state.library)
    yield from rules.symbol_problems(state.api, rules.listed_symbols(project.abi / "symbols.txt"),
                                     rules.exported_symbols(state.library["symbols"]))
    for release in frozen:
        yield from (f"{release.folder.name}/{name} is not as it was frozen"
                    for name in release.edited())
    if state.version[:2] < frozen[-1].number:
        yield f"the headers say {state.api['version']}, but {frozen[-1].version} is released"


def compare(api: Json, library: Json, state: State, closed: set[str]) -> list[Difference]:
    return [*compare_headers(api, state.api), *compare_libraries(library, state.library, closed)]


def broken(release: Release, state: State, built: Built) -> list[str]:
    """What would keep programs of a release from working."""
    library = release.library
    texts = [difference.text
             for difference in compare(release.api, library, state, set(library["nodes"]))
             if difference.severity is BREAKING]
    done = release.run_consumer(built.library)
    if done.code:
        lines = done.output.splitlines() or [f"ended with {done.code}"]
        texts += [f"a program of {release.version}: {line}" for line in lines]
    return texts


def second_opinions(project: Project, last: Release, state: State, built: Built) -> list[str]:
    known = [difference.text for difference in compare(last.api, last.library, state, set())]
    return opinions.ask(last, built.debug_library, project.include, known, project.report)


def unaccepted(accepted: State, state: State, frozen: list[Release],
               verdict: Verdict) -> list[Difference]:
    """What differs from what was accepted. What breaks no release is for people to judge."""
    closed = {node for release in frozen for node in release.library["nodes"]}
    found = compare(accepted.api, accepted.library, state, closed)
    if accepted.version_script != state.version_script and not found:
        found.append(Difference(REVIEW, "version script: it has changed"))
    breaks = {text for texts in verdict.broken.values() for text in texts}
    return [d if d.severity is not BREAKING or d.text in breaks else
            Difference(REVIEW, f"{d.text}; no release is broken by it") for d in found]


def with_reason(verdict: Verdict, reasons: dict[str, str]) -> Verdict:
    """Without the breaks that were accepted before 1.0."""
    left = {release: [text for text in texts if release.is_binding or text not in reasons]
            for release, texts in verdict.broken.items()}
    return Verdict(verdict.problems, verdict.unaccepted, left)


# --- commands ------------------------------------------------------------------------------------


def check(project: Project, state: State, everything: Verdict) -> int:
    verdict = with_reason(everything, project.accepted_breaks())
    for problem in verdict.problems:
        print(f"rule: {problem}")
    for difference in sorted(verdict.unaccepted, reverse=True):
        print(f"not accepted, {difference.severity}: {difference.text}")
    for release, texts in verdict.broken.items():
        for text in texts:
            print(f"breaks {release.version}: {text}")
    if verdict.problems or verdict.unaccepted or any(verdict.broken.values()):
        print("abi: no")
        return NO
    print(f"abi: yes; {len(functions(state.api))} functions, {len(state.api['targets'])} systems, "
          f"kept to {', '.join(release.version for release in verdict.broken) or 'no release'}")
    return YES


def accept(project: Project, state: State, verdict: Verdict, reason: str = "") -> int:
    before = project.accepted_breaks()
    left = with_reason(verdict, before)
    refused = [f"rule: {problem}" for problem in verdict.problems]
    for release, texts in left.broken.items():
        if release.is_binding or not reason:
            refused += [f"breaks {release.version}: {text}" for text in texts]
    if refused:
        raise Refused(refused)
    breaks = {text: before.get(text, reason)
              for release, texts in verdict.broken.items() if not release.is_binding
              for text in texts}
    project.accept(state, breaks)
    for difference in sorted(verdict.unaccepted, reverse=True):
        print(f"accepted, {difference.severity}: {difference.text}")
    return YES


def freeze(project: Project, built: Built, state: State, version: str) -> int:
    if version != state.api["version"].rpartition(".")[0]:
        raise Refused([f"the headers say {state.api['version']}, not {version}"])
    later = [node for node in state.library["nodes"]
             if tuple(map(int, re.findall(r"\d+", node))) > state.version[:2]]
    if later:
        raise Refused([f"{', '.join(later)} is for a later version"])
    destination = project.abi / "releases" / version
    if destination.exists() and Release(destination).is_binding:
        raise Refused([f"{version} is frozen already"])
    destination.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent.parent) as name:
        folder = Path(name) / version
        folder.mkdir()
        shutil.copytree(project.include, folder / "include")
        for path in (project.description, project.elf, project.version_script, project.breaks,
                     project.consumer):
            shutil.copy(path, folder)
        for file, text in zip(("stub.c", "stub.map"), stub(state.library), strict=True):
            (folder / file).write_text(text, encoding="utf-8")
        opinions.write(built.debug_library, project.include, version, folder)
        pack(project.tests, TESTS, folder / "tests.tar.xz")
        pack(project.root, packages.SOURCES, folder / packages.ARCHIVE)
        seal(folder)
        shutil.rmtree(destination, ignore_errors=True)
        folder.rename(destination)
    project.breaks.write_text(as_json({}), encoding="utf-8")
    print(f"frozen: {destination}")
    return YES


def command(project: Project, built: Built, arguments: argparse.Namespace) -> int:
    state, verdict = judge(project, built)
    if arguments.action == "accept":
        return accept(project, state, verdict, arguments.reason)
    result = check(project, state, verdict)
    if arguments.action == "release" and result == YES:
        return freeze(project, built, state, arguments.version)
    return result


def answer(project: Project, built: Built, arguments: argparse.Namespace) -> int:
    """The exit status of a command."""
    try:
        return command(project, built, arguments)
    except Refused as refused:
        print(refused, "abi: no", sep="\n")
        return NO
    except (CannotTell, OSError, ValueError) as error:
        print(f"abi: cannot tell: {error}")
        return CANNOT_TELL


def main() -> int:
    parser = argparse.ArgumentParser(description="Keeps the promise of POLICY.md.")
    for name, what in (("library", "as it is installed"),
                       ("debug-library", "the same sources with debug information"),
                       ("version-script", "which the library was linked with")):
        parser.add_argument(f"--{name}", type=Path, required=True, help=what)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("check", help="what differs, and what it breaks")
    accepting = actions.add_parser("accept", help="accept what differs")
    accepting.add_argument("--reason", default="", help="why a release before 1.0 is broken")
    releasing = actions.add_parser("release", help="freeze what was accepted")
    releasing.add_argument("version", help="as in 0.2")
    arguments = parser.parse_args()
    built = Built(arguments.library, arguments.debug_library, arguments.version_script)
    return answer(Project(), built, arguments)


if __name__ == "__main__":
    sys.exit(main())
