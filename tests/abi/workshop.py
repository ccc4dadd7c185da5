# SPDX-License-Identifier: Apache-2.0
"""Scratch copies of the project in which something was changed, and what the gate says of them.

Where a change concerns the library, it is linked anew from the objects of build/dev, with the
changed sources in place of theirs; else it is the one in build/dev."""
import argparse
import functools
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "api"))
sys.path.insert(0, str(ROOT / "abi"))

import gate
import opinions
import release
from compiler import TARGETS
from describe import as_text, describe
from programs import Done

OBJECTS = ROOT / "build" / "dev" / "libmmio" / "CMakeFiles" / "mmio_objects.dir"
SONAME = "libmmio.so.0"
# Enough to show each planted change: the first, and those that differ most from it.
SYSTEMS = (TARGETS[0], "x86_64-pc-windows-msvc", "i686-pc-windows-msvc")


@dataclass(frozen=True)
class Edit:
    """One text in a file in place of another, which is there once."""

    path: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        path = root / self.path
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise AssertionError(f"{self.path} does not hold {self.old!r} once")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Change:
    """A planted change: what is edited and linked in, and what the gate must answer."""

    name: str
    check: int
    accept: int
    says: str
    edits: tuple[Edit, ...] = ()
    removed: tuple[str, ...] = ()
    # C that is linked in, and options for the linker; "script" edits the version script.
    source: str = ""
    link: tuple[str, ...] = ()
    script: tuple[str, str] | None = None
    # What is done to the library once it is linked.
    after: tuple[str, ...] = ()

    @property
    def edits_headers(self) -> bool:
        return any(edit.path.endswith(".h") for edit in self.edits)

    @property
    def compiles(self) -> bool:
        return bool(self.source) or any(edit.path.startswith("libmmio/") for edit in self.edits)

    @property
    def needs_linking(self) -> bool:
        return bool(self.compiles or self.link or self.script or self.after or any(
            edit.path == "abi/symbols.txt" for edit in self.edits))


@contextmanager
def copy_of_project() -> Iterator[Path]:
    """What the gate reads of a working tree, and the sources of the library."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for part in ("abi", "api/include", "libmmio/src", "cmake"):
            shutil.copytree(ROOT / part, root / part)
        shutil.copy(ROOT / "api" / "mmio.api.json", root / "api")
        yield root


@contextmanager
def as_if_binding() -> Iterator[Path]:
    """A copy in which the last release was 1.0, so that nothing may break it."""
    with copy_of_project() as root:
        frozen = release.releases(root / "abi")[-1].folder.rename(root / "abi" / "releases" / "1.0")
        for include in (root / "api" / "include", frozen / "include"):
            path = include / "mmio" / "base.h"
            text = path.read_text(encoding="utf-8")
            for part, number in (("MAJOR", 1), ("MINOR", 0), ("PATCH", 0)):
                text = re.sub(rf"(MMIO_VERSION_{part}) \d+", rf"\1 {number}", text)
            path.write_text(text, encoding="utf-8")
        described = as_text(describe(root / "api" / "include", SYSTEMS))
        for folder in (root / "api", frozen):
            (folder / "mmio.api.json").write_text(described, encoding="utf-8")
        release.seal(frozen)
        for other in (root / "abi" / "releases").iterdir():
            if other != frozen:
                shutil.rmtree(other)
        yield root


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")


def compile_object(root: Path, source: Path, output: Path) -> Path:
    run("gcc", "-std=c11", "-g", "-fPIC", "-fvisibility=hidden", "-DMMIO_ASSERTS",
        "-DMMIO_BUILDING", "-I", root / "api" / "include", "-I", root / "libmmio" / "src",
        "-c", source, "-o", output)
    return output


def write_version_script(root: Path) -> Path:
    """As CMake makes it of the copy's list of symbols."""
    script, commands = root / "libmmio.map", root / "script.cmake"
    commands.write_text("cmake_minimum_required(VERSION 3.25)\n"
                        f"include({root}/cmake/SymbolVersions.cmake)\n"
                        f"mmio_write_version_script({root}/abi/symbols.txt {script})\n",
                        encoding="utf-8")
    run("cmake", "-P", commands)
    return script


def link(root: Path, change: Change) -> gate.Built:
    objects = {path.relative_to(OBJECTS): path for path in OBJECTS.rglob("*.o")}
    for number, edit in enumerate(edit for edit in change.edits if edit.path.endswith(".c")):
        name = Path(edit.path).relative_to("libmmio").with_suffix(".c.o")
        objects[name] = compile_object(root, root / edit.path, root / f"edited{number}.o")
    if change.source:
        more = root / "more.c"
        more.write_text('#include "mmio.h"\n' + change.source, encoding="utf-8")
        objects[Path("more")] = compile_object(root, more, root / "more.o")
    script = write_version_script(root)
    if change.script:
        Edit(script.name, *change.script).apply(root)
    library = root / "libmmio.so"
    run("gcc", "-shared", "-o", library, f"-Wl,-soname,{SONAME}",
        f"-Wl,--version-script={script}", "-Wl,-Bsymbolic-functions", "-Wl,-z,nodelete",
        "-Wl,-z,defs", *change.link, *objects.values(), "-pthread")
    if change.after:
        run(*change.after, library)
    return gate.Built(library, library, script)


def unchanged() -> gate.Built:
    build = ROOT / "build"
    library = build / "dev" / "libmmio" / "libmmio.so"
    return gate.Built(library, library, build / "dev" / "libmmio" / "mmio.map")


def apply(root: Path, change: Change) -> gate.Built:
    for edit in change.edits:
        edit.apply(root)
    for name in change.removed:
        path = root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return link(root, change) if change.needs_linking else unchanged()


def answer(project: gate.Project, built: gate.Built, action: str,
           **arguments: str) -> tuple[int, str]:
    """Exit status and output of a command."""
    output = io.StringIO()
    with redirect_stdout(output):
        status = gate.answer(project, built, argparse.Namespace(action=action, **arguments))
    return status, output.getvalue()


def verdicts(template: Path, change: Change) -> tuple[int, int, str]:
    """What check and accept answer after a change, and what they say. Both judge the same state, so
    that it is judged once."""
    with tempfile.TemporaryDirectory() as name, not_asked_again(template, change):
        root = Path(name) / "project"
        shutil.copytree(template, root)
        built = apply(root, change)
        with mock.patch.object(gate, "judge", functools.cache(gate.judge)):
            project = gate.Project(root)
            check, said = answer(project, built, "check")
            accept, more = answer(project, built, "accept", reason="")
        return check, accept, said + more


@contextmanager
def not_asked_again(template: Path, change: Change) -> Iterator[None]:
    """The answers that a change cannot have touched: they would take most of the time."""
    with ExitStack() as known:
        if not change.edits_headers:
            described = release.read_json(template / "api" / "mmio.api.json")
            known.enter_context(mock.patch.object(gate, "describe", return_value=described))
        else:
            for_systems = functools.partial(describe, systems=SYSTEMS)
            known.enter_context(mock.patch.object(gate, "describe", for_systems))
        if not change.needs_linking and not change.removed:
            known.enter_context(mock.patch.object(release.Release, "run_consumer",
                                                  return_value=Done(0, "")))
        if not change.compiles and not change.after and not change.removed:
            known.enter_context(mock.patch.object(opinions, "ask", return_value=[]))
        yield


def cores() -> int:
    return min(2, os.cpu_count() or 1)
