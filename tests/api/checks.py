# SPDX-License-Identifier: Apache-2.0
"""The rules of the public interface. Each check returns the list of what is wrong."""
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "api"))

from describe import DECORATIONS, Json, constants, functions  # noqa: E402

SYMBOLS = ROOT / "abi" / "symbols.txt"
MMSYSTEM = Path("/usr/x86_64-w64-mingw32/include/mmsystem.h")

PLAIN_TYPES = {"void", "char", "size_t", "intptr_t", "uint8_t", "int32_t", "uint32_t", "int64_t",
               "uint64_t"}
BANNED_WORDS = {"enum", "bool", "_Bool", "union", "short", "int", "long", "unsigned", "signed",
                "float", "double", "off_t", "time_t", "FILE", "wchar_t", "va_list", "inline",
                "static"}
LITERAL = re.compile(r"\d+|\(-\d+\)|0x[0-9a-f]+")

# Parameters that mean the same everywhere; mmio.h or their type says what.
SAID_ONCE = {"map", "offset", "size", "error", "out_map", "out_view", "walk", "out_walk",
             "chunk_size", "watcher", "source"}
# Macros that a user may define.
USERS_MACROS = {"MMIO_STATIC"}

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow",
            "-Werror"]
C_WARNINGS = ["-x", "c", "-Wstrict-prototypes"]
CXX_WARNINGS = ["-x", "c++", "-Wold-style-cast", "-Wzero-as-null-pointer-constant"]
COMPILERS = [
    *([compiler, standard, *C_WARNINGS] for compiler in ("gcc", "clang")
      for standard in ("-std=c11", "-std=c17")),
    *([compiler, "-std=c++17", *CXX_WARNINGS] for compiler in ("g++", "clang++")),
]
WINDOWS_COMPILERS = [["x86_64-w64-mingw32-gcc", "-std=c11", *C_WARNINGS],
                     ["x86_64-w64-mingw32-g++", "-std=c++17", *CXX_WARNINGS]]


# --- symbols -------------------------------------------------------------------------------------


def listed_symbols(path: Path = SYMBOLS) -> list[tuple[str, str]]:
    """Name and version node of each line of the symbol list."""
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return [(name, node) for node, name in lines]


def exported_symbols(library: Path) -> list[tuple[str, str]]:
    """Name and version node, "" if it has none, of all that a shared library exports."""
    table = subprocess.run(["readelf", "--dyn-syms", "--wide", str(library)], check=True,
                           capture_output=True, text=True).stdout
    symbols = []
    for line in table.splitlines():
        match = re.match(r"\s*\d+: \w+ +\w+ (\w+) +(\w+) +\w+ +(\w+) (\S+)", line)
        # The absolute symbols are the nodes themselves.
        if match and match[2] != "LOCAL" and match[3] not in ("UND", "ABS"):
            name, _, node = match[4].partition("@")
            symbols.append((name, node.lstrip("@")))
    return symbols


def symbol_problems(api: Json, listed: list[tuple[str, str]],
                    exported: list[tuple[str, str]]) -> list[str]:
    declared = [(f["name"], "LIBMMIO_" + f["since"]) for f in functions(api)]
    twice = [name for name, count in Counter(name for name, _ in listed).items() if count > 1]
    return [
        *(f"symbols.txt lists {name} twice" for name in twice),
        *differences("the headers declare", declared, "symbols.txt lists", listed),
        *differences("symbols.txt lists", listed, "the library exports", exported),
    ]


def differences(one: str, ones: list[tuple[str, str]],
                other: str, others: list[tuple[str, str]]) -> Iterator[str]:
    for name, node in sorted(set(ones) - set(others)):
        yield f"{one} {name} of {node or 'no node'}, unlike what {other}"
    for name, node in sorted(set(others) - set(ones)):
        yield f"{other} {name} of {node or 'no node'}, unlike what {one}"


# --- documentation -------------------------------------------------------------------------------


