#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The public headers as data: api/include/*.h -> api/mmio.api.json.

    describe.py --write      write mmio.api.json
    describe.py --check      fail, with a diff, if it is not what the headers say
    describe.py --symbols    print the names of all functions

clang says what is declared, for each system of compiler.TARGETS: types and layouts from its JSON
syntax tree, names of macros from its preprocessor, numbers folded by it. What differs between the
systems stands in "elsewhere". The text of the headers says what it means: their Doxygen comments.
Nothing in the result depends on a path or on clang's version.
"""
import argparse
import difflib
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import targets
from compiler import (TARGETS, DescribeError, Json, Probes, attributes, inner, macros, place,
                      spelled, syntax_tree)
from source import Doc, Header, Macro, blanked, read_headers

API = Path(__file__).resolve().parent
INCLUDE = API / "include"
OUTPUT = API / "mmio.api.json"

# Macros that say how a function is declared. All others are constants.
DECORATIONS = {"MMIO_API", "MMIO_CALL"}
# What they make of a function.
DECORATED = "MMIO_API void MMIO_CALL probe_decorated(void);\n"


class Reading:
    """The headers as one target has them; the numbers that describe a node are asked for here."""

    def __init__(self, include: Path, target: str, headers: list[Header], laid_out: list[Json]):
        self._macros = macros(include, target)
        constants = sorted(name for name, text in self._macros.items()
                           if text and name not in DECORATIONS)
        probes = Probes(constants + [e for node in laid_out for e in layout_asked(node)])
        tree = syntax_tree(include, target, DECORATED + probes.source())
        self._folded = probes.read(tree)
        self.values = {name: self._folded[name] for name in constants}
        decorated = next(n for n in tree if n.get("name") == "probe_decorated")
        self.plain_attributes = attributes(decorated)
        self.plain_convention = convention(decorated)
        self.nodes = declared(tree, include, headers)

    def decorations(self) -> list[Json]:
        return [{"name": name, "text": self._macros[name]} for name in sorted(DECORATIONS)]

    def number(self, expression: str) -> int:
        return self._folded[expression][0]


def declared(tree: list[Json], include: Path, headers: list[Header]) -> dict[str, list[Json]]:
    """The nodes of each header, by its name."""
    nodes: dict[str, list[Json]] = {header.name: [] for header in headers}
    for node in tree:
        path = Path(place(node["loc"]).get("file", "")).resolve()
        if path.is_relative_to(include):
            nodes[path.relative_to(include).as_posix()].append(node)
    return nodes


def convention(function: Json) -> str:
    """How a function is called, where that is not the system's own way."""
    match = re.search(r"__attribute__\(\((\w+)\)\)$", spelled(function["type"]))
    return match[1] if match else ""


def present(**facts: object) -> Json:
    """Facts that few items have."""
    return {key: value for key, value in facts.items() if value}


# --- functions -----------------------------------------------------------------------------------


def describe_function(node: Json, doc: Doc, reading: Reading, header: Header) -> Json:
    brief, rest = doc.brief_and_rest()
    said = dict(doc.named("param"))
    parameters = inner(node, "ParmVarDecl")
    unknown = said.keys() - {n.get("name") for n in parameters}
    if unknown:
        raise DescribeError(f"{node['name']}: @param {', '.join(unknown)} is no parameter")
    said_of_it = attributes(node)
    called = convention(node)
    return {
        "name": node["name"],
        "since": doc.one("since"),
        "returns": spelled(node["type"]).partition("(")[0].strip(),
        "params": [{"name": n.get("name", ""), "type": spelled(n["type"]),
                    "doc": said.get(n.get("name", ""), "")} for n in parameters],
        **present(variadic=node.get("variadic"),
                  attributes=(said_of_it or ["none"]) if said_of_it != reading.plain_attributes
                  else [],
                  convention=called if called != reading.plain_convention else "",
                  body=[body_text(n, header) for n in inner(node, "CompoundStmt")]),
        "brief": brief,
        "doc": rest,
        "return": doc.one("return"),
        "retval": [{"status": name, "doc": text} for name, text in doc.named("retval")],
    }


def body_text(node: Json, header: Header) -> str:
    begin, end = (place(node["range"][which])["offset"] for which in ("begin", "end"))
    return " ".join(header.text[begin:end + 1].split())


# --- types ---------------------------------------------------------------------------------------


def fields(record: Json) -> list[Json]:
    return [n for n in inner(record, "FieldDecl") if "name" in n and not n.get("isBitfield")]


def layout_asked(node: Json) -> list[str]:
    """The numbers that describe a struct or an enum."""
    if node["kind"] == "EnumDecl":
        size = [f"sizeof({type_name(node)})"] if "name" in node else []
        return [n["name"] for n in inner(node, "EnumConstantDecl")] + size
    name = type_name(node)
    return [f"sizeof({name})", f"_Alignof({name})"] + [
        e for n in fields(node) for e in (f"offsetof({name}, {n['name']})",
                                          f"sizeof((({name} *)0)->{n['name']})")]


def type_name(node: Json) -> str:
    """In C, where a tag is no type."""
    tag = node.get("tagUsed", "enum")
    return f"{tag} {node['name']}"


def is_struct(node: Json) -> bool:
    return node["kind"] == "RecordDecl" and "name" in node and "completeDefinition" in node


