# SPDX-License-Identifier: Apache-2.0
"""What differs between two states of the ABI, in plain words, and whether a program that was built
for the older one goes on working."""
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import elf
import targets
from compiler import Json
from rules import is_size_first


class Severity(IntEnum):
    COMPATIBLE = 0
    REVIEW = 1
    BREAKING = 2

    def __str__(self) -> str:
        return {0: "compatible", 1: "to review", 2: "breaking"}[self.value]


@dataclass(frozen=True, order=True)
class Difference:
    severity: Severity
    text: str


COMPATIBLE, REVIEW, BREAKING = Severity
Differences = Iterator[Difference]

SINGULAR = {"decorations": "macro", "constants": "constant", "handles": "handle",
            "typedefs": "type", "structs": "struct", "enums": "enum", "objects": "object",
            "functions": "function"}


# --- headers -------------------------------------------------------------------------------------


def compare_headers(old: Json, new: Json) -> list[Difference]:
    """Target by target: where all say the same, it is said once."""
    found: dict[Difference, list[str]] = {}
    for target in old["targets"]:
        for difference in compare_items(items_on(old, target), items_on(new, target)):
            found.setdefault(difference, []).append(target)
    lost = [Difference(BREAKING, f"not described for {target} any more")
            for target in old["targets"] if target not in new["targets"]]
    return [*lost, *compare_directives(old, new),
            *(difference if on == old["targets"] else
              Difference(difference.severity, f"{difference.text} (on {', '.join(on)})")
              for difference, on in found.items())]


Items = dict[tuple[str, str], Json]


def items_on(api: Json, target: str) -> Items:
    """Everything that has a name, as it is for one target."""
    return {(SINGULAR[kind], item["name"]): targets.on(item, target)
            for kind, item in targets.items(api)}


def compare_items(old: Items, new: Items) -> Differences:
    for key in [*old, *(key for key in new if key not in old)]:
        what = " ".join(key)
        if key not in new:
            yield Difference(BREAKING, f"{what} is gone")
        elif key not in old:
            yield Difference(COMPATIBLE, f"{what} is new")
        else:
            compare = COMPARE.get(key[0], compare_other)
            yield from compare(what, old[key], new[key])
            yield from changed(what, old[key], new[key], "when")


def changed(what: str, old: Json, new: Json, *keys: str) -> Differences:
    """Facts that may not change."""
    for key in keys:
        if old.get(key) != new.get(key):
            yield Difference(BREAKING, f"{what}: {key} is {shown(new.get(key))}, "
                                       f"was {shown(old.get(key))}")


def shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "") else str(value)


def compare_other(what: str, old: Json, new: Json) -> Differences:
    yield from changed(what, old, new, "text", "type", "size", "members")


def compare_constant(what: str, old: Json, new: Json) -> Differences:
    if what.startswith("constant MMIO_VERSION_"):
        if old["value"] != new["value"]:
            yield Difference(COMPATIBLE, f"{what} is {new['value']}, was {old['value']}")
    else:
        yield from changed(what, old, new, "value", "type")


def compare_function(what: str, old: Json, new: Json) -> Differences:
    yield from changed(what, old, new, "returns", "variadic", "attributes", "convention", "body")
    yield from compare_since(what, old, new)
    old_types, new_types = ([p["type"] for p in f["params"]] for f in (old, new))
    if old_types != new_types:
        yield Difference(BREAKING, f"{what}: it takes ({shown(new_types)}), "
                                   f"took ({shown(old_types)})")
    else:
        yield from compare_names(what, *([p["name"] for p in f["params"]] for f in (old, new)))


def compare_since(what: str, old: Json, new: Json) -> Differences:
    if old["since"] != new["since"]:
        yield Difference(REVIEW, f"{what}: said to be there since {new['since']}, "
                                 f"was {old['since']}")


def compare_typedef(what: str, old: Json, new: Json) -> Differences:
    yield from changed(what, old, new, "type")
    if old["type"] == new["type"]:
        yield from compare_names(what, old.get("params", []), new.get("params", []))


def compare_names(what: str, old: list[str], new: list[str]) -> Differences:
    """The names of parameters. Their types are the same; languages with keywords see the names."""
    if sorted(old) == sorted(new) and old != new:
        yield Difference(BREAKING, f"{what}: its parameters have changed places: {shown(new)}")
    else:
        for before, now in zip(old, new, strict=True):
            if before != now:
                yield Difference(REVIEW, f"{what}: its parameter {before} is called {now}")