def doc_problems(api: Json) -> list[str]:
    known = known_names(api)
    problems = []
    for header in api["headers"]:
        if not header["brief"]:
            problems.append(f"{header['header']}: no @brief")
        problems += name_problems(header["header"], [header["brief"], header["doc"]], known,
                                  parameters(functions(api)))
        for item in header["handles"] + header["typedefs"] + header["structs"]:
            problems += item_doc_problems(item, known)
        for group in header["constants"]:
            problems += group_doc_problems(group, known)
        for function in header["functions"]:
            problems += function_doc_problems(function, known, api["statuses"])
    return problems


def parameters(among: Iterable[Json]) -> set[str]:
    return {parameter["name"] for function in among for parameter in function["params"]}


def known_names(api: Json) -> set[str]:
    """Names that a comment anywhere may speak of."""
    items = functions(api) + constants(api["headers"])
    structs = []
    for header in api["headers"]:
        items += header["handles"] + header["typedefs"]
        structs += header["structs"]
    fields = [field for struct in structs for field in struct["fields"]]
    return {item["name"] for item in items + structs + fields} | PLAIN_TYPES | USERS_MACROS


def item_doc_problems(item: Json, known: set[str]) -> list[str]:
    fields = item.get("fields", [])
    texts = [item["brief"], item["doc"], *(field["doc"] for field in fields)]
    problems = name_problems(item["name"], texts, known, set())
    if not item["brief"].endswith("."):
        problems.append(f"{item['name']}: no sentence says what it is")
    return problems + [f"{item['name']}::{field['name']}: no comment" for field in fields
                       if not field["doc"]]


def group_doc_problems(group: Json, known: set[str]) -> list[str]:
    names = [constant["name"] for constant in group["constants"]]
    problems = [] if group["group"] else [f"{name}: in no @name group" for name in names]
    texts = [group["group"], *(constant["doc"] for constant in group["constants"])]
    return problems + name_problems(names[0], texts, known, set())


def function_doc_problems(function: Json, known: set[str], statuses: dict[str, int]) -> list[str]:
    name, problems = function["name"], []
    documented = [p["name"] for p in function["params"] if p["doc"]]
    texts = [function["brief"], function["doc"], function["return"],
             *(p["doc"] for p in function["params"]), *(r["doc"] for r in function["retval"])]
    if not function["brief"].endswith("."):
        problems.append(f"{name}: no sentence says what it does")
    if not re.fullmatch(r"\d+\.\d+", function["since"]):
        problems.append(f"{name}: no @since")
    for parameter in function["params"]:
        is_handle = re.fullmatch(rf"(const )?mmio_{parameter['name']} \*", parameter["type"])
        silent = parameter["name"] not in SAID_ONCE and not is_handle and not any(
            re.search(rf"`[^`]*\b{parameter['name']}\b", text) for text in texts)
        if documented and silent and not parameter["doc"]:
            problems.append(f"{name}: nothing is said of its parameter {parameter['name']}")
    problems += [f"{name}: @retval {r['status']} is no status" for r in function["retval"]
                 if r["status"] not in statuses]
    return problems + name_problems(name, texts, known, parameters([function]))


def name_problems(where: str, texts: Iterable[str], known: set[str],
                  local: set[str]) -> list[str]:
    """Names that comments speak of but that are not there. A name may be cut: MMIO_MODE_…"""
    problems = []
    for text in texts:
        for name in re.findall(r"\b(?:mmio|MMIO)_\w+", text) + re.findall(r"`\*?(\w+)", text):
            beginning = name.endswith("_") and any(other.startswith(name) for other in known)
            if not (name in known | local or beginning):
                problems.append(f"{where}: the comment speaks of {name}, which is not there")
    return problems


# --- the ABI's own rules -------------------------------------------------------------------------


