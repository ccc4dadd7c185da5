# SPDX-License-Identifier: Apache-2.0
"""What a loader sees of a shared library, as data: one fact to a line once it is written down."""
import re
from pathlib import Path

from compiler import Json
from programs import CannotTell, run

# The start-up files of the compiler put one function, frame_dummy, where constructors stand.
CONSTRUCTORS_OF_THE_COMPILER = 1
# The loader itself, which some links name beside libc.
LOADER = re.compile(r"ld-linux|ld64")


def facts(library: Path) -> Json:
    dynamic = readelf(library, "--dynamic")
    strings = re.findall(r"\((\w+)\) .*\[(.*)\]", dynamic)
    by_tag = {tag: [text for other, text in strings if other == tag] for tag, _ in strings}
    if "SONAME" not in by_tag:
        raise CannotTell(f"{library} has no SONAME")
    return {
        "soname": by_tag["SONAME"][0],
        "needed": sorted(name for name in by_tag.get("NEEDED", []) if not LOADER.match(name)),
        "run_path": by_tag.get("RPATH", []) + by_tag.get("RUNPATH", []),
        "constructors": constructors(library, dynamic),
        "text_relocations": "TEXTREL" in dynamic,
        "unloadable": "NODELETE" not in dynamic,
        "executable_stack": "RWE" in stack(library),
        "nodes": nodes(library),
        "symbols": symbols(library),
    }


def readelf(library: Path, *what: str) -> str:
    if not library.is_file():
        raise CannotTell(f"there is no {library}")
    return run("readelf", "--wide", *what, library).output


def constructors(library: Path, dynamic: str) -> int:
    size = re.search(r"\(INIT_ARRAYSZ\)\s+(\d+)", dynamic)
    width = 8 if "ELF64" in readelf(library, "--file-header") else 4
    entries = int(size[1]) // width if size else 0
    return max(0, entries - CONSTRUCTORS_OF_THE_COMPILER)


def stack(library: Path) -> str:
    """The flags of the stack that the library asks for. Without any it is executable."""
    line = re.search(r"GNU_STACK +(?:0x\w+ +){5}([RWE ]+?) +0x", readelf(library, "--segments"))
    return line[1] if line else "RWE"


def nodes(library: Path) -> dict[str, str]:
    """Each version node, and the one it builds on, "" for the first."""
    text = readelf(library, "--version-info")
    entry = r"Rev: 1 +Flags: (\S+) +Index: \d+ +Cnt: \d+ +Name: (\S+)(?:\n.*Parent 1: (\S+))?"
    return {name: parent for flags, name, parent in re.findall(entry, text) if flags != "BASE"}


def symbols(library: Path) -> dict[str, str]:
    """What is exported, as name@@node, or name@node where only old programs get it; and its type,
    binding and visibility, with the size of data."""
    line = re.compile(r" *\d+: \w+ +(\w+) (\w+) +(\w+) +(\w+) +(\w+) (\S+)")
    found = {}
    for size, type_, binding, visibility, section, name in line.findall(
            readelf(library, "--dyn-syms")):
        # The absolute symbols are the nodes themselves.
        if binding != "LOCAL" and section not in ("UND", "ABS"):
            size = f" of {size} bytes" if type_ == "OBJECT" else ""
            found[name] = f"{type_} {binding} {visibility}{size}"
    return dict(sorted(found.items()))


def versioned(symbol: str) -> tuple[str, str]:
    """Name and node of a symbol; the node is "" if it has none."""
    name, _, node = symbol.partition("@")
    return name, node.lstrip("@")


def has_debug_information(library: Path) -> bool:
    return ".debug_info" in readelf(library, "--section-headers")