def compare_struct(what: str, old: Json, new: Json) -> Differences:
    yield from changed(what, old, new, "alignment", "attributes", "union")
    if new["size"] != old["size"]:
        grows = is_size_first(old) and new["size"] > old["size"]
        yield Difference(COMPATIBLE if grows else BREAKING,
                         f"{what}: {new['size']} bytes, were {old['size']}")
    fields = {field["name"]: field for field in new["fields"]}
    for field in old["fields"]:
        yield from compare_field(f"{what}: field {field['name']}", field,
                                 fields.get(field["name"]))
    before = {field["name"] for field in old["fields"]}
    for field in new["fields"]:
        if field["name"] not in before:
            yield Difference(new_field_severity(field, old),
                             f"{what}: field {field['name']} is new, at {field['offset']}")


def compare_field(what: str, old: Json, new: Json | None) -> Differences:
    if is_reserved(old) and (new is None or within(new, old)):
        if new is None or new["size"] != old["size"]:
            yield Difference(REVIEW, f"{what}: bytes that were reserved are in use")
    elif new is None:
        yield Difference(BREAKING, f"{what} is gone")
    else:
        yield from changed(what, old, new, "type", "offset", "size", "attributes")


def new_field_severity(field: Json, old: Json) -> Severity:
    if any(is_reserved(was) and within(field, was) for was in old["fields"]):
        return REVIEW
    return COMPATIBLE if is_size_first(old) and field["offset"] >= old["size"] else BREAKING


def is_reserved(field: Json) -> bool:
    return str(field["name"]).startswith("reserved")


def within(field: Json, other: Json) -> bool:
    end, other_end = (f["offset"] + f["size"] for f in (field, other))
    return bool(other["offset"] <= field["offset"] and end <= other_end)


COMPARE = {"constant": compare_constant, "function": compare_function, "type": compare_typedef,
           "struct": compare_struct}


def compare_directives(old: Json, new: Json) -> Differences:
    """Conditions of the preprocessor: each is another variant of the ABI."""
    before, now = ({h["header"]: Counter(h.get("directives", [])) for h in api["headers"]}
                   for api in (old, new))
    for header in sorted(before.keys() | now.keys()):
        if header not in now:
            yield Difference(BREAKING, f"header {header} is gone")
            continue
        for line in now[header] - before.get(header, Counter()):
            yield Difference(REVIEW, f"header {header}: {line} is new")
        for line in before.get(header, Counter()) - now[header]:
            yield Difference(REVIEW, f"header {header}: {line} is gone")
    yield from compare_places(old, new)


def compare_places(old: Json, new: Json) -> Differences:
    """Which header declares a function: some programs include no more than one."""
    before, now = ({f["name"]: h["header"] for h in api["headers"] for f in h["functions"]}
                   for api in (old, new))
    for name, header in before.items():
        if now.get(name, header) != header:
            yield Difference(REVIEW, f"function {name} is in {now[name]}, was in {header}")


# --- libraries -----------------------------------------------------------------------------------


def compare_libraries(old: Json, new: Json, closed: set[str]) -> list[Difference]:
    """Nodes that were released are closed: no symbol may be added to them."""
    return [*compare_loading(old, new), *compare_nodes(old, new),
            *compare_symbols(old["symbols"], new["symbols"], closed)]


def compare_loading(old: Json, new: Json) -> Differences:
    yield from changed("library", old, new, "soname", "run_path", "constructors",
                       "text_relocations", "unloadable", "executable_stack")
    for name in sorted(set(new["needed"]) - set(old["needed"])):
        yield Difference(BREAKING, f"library: it needs {name}")
    for name in sorted(set(old["needed"]) - set(new["needed"])):
        yield Difference(COMPATIBLE, f"library: it does not need {name} any more")


def compare_nodes(old: Json, new: Json) -> Differences:
    for node, parent in old["nodes"].items():
        if node not in new["nodes"]:
            yield Difference(BREAKING, f"version node {node} is gone")
        elif new["nodes"][node] != parent:
            yield Difference(BREAKING, f"version node {node}: it builds on "
                                       f"{shown(new['nodes'][node])}, built on {shown(parent)}")
    for node in new["nodes"]:
        if node not in old["nodes"]:
            yield Difference(COMPATIBLE, f"version node {node} is new")


def compare_symbols(old: dict[str, str], new: dict[str, str], closed: set[str]) -> Differences:
    for symbol, kind in old.items():
        kept = symbol.replace("@@", "@")
        now = new.get(symbol, new.get(kept))
        if now is None:
            yield Difference(BREAKING, f"symbol {symbol} is gone")
        elif now != kind:
            yield Difference(BREAKING, f"symbol {symbol}: {now}, was {kind}")
        elif symbol not in new:
            yield Difference(COMPATIBLE, f"symbol {kept} is kept for programs that have it")
    for symbol in new:
        if symbol in old or symbol.replace("@", "@@") in old:
            continue
        node = elf.versioned(symbol)[1]
        yield Difference(BREAKING if node in closed else COMPATIBLE,
                         f"symbol {symbol} is new" + (", in a closed node" * (node in closed)))
