#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The public headers as data: api/include/*.h -> api/mmio.api.json.

    describe.py --write      write mmio.api.json
    describe.py --check      fail, with a diff, if it is not what the headers say
    describe.py --symbols    print the names of all functions

clang says what is declared: types from its JSON syntax tree, names of macros from its preprocessor,
numbers folded by it for 64-bit Linux without a system's headers. The text of the headers says what
it means: their Doxygen comments. Nothing in the result depends on a path or on clang's version.
"""
import argparse
import difflib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

API = Path(__file__).resolve().parent
INCLUDE = API / "include"
OUTPUT = API / "mmio.api.json"

Json = dict[str, Any]

# Macros that say how a function is declared. All others are constants.
DECORATIONS = {"MMIO_API", "MMIO_CALL"}


class DescribeError(Exception):
    """The headers cannot be described."""


# --- clang ---------------------------------------------------------------------------------------


def clang(include: Path, source: str, *arguments: str) -> str:
    command = [os.environ.get("CLANG", "clang"), "--target=x86_64-linux-gnu", "-ffreestanding",
               "-std=c11", "-I", str(include), "-x", "c", *arguments, "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DescribeError(f"clang refuses the headers:\n{done.stderr}")
    return done.stdout


def syntax_tree(include: Path, source: str) -> list[Json]:
    """The top-level nodes. Each of their locations gets the file it is in: clang writes a file's
    name only where it differs from the one written before."""
    current = ""

    def complete(node: Json) -> Json:
        nonlocal current
        if "offset" in node:
            current = node.setdefault("file", current)
        return node

    text = clang(include, source, "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json")
    tree: Json = json.loads(text, object_hook=complete)
    return list(tree["inner"])


def macro_names(include: Path) -> set[str]:
    """All macros with a replacement and without parameters that a user of mmio.h sees."""
    text = clang(include, '#include "mmio.h"\n', "-E", "-dM")
    return set(re.findall(r"^#define (MMIO_\w+) \S", text, re.M)) - DECORATIONS


def fold(include: Path, expressions: list[str]) -> list[tuple[int, str]]:
    """Value and type of each integer constant expression."""
    probes = "".join(f"enum {{ probe_{i} = ({e}) }};\n" for i, e in enumerate(expressions))
    found: dict[str, tuple[int, str]] = {}
    for node in syntax_tree(include, '#include "mmio.h"\n#include <stddef.h>\n' + probes):
        for inner in node.get("inner", []):
            if inner["kind"] == "EnumConstantDecl" and inner["name"].startswith("probe_"):
                found[inner["name"]] = value_and_type(inner["inner"][0])
    return [found[f"probe_{i}"] for i in range(len(expressions))]


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


# --- comments ------------------------------------------------------------------------------------


@dataclass
class Doc:
    """A Doxygen comment: its paragraphs, and its commands in order."""

    text: str = ""
    commands: list[tuple[str, str]] = field(default_factory=list)

    def all(self, command: str) -> list[str]:
        return [text for name, text in self.commands if name == command]

    def one(self, command: str) -> str:
        return " ".join(self.all(command))

    def named(self, command: str) -> list[tuple[str, str]]:
        """The commands that begin with a name: param, retval."""
        return [(name, text.strip()) for name, _, text in
                (argument.partition(" ") for argument in self.all(command))]

    def brief_and_rest(self) -> tuple[str, str]:
        """The first sentence, and what follows it."""
        parts = re.split(r"(?<=\.)\s+", self.text, maxsplit=1)
        return parts[0], "".join(parts[1:])


def parse_comment(raw: str) -> Doc:
    body = re.sub(r"^[ \t]*\*? ?", "", raw, flags=re.M)
    text, *commands = re.split(r"(?:^|(?<=\s))@(?=\w)", body)
    doc, paragraphs = Doc(), [text]
    for command in commands:
        argument, _, rest = command.partition("\n\n")  # a blank line ends a command
        name, _, argument = argument.partition(" ")
        doc.commands.append((name.strip(), reflow(argument)))
        paragraphs.append(rest)
    doc.text = reflow("\n\n".join(paragraphs))
    return doc


def reflow(text: str) -> str:
    """One line for each paragraph and each item of a list."""
    paragraphs = [re.sub(r"\s*\n(?!- )\s*", " ", p.strip()) for p in re.split(r"\n\s*\n", text)]
    return "\n\n".join(p for p in paragraphs if p)


class Header:
    """A header's text. It is read as Latin-1, so that places in it are clang's byte offsets."""

    def __init__(self, include: Path, path: Path):
        self.name = path.relative_to(include).as_posix()
        self.path = path
        self.text = path.read_bytes().decode("latin-1")
        comments = re.finditer(r"/\*\*(?!<)(.*?)\*/\s*", self.text, re.S)
        self._docs = {match.end(): self._parse(match[1]) for match in comments}
        self.file_doc = next((d for d in self._docs.values() if d.all("file")), Doc())

    @staticmethod
    def _parse(comment: str) -> Doc:
        return parse_comment(comment.encode("latin-1").decode("utf-8"))

    def doc_before(self, offset: int) -> Doc:
        return self._docs.get(offset, Doc())

    def doc_after(self, offset: int) -> Doc:
        match = re.compile(r"[^;]*;\s*/\*\*<(.*?)\*/", re.S).match(self.text, offset)
        return self._parse(match[1]) if match else Doc()

    def groups(self) -> list[tuple[str, list[tuple[str, Doc]]]]:
        """Macros under the @name of the group they stand in, "" outside of all."""
        result: list[tuple[str, list[tuple[str, Doc]]]] = [("", [])]
        for match in re.finditer(r"@name (.*)|(@\})|^#define (\w+)[ \t]", self.text, re.M):
            title, end, macro = match.groups()
            if macro:
                result[-1][1].append((macro, self.doc_before(match.start())))
            else:
                result.append(("" if end else title.strip(), []))
        return result


def read_headers(include: Path) -> list[Header]:
    paths = [include / "mmio.h", *sorted((include / "mmio").glob("*.h"))]
    return [Header(include, path) for path in paths]


# --- description ---------------------------------------------------------------------------------


def place(location: Json) -> Json:
    """Where a location is in the source, seen from outside of macros."""
    outside: Json = location.get("expansionLoc", location)
    return outside


def describe_function(node: Json, doc: Doc) -> Json:
    brief, rest = doc.brief_and_rest()
    said = dict(doc.named("param"))
    parameters = [n for n in node.get("inner", []) if n["kind"] == "ParmVarDecl"]
    unknown = said.keys() - {n.get("name") for n in parameters}
    if unknown:
        raise DescribeError(f"{node['name']}: @param {', '.join(unknown)} is no parameter")
    return {
        "name": node["name"],
        "since": doc.one("since"),
        "returns": spelled(node["type"]).partition("(")[0].strip(),
        "params": [{"name": n.get("name", ""), "type": spelled(n["type"]),
                    "doc": said.get(n.get("name", ""), "")} for n in parameters],
        "brief": brief,
        "doc": rest,
        "return": doc.one("return"),
        "retval": [{"status": name, "doc": text} for name, text in doc.named("retval")],
    }


def describe_struct(include: Path, record: Json, doc: Doc, header: Header) -> Json:
    name = record["name"]
    fields = [n for n in record["inner"] if n["kind"] == "FieldDecl"]
    asked = [f"sizeof({name})", f"_Alignof({name})"]
    for n in fields:
        asked += [f"offsetof({name}, {n['name']})", f"sizeof((({name} *)0)->{n['name']})"]
    size, alignment, *layout = [value for value, _ in fold(include, asked)]
    brief, rest = doc.brief_and_rest()
    return {
        "name": name,
        "size": size,
        "alignment": alignment,
        "brief": brief,
        "doc": rest,
        "fields": [{"name": n["name"], "type": spelled(n["type"]),
                    "offset": layout[2 * i], "size": layout[2 * i + 1],
                    "doc": header.doc_after(n["range"]["end"]["offset"]).text}
                   for i, n in enumerate(fields)],
    }


def describe_constants(header: Header, values: dict[str, tuple[int, str]]) -> list[Json]:
    groups = []
    for title, members in header.groups():
        described = [{"name": name, "value": values[name][0], "type": values[name][1],
                      "doc": doc.text} for name, doc in members if name in values]
        if described:
            groups.append({"group": title, "constants": described})
    return groups


def describe_header(include: Path, header: Header, nodes: list[Json],
                    values: dict[str, tuple[int, str]]) -> Json:
    result: Json = {"header": header.name, "brief": header.file_doc.one("brief"),
                    "doc": header.file_doc.text, "constants": describe_constants(header, values),
                    "handles": [], "typedefs": [], "structs": [], "functions": []}
    records = {n["name"]: n for n in nodes if n["kind"] == "RecordDecl" and "name" in n}
    for node in nodes:
        said = header.doc_before(place(node["range"]["begin"])["offset"])
        brief, rest = said.brief_and_rest()
        record = records.get(node.get("name", ""))
        if node["kind"] == "FunctionDecl":
            result["functions"].append(describe_function(node, said))
        elif node["kind"] != "TypedefDecl":
            continue
        elif record is None:
            result["typedefs"].append({"name": node["name"], "type": spelled(node["type"]),
                                       "brief": brief, "doc": rest})
        elif record.get("completeDefinition"):
            result["structs"].append(describe_struct(include, record, said, header))
        else:
            result["handles"].append({"name": node["name"], "brief": brief, "doc": rest})
    return result


def describe(include: Path = INCLUDE) -> Json:
    include = include.resolve()
    headers = {header.path: header for header in read_headers(include)}
    nodes: dict[Path, list[Json]] = {path: [] for path in headers}
    for node in syntax_tree(include, '#include "mmio.h"\n'):
        path = Path(place(node["loc"]).get("file", "")).resolve()
        if path in nodes:
            nodes[path].append(node)
    macros = sorted(macro_names(include))
    values = dict(zip(macros, fold(include, macros), strict=True))
    described = [describe_header(include, header, nodes[path], values)
                 for path, header in headers.items()]
    return {
        "version": ".".join(str(values[f"MMIO_VERSION_{part}"][0])
                            for part in ("MAJOR", "MINOR", "PATCH")),
        "statuses": table(described, "MMIO_OK", "MMIO_ERR_"),
        "features": table(described, "MMIO_FEATURE_"),
        "headers": described,
    }


def constants(headers: list[Json]) -> list[Json]:
    return [c for header in headers for group in header["constants"] for c in group["constants"]]


def table(headers: list[Json], *prefixes: str) -> dict[str, int]:
    """Name and value of the constants whose name begins so."""
    return {c["name"]: c["value"] for c in constants(headers) if c["name"].startswith(prefixes)}


def functions(api: Json) -> list[Json]:
    return [function for header in api["headers"] for function in header["functions"]]


def as_text(api: Json) -> str:
    return json.dumps(api, indent=2, ensure_ascii=False) + "\n"


def difference(api: Json, committed: Path = OUTPUT) -> str:
    """A unified diff from the committed description to the given one; "" if they are equal."""
    before = committed.read_text(encoding="utf-8") if committed.exists() else ""
    lines = difflib.unified_diff(before.splitlines(True), as_text(api).splitlines(True),
                                 committed.name, "what the headers say")
    return "".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="The public headers as data.")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help=f"write {OUTPUT.name}")
    action.add_argument("--check", action="store_true", help=f"fail if {OUTPUT.name} is outdated")
    action.add_argument("--symbols", action="store_true", help="print the names of all functions")
    arguments = parser.parse_args()
    try:
        api = describe()
    except DescribeError as error:
        print(error, file=sys.stderr)
        return 2
    if arguments.write:
        OUTPUT.write_text(as_text(api), encoding="utf-8")
    elif arguments.symbols:
        print("\n".join(function["name"] for function in functions(api)))
    else:
        outdated = difference(api)
        sys.stdout.write(outdated)
        return 1 if outdated else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
