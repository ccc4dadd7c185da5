# SPDX-License-Identifier: Apache-2.0
"""The rules that keep the next version possible; POLICY.md says what each is for. Each check gives
the list of what is wrong."""
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import elf
import targets
from compiler import Json
from describe import DECORATIONS, functions
from source import without_comments

ROOT = Path(__file__).resolve().parents[1]
SYMBOLS = ROOT / "abi" / "symbols.txt"
MMSYSTEM = ROOT / "abi" / "mmsystem.txt"

PLAIN_TYPES = {"void", "char", "size_t", "intptr_t", "uint8_t", "int32_t", "uint32_t", "int64_t",
               "uint64_t"}
# As wide as the machine's addresses.
ADDRESS_TYPES = {"size_t", "intptr_t"}
BANNED_WORDS = {"enum", "bool", "_Bool", "union", "short", "int", "long", "unsigned", "signed",
                "float", "double", "off_t", "time_t", "FILE", "wchar_t", "va_list", "inline",
                "static"}
LITERAL = re.compile(r"\d+|\(-\d+\)|0x[0-9a-f]+")


def header_problems(api: Json) -> list[str]:
    return [*type_problems(api), *shape_problems(api), *number_problems(api),
            *collision_problems(api)]


def every_struct(api: Json) -> list[Json]:
    return [struct for header in api["headers"] for struct in header["structs"]]


# --- symbols -------------------------------------------------------------------------------------


def listed_symbols(path: Path = SYMBOLS) -> list[tuple[str, str]]:
    """Name and version node of each line of the symbol list."""
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return [(name, node) for node, name in lines]


def exported_symbols(symbols: dict[str, str]) -> list[tuple[str, str]]:
    """Name and version node, "" if it has none, of all that a shared library exports."""
    return [elf.versioned(symbol) for symbol in symbols]


def symbol_problems(api: Json, listed: list[tuple[str, str]],
                    exported: list[tuple[str, str]]) -> list[str]:
    declared = [(f["name"], "LIBMMIO_" + f["since"]) for f in functions(api)]
    twice = [f"{name} of {node}" for (name, node), count in Counter(listed).items() if count > 1]
    # A function may have a later version beside the one it began with.
    first = dict(reversed(listed))
    return [
        *(f"symbols.txt lists {symbol} twice" for symbol in twice),
        *differences("the headers declare", declared, "symbols.txt lists", list(first.items())),
        *differences("symbols.txt lists", listed, "the library exports", exported),
    ]


def differences(one: str, ones: list[tuple[str, str]],
                other: str, others: list[tuple[str, str]]) -> Iterator[str]:
    for name, node in sorted(set(ones) - set(others)):
        yield f"{one} {name} of {node or 'no node'}, unlike what {other}"
    for name, node in sorted(set(others) - set(ones)):
        yield f"{other} {name} of {node or 'no node'}, unlike what {one}"


def library_problems(library: Json) -> list[str]:
    """What a loader would do behind the program's back, and symbols that are no functions."""
    problems = [f"{symbol} is {kind}, no plain function"
                for symbol, kind in library["symbols"].items() if kind != "FUNC GLOBAL DEFAULT"]
    if library["constructors"]:
        problems.append("the library runs code when it is loaded")
    if library["run_path"]:
        problems.append(f"the library looks for others in {', '.join(library['run_path'])}")
    if library["text_relocations"]:
        problems.append("the library's code must be changed when it is loaded")
    if library["executable_stack"]:
        problems.append("the library asks for an executable stack")
    if library["unloadable"]:
        problems.append("the library can be unloaded under threads that still run its exit call")
    return problems


# --- types ---------------------------------------------------------------------------------------


def type_problems(api: Json) -> list[str]:
    structs = every_struct(api)
    typedefs = [typedef for header in api["headers"] for typedef in header["typedefs"]]
    handles = {handle["name"] for header in api["headers"] for handle in header["handles"]}
    by_value = {struct["name"] for struct in structs} | handles
    scalars = PLAIN_TYPES | {typedef["name"] for typedef in typedefs}
    problems = []
    for typedef in typedefs:
        problems += typedef_problems(typedef["name"], typedef["type"], scalars | by_value)
    for struct in structs:
        problems += struct_problems(struct, addresses(structs))
        for field in struct["fields"]:
            problems += type_problem(f"{struct['name']}::{field['name']}", field["type"],
                                     scalars | by_value, set())
    for function in functions(api):
        problems += signature_problems(function)
        for type_ in [function["returns"], *(p["type"] for p in function["params"])]:
            problems += type_problem(function["name"], type_, scalars | by_value, by_value)
    names = [item["name"] for item in functions(api) + structs + typedefs] + sorted(handles)
    return problems + [f"{name}: not an mmio_ name" for name in names
                       if not re.fullmatch(r"mmio_[a-z0-9_]+", name)]


def typedef_problems(name: str, type_: str, allowed: set[str]) -> list[str]:
    """A name for a plain type, or for a function that gets the caller's pointer back last."""
    callback = re.fullmatch(r"(.+?) ?\(\*\)\((.*)\)", type_)
    if not callback:
        return type_problem(name, type_, PLAIN_TYPES, set())
    parameters = callback[2].split(", ")
    problems = [] if parameters[-1] == "void *" else [f"{name}: the last parameter is no void *"]
    for each in [callback[1], *parameters]:
        problems += type_problem(name, each, allowed, set())
    return problems


