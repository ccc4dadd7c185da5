#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that dependencies point one way and that only libmmio/src/os/ knows a system.

    check_layers.py [ROOT]      prints file:line: rule, and fails if there is anything to print

Whatever is not allowed below is refused, also a header, a folder or a macro nobody thought of.
"""
import re
import sys
from collections.abc import Iterator
from pathlib import Path

API = "api/include"
SOURCE = "libmmio/src"
BINDINGS = "bindings"

# The C standard's headers that are the same on every system.
STANDARD = {f"{name}.h" for name in ("assert", "inttypes", "limits", "stdarg", "stdatomic",
                                     "stdbool", "stddef", "stdint", "stdio", "stdlib", "string")}
# Systems that build upon what os/posix/ shares.
POSIX_SYSTEMS = {"linux", "darwin", "freebsd"}

MAY_INCLUDE = {
    "api": {"api", "standard"},
    "base": {"base", "api", "standard"},
    "os.h": {"base", "api", "standard"},
    "capability": {"capability", "os.h", "base", "api", "standard"},
}

# What a condition may ask anywhere: the project's own macros and the language.
ASKABLE = re.compile(r"defined|MMIO_\w+|__cplusplus|__STDC_\w+|(SIZE|U?INTPTR)_MAX")
# What one file may ask besides: the compiler, its sanitizers and the instruction set.
COMPILER_HEADER = f"{SOURCE}/base/compiler.h"
COMPILER = re.compile(r"__GNUC(_MINOR)?__|__clang__|_MSC_VER|__SANITIZE_\w+__|__has_\w+"
                      r"|__x86_64__|__aarch64__")
# How functions are exported and called depends on the system.
EXPORT_HEADER = f"{API}/mmio/export.h"

COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.S)
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*(\S*)", re.M)
CONDITION = re.compile(r"^[ \t]*#[ \t]*(?:if|elif)\w*((?:\\\n|[^\n])*)", re.M)


def layer_of(path: str) -> str:
    """The layer of a file, "" if it is in none."""
    parts = path.split("/")
    if path.startswith(API + "/"):
        return "api"
    if not path.startswith(SOURCE + "/"):
        return ""
    match parts[2:]:
        case ["os", "os.h"]:
            return "os.h"
        case ["os", system, _]:
            return f"os/{system}"
        case ["base", _]:
            return "base"
        case [_]:
            return "capability"
    return ""


def may_include(layer: str) -> set[str]:
    if layer in MAY_INCLUDE:
        return MAY_INCLUDE[layer]
    own = {layer, "os/posix"} if layer.removeprefix("os/") in POSIX_SYSTEMS else {layer}
    return own | {"os.h", "base", "standard", "system header"}


def without_comments(text: str) -> str:
    """The same text, line for line."""
    return COMMENT_OR_STRING.sub(
        lambda match: match[0] if match[0].startswith('"') else "\n" * match[0].count("\n"), text)


def line_of(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1


class Tree:
    def __init__(self, root: Path):
        self.root = root.resolve()

    def files(self, folder: str) -> list[Path]:
        found = (path for path in (self.root / folder).rglob("*") if path.is_file())
        return sorted(path for path in found if "__pycache__" not in path.parts)

    def name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def find(self, path: Path, target: str, *folders: str) -> str:
        """The file that an include in `path` means, looked for beside it and in the folders."""
        for folder in (path.parent, *(self.root / folder for folder in folders)):
            found = (folder / target).resolve()
            if found.is_file() and found.is_relative_to(self.root):
                return self.name(found)
        return ""

    def included_layer(self, path: Path, target: str) -> str:
        name = target[1:-1]
        if target.startswith('"'):
            found = self.find(path, name, SOURCE, API)
            return layer_of(found) or "unknown file"
        if (self.root / API / name).is_file():
            return "api"
        return "standard" if name in STANDARD else "system header"

    def violations(self) -> Iterator[str]:
        for folder in (API, SOURCE):
            files = self.files(folder)
            if not files:
                yield f"{folder}:0: nothing to check"
            for path in files:
                yield from self.file_violations(path)
        for path in self.files(BINDINGS):
            yield from self.binding_violations(path)

    def file_violations(self, path: Path) -> Iterator[str]:
        name = self.name(path)
        layer = layer_of(name)
        if not layer:
            yield f"{name}:1: belongs to no layer"
            return
        text = without_comments(path.read_text(encoding="utf-8"))
        for match in INCLUDE.finditer(text):
            included = self.included_layer(path, match[1])
            if included not in may_include(layer):
                yield f"{name}:{line_of(text, match)}: {layer} includes {included}: {match[1]}"
        if not layer.startswith("os/") and name != EXPORT_HEADER:
            yield from self.condition_violations(name, text)

    @staticmethod
    def condition_violations(name: str, text: str) -> Iterator[str]:
        for match in CONDITION.finditer(text):
            condition = re.sub(r"(__has_\w+)\s*\([^)]*\)", r"\1", match[1])
            for macro in re.findall(r"\b[A-Za-z_]\w*", condition):
                compiler = name == COMPILER_HEADER and COMPILER.fullmatch(macro)
                if not ASKABLE.fullmatch(macro) and not compiler:
                    yield f"{name}:{line_of(text, match)}: condition on {macro}"

    def binding_violations(self, path: Path) -> Iterator[str]:
        """A binding knows the public headers only. Its build files are looked at, too."""
        name = self.name(path)
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            match = re.search(r'#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', line)
            found = self.find(path, match[1], SOURCE) if match else ""
            if found.startswith("libmmio/"):
                yield f"{name}:{number}: binding includes {found}"
            elif SOURCE in line and path.suffix != ".md":
                yield f"{name}:{number}: binding speaks of {SOURCE}"


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    violations = list(Tree(root).violations())
    print("\n".join(violations) if violations else "check_layers: all dependencies point one way")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
