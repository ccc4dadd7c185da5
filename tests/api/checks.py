# SPDX-License-Identifier: Apache-2.0
"""What the public interface is beside its ABI (see abi/rules.py): documented, and fit for all
compilers. Each check returns the list of what is wrong."""
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "api"))
sys.path.insert(0, str(ROOT / "abi"))

from compiler import Json
from describe import constants, functions
from rules import PLAIN_TYPES

MMSYSTEM = Path("/usr/x86_64-w64-mingw32/include/mmsystem.h")

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


def mmsystem_names() -> set[str]:
    """The names that <mmsystem.h> takes and that begin as ours do, in whatever case."""
    text = MMSYSTEM.read_text(encoding="utf-8", errors="replace")
    return set(re.findall(r"\w*(?:mmio|MMIO)\w+", text))


def windows_problems(include: Path, api: Json) -> list[str]:
    """mmio.h and <windows.h> in both orders; our constants keep their values beside theirs."""
    ours, theirs = '#include "mmio.h"\n', "#include <windows.h>\n"
    values = "#include <assert.h>\n" + "".join(
        f'static_assert({c["name"]} == {c["value"]}, "{c["name"]}");\n'
        for c in constants(api["headers"]))
    return [problem for compiler in WINDOWS_COMPILERS for both in (ours + theirs, theirs + ours)
            for problem in compile_problem(include, compiler, both + values)]
