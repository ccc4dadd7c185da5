#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that every place that repeats the version repeats that of the header.

    check_version.py [ROOT]     prints file: what it says, and fails if there is anything to print

api/include/mmio/base.h states it. CMake, what it configures, and the generators read it there. A
place that cannot do so is listed below; a new one belongs there, too.
"""
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = "api/include/mmio/base.h"
VERSION_LINE = re.compile(r"^#define MMIO_VERSION_(MAJOR|MINOR|PATCH) (\d+)$", re.M)


@dataclass(frozen=True)
class Place:
    path: str        # {version} is in the names of some files.
    pattern: str     # Its groups are what has to be the version.
    parts: int = 3   # How many of its numbers are given there.


PLACES = (
    Place("CHANGELOG.md", r"\A(?:(?!## ).*\n)*## (\S+)"),
    Place("api/mmio.api.json", r'\A{\n  "version": "(.*)",'),
    Place("api/conformance/README.md", r'`version` \| `version=` \| "(.*)"'),
    Place("bindings/go/amalgamation.c", r"from libmmio (\S+)\. DO NOT EDIT"),
    Place("bindings/go/amalgamation.h", r"from libmmio (\S+)\. DO NOT EDIT"),
    Place("bindings/java/pom.xml", r"<artifactId>mmio</artifactId>\s*<version>(.*)</version>"),
    Place("bindings/lua/README.md", r"luarocks make mmio-system-(.*)-1\.rockspec"),
    Place("bindings/lua/mmio-{version}-1.rockspec", r'^local release = "(.*)"$'),
    Place("bindings/lua/mmio-system-{version}-1.rockspec", r'^local release = "(.*)"$'),
    Place("bindings/swig/python/pyproject.toml", r'^version = "(.*)"$'),
    Place("packaging/debian/changelog", r"\Alibmmio \((.*)-\d+\)"),
    Place("packaging/libmmio.spec", r"^Version: +(\S+)(?s:.*)%changelog\n.* - (.*)-\d+$"),
    Place("tests/install/CMakeLists.txt", r"set\(MMIO_WANTED (\S+) ", parts=2),
)


def header_version(root: Path) -> str:
    numbers = dict(VERSION_LINE.findall((root / HEADER).read_text(encoding="utf-8")))
    return ".".join(numbers[part] for part in ("MAJOR", "MINOR", "PATCH"))


def differences(root: Path) -> Iterator[str]:
    version = header_version(root)
    for place in PLACES:
        name = place.path.format(version=version)
        wanted = ".".join(version.split(".")[:place.parts])
        if not (root / name).is_file():
            yield f"{name}: is not there"
            continue
        found = re.search(place.pattern, (root / name).read_text(encoding="utf-8"), re.M)
        for said in found.groups() if found else ("no version",):
            if said != wanted:
                yield f"{name}: {said} instead of {wanted}"
    yield from later_symbols(root, version)


def later_symbols(root: Path, version: str) -> Iterator[str]:
    """A function cannot have come with a version that is not out."""
    nodes = re.findall(r"^LIBMMIO_(\S+) ", (root / "abi/symbols.txt").read_text("utf-8"), re.M)
    for node in sorted(set(nodes)):
        if numbers(node) > numbers(version):
            yield f"abi/symbols.txt: LIBMMIO_{node} is later than {version}"


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = list(differences(root))
    print("\n".join(found) if found else f"check_version: {header_version(root)} everywhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