def type_problems(api: Json) -> list[str]:
    structs = [struct for header in api["headers"] for struct in header["structs"]]
    typedefs = [typedef for header in api["headers"] for typedef in header["typedefs"]]
    handles = {handle["name"] for header in api["headers"] for handle in header["handles"]}
    by_value = {struct["name"] for struct in structs} | handles
    scalars = PLAIN_TYPES | {typedef["name"] for typedef in typedefs}
    problems = []
    for typedef in typedefs:
        problems += typedef_problems(typedef["name"], typedef["type"], scalars | by_value)
    for struct in structs:
        problems += struct_problems(struct)
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
    base = re.sub(r"\bconst\b|\*|\[\d+\]", "", type_).strip()
    if base not in allowed:
        return [f"{where}: the type {type_} is not for an ABI"]
    if base in pointed_to_only and "*" not in type_:
        return [f"{where}: {type_} by value"]
    return []


def struct_problems(struct: Json) -> list[str]:
    problems, end = [], 0
    for field in struct["fields"]:
        if field["offset"] != end:
            problems.append(f"{struct['name']}: hidden padding before {field['name']}")
        end = field["offset"] + field["size"]
    if end != struct["size"]:
        problems.append(f"{struct['name']}: hidden padding at its end")
    first = struct["fields"][0]
    if struct["name"].endswith(("_options", "_info")) and (
            first["name"], first["type"]) != ("struct_size", "uint32_t"):
        problems.append(f"{struct['name']}: does not begin with uint32_t struct_size")
    return problems


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


def text_problems(include: Path) -> list[str]:
    """Rules that only the text of the headers can break."""
    problems = []
    for path in sorted(include.rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", " ", path.read_text(encoding="utf-8"), flags=re.S)
        code = re.sub(r"^\s*#.*", "", text, flags=re.M)
        words = BANNED_WORDS & set(re.findall(r"\w+", code))
        problems += [f"{path.name}: {word} is not for an ABI" for word in sorted(words)]
        if "..." in code:
            problems.append(f"{path.name}: a variadic function")
        if re.search(r"\w\s*:\s*\d", code):
            problems.append(f"{path.name}: a bit-field")
        for name, replacement in re.findall(r"^#define (\S+)[ \t]*(.*)$", text, re.M):
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
    theirs = set(re.findall(r"^#define (MMIO\w+)", mmsystem.read_text(errors="replace"), re.M))
    if "MMIO_READ" not in theirs:
        return [f"{mmsystem} defines no MMIO_READ: nothing was compared"]
    ours = {constant["name"] for constant in constants(api["headers"])}
    return [f"{name} is a name of <mmsystem.h>" for name in sorted(ours & theirs)]


# --- compilers -----------------------------------------------------------------------------------


def compile_problem(include: Path, command: list[str], source: str) -> list[str]:
    command = [*command, *WARNINGS, "-fsyntax-only", "-I", str(include), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
    return [f"{' '.join(command)}\n{source}{done.stderr}"] if done.returncode else []


def alone_problems(include: Path, compilers: list[list[str]] | None = None) -> list[str]:
    """Each header compiles by itself, and twice."""
    problems = []
    for path in sorted(include.rglob("*.h")):
        line = f'#include "{path.relative_to(include).as_posix()}"\n'
        source = line + line + "typedef int not_empty;\n"
        for compiler in compilers or COMPILERS:
            problems += compile_problem(include, compiler, source)
    return problems


def windows_problems(include: Path, api: Json) -> list[str]:
    """mmio.h and <windows.h> in both orders; our constants keep their values beside theirs."""
    ours, theirs = '#include "mmio.h"\n', "#include <windows.h>\n"
    values = "#include <assert.h>\n" + "".join(
        f'static_assert({c["name"]} == {c["value"]}, "{c["name"]}");\n'
        for c in constants(api["headers"]))
    return [problem for compiler in WINDOWS_COMPILERS for both in (ours + theirs, theirs + ours)
            for problem in compile_problem(include, compiler, both + values)]
