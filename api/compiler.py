# SPDX-License-Identifier: Apache-2.0
"""What clang says of the headers, for each system they are for. No system's headers are needed, and
nothing is run: numbers are folded by clang, too."""
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# The first is the one that others are compared with. They differ in the width of pointers and of
# long, in alignment, byte order, calling conventions and in how symbols are exported.
TARGETS = ("x86_64-linux-gnu", "aarch64-linux-gnu", "s390x-linux-gnu", "i686-linux-gnu",
           "armv7-linux-gnueabihf", "arm64-apple-macos13", "x86_64-pc-windows-msvc",
           "i686-pc-windows-msvc")

INCLUDE_ALL = '#include "mmio.h"\n'


class DescribeError(Exception):
    """The headers cannot be described."""


def clang(include: Path, target: str, source: str, *arguments: str) -> str:
    command = [os.environ.get("CLANG", "clang"), f"--target={target}", "-ffreestanding",
               "-std=c11", "-I", str(include), "-x", "c", *arguments, "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DescribeError(f"clang refuses the headers for {target}:\n{done.stderr}")
    return done.stdout


def syntax_tree(include: Path, target: str, more: str = "") -> list[Json]:
    """The top-level nodes of mmio.h and of what follows it. Each of their locations gets the file
    it is in: clang writes a file's name only where it differs from the one written before."""
    current = ""

    def complete(node: Json) -> Json:
        nonlocal current
        if "offset" in node:
            current = node.setdefault("file", current)
        return node

    text = clang(include, target, INCLUDE_ALL + more, "-fsyntax-only", "-w", "-Xclang",
                 "-ast-dump=json")
    tree: Json = json.loads(text, object_hook=complete)
    return list(tree["inner"])


def macros(include: Path, target: str) -> dict[str, str]:
    """The macros without parameters that a user of mmio.h sees, and what they stand for."""
    text = clang(include, target, INCLUDE_ALL, "-E", "-dM")
    return dict(re.findall(r"^#define (MMIO_\w+)(?: (.*))?$", text, re.M))


class Probes:
    """Integer constant expressions, which clang folds while it reads the headers."""

    def __init__(self, expressions: list[str]):
        self._names = {e: f"probe_{i}" for i, e in enumerate(expressions)}

    def source(self) -> str:
        return "#include <stddef.h>\n" + "".join(
            f"enum {{ {name} = ({e}) }};\n" for e, name in self._names.items())

    def read(self, nodes: list[Json]) -> dict[str, tuple[int, str]]:
        """Value and type of each expression, from the tree of the headers and the source."""
        found = {inner["name"]: value_and_type(inner["inner"][0]) for node in nodes
                 for inner in node.get("inner", [])
                 if inner["kind"] == "EnumConstantDecl" and inner["name"].startswith("probe_")}
        return {e: found[name] for e, name in self._names.items()}


def value_and_type(node: Json) -> tuple[int, str]:
    """The folded value, and the type the expression has below the casts of an enumerator."""
    value = 0
    while node["kind"] in ("ConstantExpr", "ImplicitCastExpr"):
        value = int(node.get("value", value))
        node = node["inner"][0]
    return value, spelled(node["type"])


def spelled(qualified: Json) -> str:
    """A type as text: clang's versions differ in the blank before an array's bound."""
    return str(qualified["qualType"]).replace(" [", "[")


def place(location: Json) -> Json:
    """Where a location is in the source, seen from outside of macros."""
    outside: Json = location.get("expansionLoc", location)
    return outside


def inner(node: Json, *kinds: str) -> list[Json]:
    return [n for n in node.get("inner", []) if n.get("kind") in kinds]


def attributes(node: Json) -> list[str]:
    """What is said of a declaration beside its type, as clang calls it."""
    return sorted(n["kind"].removesuffix("Attr") for n in node.get("inner", [])
                  if n.get("kind", "").endswith("Attr"))