def describe_struct(record: Json, doc: Doc, reading: Reading, header: Header) -> Json:
    name = type_name(record)
    for node in record["inner"]:
        if node["kind"] == "FieldDecl" and node not in fields(record):
            raise DescribeError(f"{record['name']}: a bit-field or a member without a name")
    brief, rest = doc.brief_and_rest()
    return {
        "name": record["name"],
        "size": reading.number(f"sizeof({name})"),
        "alignment": reading.number(f"_Alignof({name})"),
        **present(attributes=attributes(record), union=record["tagUsed"] == "union"),
        "brief": brief,
        "doc": rest,
        "fields": [{"name": n["name"], "type": spelled(n["type"]),
                    "offset": reading.number(f"offsetof({name}, {n['name']})"),
                    "size": reading.number(f"sizeof((({name} *)0)->{n['name']})"),
                    **present(attributes=attributes(n)),
                    "doc": header.doc_after(n["range"]["end"]["offset"]).text}
                   for n in fields(record)],
    }


def describe_typedef(node: Json, doc: Doc, header: Header) -> Json:
    brief, rest = doc.brief_and_rest()
    begin, end = (place(node["range"][which])["offset"] for which in ("begin", "end"))
    # Its type does not tell how the parameters of a callback are called.
    parameters = re.search(r"\(([^()]*)\)$", header.text[begin:header.text.index(";", end)])
    return {"name": node["name"], "type": spelled(node["type"]),
            **present(params=re.findall(r"(\w+)\s*(?:,|$)", parameters[1] if parameters else "")),
            "brief": brief, "doc": rest}


def describe_enum(node: Json, doc: Doc, reading: Reading) -> Json:
    brief, rest = doc.brief_and_rest()
    names = [n["name"] for n in inner(node, "EnumConstantDecl")]
    size = {"size": reading.number(f"sizeof({type_name(node)})")} if "name" in node else {}
    return {"name": node.get("name", ""), **size, "brief": brief, "doc": rest,
            "members": [{"name": name, "value": reading.number(name)} for name in names]}


# --- constants -----------------------------------------------------------------------------------


def describe_constants(header: Header, values: dict[str, tuple[int, str]]) -> list[Json]:
    groups = []
    for title, members in header.groups():
        described = [describe_constant(macro, header, *values[macro.name]) for macro in members
                     if macro.name in values]
        if described:
            groups.append({"group": title, "constants": described})
    return groups


def describe_constant(macro: Macro, header: Header, value: int, type_: str) -> Json:
    return {"name": macro.name, "value": value, "type": type_,
            **present(when=header.when(macro.offset)), "doc": macro.doc.text}


# --- headers -------------------------------------------------------------------------------------


def describe_header(header: Header, reading: Reading) -> Json:
    result: Json = {"header": header.name, "brief": header.file_doc.one("brief"),
                    "doc": header.file_doc.text,
                    **present(directives=header.directives),
                    "constants": describe_constants(header, reading.values),
                    **{kind: [] for kind in targets.ITEMS}}
    nodes = reading.nodes[header.name]
    records = {n["name"]: n for n in nodes if n["kind"] == "RecordDecl" and "name" in n}
    for node in nodes:
        offset = place(node["range"]["begin"])["offset"]
        doc = header.doc_before(offset)
        kind, item = describe_node(node, records, doc, reading, header)
        if kind:
            result[kind].append({**item, **present(when=header.when(offset))})
    return result


def describe_node(node: Json, records: dict[str, Json], doc: Doc, reading: Reading,
                  header: Header) -> tuple[str, Json]:
    """Which kind of item a node is, "" for none, and the item. A struct is the item of its
    typedef."""
    record = records.get(node.get("name", ""))
    if node["kind"] == "FunctionDecl":
        return "functions", describe_function(node, doc, reading, header)
    if node["kind"] == "VarDecl":
        return "objects", {"name": node["name"], "type": spelled(node["type"])}
    if node["kind"] == "EnumDecl":
        return "enums", describe_enum(node, doc, reading)
    if node["kind"] != "TypedefDecl":
        return "", {}
    if record is None:
        return "typedefs", describe_typedef(node, doc, header)
    if is_struct(record):
        return "structs", describe_struct(record, doc, reading, header)
    brief, rest = doc.brief_and_rest()
    return "handles", {"name": node["name"], "brief": brief, "doc": rest}


def describe_target(include: Path, target: str, headers: list[Header],
                    laid_out: list[Json]) -> Json:
    reading = Reading(include, target, headers, laid_out)
    described = [describe_header(header, reading) for header in headers]
    missing = reading.values.keys() - {c["name"] for c in constants(described)}
    if missing:
        raise DescribeError(f"{', '.join(sorted(missing))}: not defined at the start of a line")
    return {
        "version": ".".join(str(reading.values[f"MMIO_VERSION_{part}"][0])
                            for part in ("MAJOR", "MINOR", "PATCH")),
        "statuses": table(described, "MMIO_OK", "MMIO_ERR_"),
        "features": table(described, "MMIO_FEATURE_"),
        "decorations": reading.decorations(),
        "headers": described,
    }


def describe(include: Path = INCLUDE, systems: tuple[str, ...] = TARGETS) -> Json:
    headers = read_headers(include)
    with blanked(headers) as bare, ThreadPoolExecutor() as pool:
        nodes = declared(syntax_tree(bare, systems[0]), bare, headers)
        laid_out = [n for of_header in nodes.values() for n in of_header
                    if is_struct(n) or n["kind"] == "EnumDecl"]
        described = pool.map(lambda s: describe_target(bare, s, headers, laid_out), systems)
        return targets.combine(dict(zip(systems, described, strict=True)))


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
