#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's list of the library's symbols: abi/symbols.txt -> packaging/debian/libmmio0.symbols.

    symbols.py --write      write it
    symbols.py --check      fail, with a diff, if it is not what symbols.txt says

With each symbol stands the first version of the package that has it, which is the node's.
"""
import argparse
import difflib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LISTED = ROOT / "abi" / "symbols.txt"
OUTPUT = ROOT / "packaging" / "debian" / "libmmio0.symbols"

HEAD = """\
libmmio.so.0 libmmio0 #MINVER#
* Build-Depends-Package: libmmio-dev
"""


def debian_symbols(listed: str) -> str:
    symbols = [line.split() for line in listed.splitlines()]
    nodes = list(dict.fromkeys(node for node, _ in symbols))
    lines = sorted([(node, node) for node in nodes] + [(name, node) for node, name in symbols])
    return HEAD + "".join(f" {name}@{node} {first_version(node)}\n" for name, node in lines)


def first_version(node: str) -> str:
    """LIBMMIO_0.1 -> 0.1.0."""
    return node.removeprefix("LIBMMIO_") + ".0"


def difference(listed: Path = LISTED, committed: Path = OUTPUT) -> str:
    """A unified diff from the committed list to what it should be; "" if they are equal."""
    before = committed.read_text(encoding="utf-8") if committed.exists() else ""
    after = debian_symbols(listed.read_text(encoding="utf-8"))
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True),
                                        committed.name, "what symbols.txt says"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Debian's list of the library's symbols.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help=f"write {OUTPUT.name}")
    action.add_argument("--check", action="store_true", help=f"fail if {OUTPUT.name} is outdated")
    arguments = parser.parse_args()
    if arguments.write:
        OUTPUT.write_text(debian_symbols(LISTED.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    outdated = difference()
    sys.stdout.write(outdated)
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