def type_problem(where: str, type_: str, allowed: set[str], pointed_to_only: set[str]) -> list[str]:
    base = base_type(type_)
    if base not in allowed:
        return [f"{where}: the type {type_} is not for an ABI"]
    if base in pointed_to_only and "*" not in type_:
        return [f"{where}: {type_} by value"]
    return []


def base_type(type_: str) -> str:
    return re.sub(r"\bconst\b|\*|\[\d+\]", "", type_).strip()


def addresses(structs: list[Json]) -> set[str]:
    """The structs that hold an address, themselves or in another."""
    found: set[str] = set()
    for struct in structs:  # each is declared after those it holds
        for field in struct["fields"]:
            if "*" in field["type"] or base_type(field["type"]) in found | ADDRESS_TYPES:
                found.add(struct["name"])
    return found


def struct_problems(struct: Json, with_addresses: set[str]) -> list[str]:
    name, problems, end = struct["name"], [], 0
    for field in struct["fields"]:
        if field["offset"] != end:
            problems.append(f"{name}: hidden padding before {field['name']}")
        end = field["offset"] + field["size"]
    if end != struct["size"]:
        problems.append(f"{name}: hidden padding at its end")
    if name not in with_addresses:
        problems += [f"{name}: its layout differs on {', '.join(other['targets'])}"
                     for other in struct.get("elsewhere", [])
                     if other["differs"].keys() - {"alignment"}]
    if name.endswith(("_options", "_info")) and not is_size_first(struct):
        problems.append(f"{name}: does not begin with uint32_t struct_size")
    return problems


def is_size_first(struct: Json) -> bool:
    first = struct["fields"][0]
    return bool((first["name"], first["type"]) == ("struct_size", "uint32_t"))


def signature_problems(function: Json) -> list[str]:
    """What can fail returns a status and ends with the error; out-parameters stand before it."""
    name, problems = function["name"], []
    kinds = ["error" if p["type"] == "mmio_error *" else
             "out" if p["name"].startswith("out_") else "in" for p in function["params"]]
    if (function["returns"] == "mmio_status") != (kinds[-1:] == ["error"]):
        problems.append(f"{name}: a status and a last parameter `error` go together")
    if kinds != sorted(kinds, key=["in", "out", "error"].index):
        problems.append(f"{name}: the order is in, out_, error")
    return problems


# --- how things are declared ---------------------------------------------------------------------


def shape_problems(api: Json) -> Iterator[str]:
    """Only plain functions, plain structs and constants, the same for whoever includes them."""
    for header in api["headers"]:
        for kind in ("enums", "objects"):
            yield from (f"{item['name']}: no {kind} in an ABI" for item in header[kind])
    for function in functions(api):
        if function.get("variadic"):
            yield f"{function['name']}: a variadic function"
        if "body" in function:
            yield f"{function['name']}: code in a header"
        if "attributes" in function or "convention" in function:
            yield f"{function['name']}: not declared as MMIO_API … MMIO_CALL"
    for struct in every_struct(api):
        for item in [struct, *struct["fields"]]:
            if "attributes" in item or "union" in item:
                yield f"{struct['name']}: not a plain struct"
    for item in every_item(api):
        if "when" in item:
            yield f"{item['name']}: depends on {' and '.join(item['when'])}"


def every_item(api: Json) -> list[Json]:
    return [item for kind, item in targets.items(api) if kind != "decorations"]


def number_problems(api: Json) -> Iterator[str]:
    """A number means one thing, and statuses leave no number out."""
    numbers = sorted(api["statuses"].values(), reverse=True)
    if numbers != list(range(0, -len(numbers), -1)):
        yield "the statuses are not 0, -1, -2 and so on, each once"
    for header in api["headers"]:
        for group in header["constants"]:
            if group["group"] == "Version of this header":
                continue
            of = Counter(constant["value"] for constant in group["constants"])
            yield from (f"{constant['name']}: another of its group has the same number"
                        for constant in group["constants"] if of[constant["value"]] > 1)


def text_problems(include: Path) -> list[str]:
    """Rules that only the text of the headers can break."""
    problems = []
    for path in sorted(include.rglob("*.h")):
        text = without_comments(path.read_text(encoding="utf-8"))
        code = re.sub(r"^\s*#.*", "", text, flags=re.M)
        words = BANNED_WORDS & set(re.findall(r"\w+", code))
        problems += [f"{path.name}: {word} is not for an ABI" for word in sorted(words)]
        if "..." in code:
            problems.append(f"{path.name}: a variadic function")
        if re.search(r"\w\s*:\s*\d", code):
            problems.append(f"{path.name}: a bit-field")
        if re.search(r"^\s*#\s*pragma", text, flags=re.M):
            problems.append(f"{path.name}: a pragma")
        for name, replacement in re.findall(r"^\s*#\s*define\s+(\S+)[ \t]*(.*)$", text, re.M):
            problems += macro_problems(path, name, replacement.strip())
    return problems


def macro_problems(path: Path, name: str, replacement: str) -> list[str]:
    if name in DECORATIONS:
        return [] if path.name == "export.h" else [f"{path.name}: {name} is for export.h only"]
    if not re.fullmatch(r"MMIO_[A-Z0-9_]+", name):
        return [f"{path.name}: {name} is no MMIO_ name"]
    if replacement and not LITERAL.fullmatch(replacement):
        return [f"{path.name}: {name} is not a plain number"]
    return []


def collision_problems(api: Json, mmsystem: Path = MMSYSTEM) -> list[str]:
    theirs = set(mmsystem.read_text(encoding="utf-8").split())
    ours = {item["name"] for item in every_item(api)}
    return [f"{name} is a name of <mmsystem.h>" for name in sorted(ours & theirs)]
