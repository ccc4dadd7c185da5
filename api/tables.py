# SPDX-License-Identifier: Apache-2.0
"""Writes the constants of mmio.api.json in the terms of each language.

cog calls these functions from marked places in the languages' files and puts there what they print;
`make tables` does it, and `make check-api` finds places that are out of date.
"""
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

API = Path(__file__).with_name("mmio.api.json")
WIDTH = 96  # Of lines that will be indented.

# Groups of constants that languages have as a type, by the beginning of their names, and what Java
# and Python call it.
TYPES = {
    "MMIO_CAUSE_": "FaultCause",
    "MMIO_DISPOSITION_": "Disposition",
    "MMIO_ERR_": "Status",
    "MMIO_FEATURE_": "Feature",
    "MMIO_FLUSH_": "FlushLevel",
    "MMIO_GUARD_": "FaultGuard",
    "MMIO_KIND_": "Kind",
    "MMIO_MODE_": "Mode",
    "MMIO_ON_FAULT_": "OnFault",
    "MMIO_OPEN_": "OpenFlag",
    "MMIO_POLICY_": "FlushPolicy",
    "MMIO_TOUCH_": "Touch",
}

# What else the constants' comments name, in each language. A sentence that names something else is
# about what the language has not, and left out.
GO_NAMES = {
    "mmio_error::limit": "Error.Limit",
    "mmio_error::os_code": "Error.OSCode",
    "mmio_map_flush()": "[Map.Flush]",
    "mmio_map_flush_range()": "[Map.FlushRange]",
    "mmio_map_read()": "[Map.ReadAt]",
    "mmio_map_shutdown()": "[Map.Close]",
    "mmio_max_size()": "[MaxSize]",
    "mmio_open_options::size": "Options.Size",
}
JAVA_NAMES = {
    "mmio_error::limit": "{@link ErrorRecord#limit()}",
    "mmio_error::os_code": "{@link ErrorRecord#osCode()}",
    "mmio_map_flush()": "{@link MmioMap#flush()}",
    "mmio_map_flush_range()": "{@link MmioMap#flush(long, long, FlushLevel)}",
    "mmio_map_read()": "{@link MmioMap#read}",
    "mmio_map_shutdown()": "{@link MmioMap#close()}",
    "mmio_max_size()": "{@link Mmio#maxSize()}",
    "mmio_open_options::size": "{@link OpenOptions.Builder#size}",
}
PYTHON_NAMES = {
    "mmio_error::limit": "the error's limit",
    "mmio_error::os_code": "the error's errno",
    "mmio_map_flush()": ":meth:`Map.flush`",
    "mmio_map_flush_range()": ":meth:`Map.flush_range`",
    "mmio_map_read()": ":meth:`Map.read`",
    "mmio_map_shutdown()": ":meth:`Map.close`",
    "mmio_max_size()": ":func:`max_size`",
    "mmio_open_options::size": "the size given",
}

GO_WORDS = {word: word for word in ("COW", "IO", "OK", "RO", "RW")} | {"NOFOLLOW": "NoFollow"}


class Constant(NamedTuple):
    name: str
    value: int
    doc: str


def of_headers(*wanted: str) -> list[Constant]:
    """The constants of these headers, or of all."""
    api = json.loads(API.read_text(encoding="utf-8"))
    return [Constant(c["name"], c["value"], c["doc"]) for header in api["headers"]
            if not wanted or header["header"] in wanted
            for group in header["constants"] for c in group["constants"]]


def of_group(prefix: str, without: tuple[str, ...] = ()) -> list[Constant]:
    """Those whose names begin so, less some whole names."""
    found = [constant for constant in of_headers() if constant.name.startswith(prefix)]
    missing = {*without} - {constant.name for constant in found}
    if missing or not found:
        raise ValueError(f"mmio.api.json has no {', '.join(sorted(missing)) or prefix}")
    return [constant for constant in found if constant.name not in without]


# --- comments ------------------------------------------------------------------------------------

NAME = re.compile(r"\b(?:MMIO_\w+|mmio_\w+(?:::\w+|\(\))?|mmio/\w+\.h)")
SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")


def translated(constant: Constant, name_of: Callable[[str], str | None]) -> str:
    """The first paragraph of a comment, in the names of a language."""
    sentences = [sentence for sentence in SENTENCE.split(constant.doc.split("\n\n")[0])
                 if all(name_of(name) for name in NAME.findall(sentence))]
    if not sentences:
        raise ValueError(f"{constant.name}: nothing of {constant.doc!r} is about the language")
    return NAME.sub(lambda name: name_of(name[0]) or "", " ".join(sentences))


def split(name: str) -> tuple[str, str] | None:
    """The type that a constant belongs to, and its name there."""
    for prefix, type_ in TYPES.items():
        if name.startswith(prefix):
            return type_, name.removeprefix(prefix)
    return None


def names_in_text(spelled: Callable[[str, str], str],
                  others: dict[str, str]) -> Callable[[str], str | None]:
    """How a language spells a constant of a type, and what else it has."""
    def name_of(name: str) -> str | None:
        constant = split(name)
        return spelled(*constant) if constant else others.get(name)
    return name_of


def print_wrapped(text: str, indent: str = "") -> None:
    print(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent,
                        break_long_words=False, break_on_hyphens=False))


# --- Go ------------------------------------------------------------------------------------------


def go_name(name: str) -> str:
    """MMIO_ERR_NO_SPACE is ErrNoSpace."""
    words = name.removeprefix("MMIO_").split("_")
    return "".join(GO_WORDS.get(word, word.capitalize()) for word in words)


def go_name_in_text(name: str) -> str | None:
    return go_name(name) if split(name) else GO_NAMES.get(name)


def begins_with_word(text: str) -> bool:
    """Or with a name, whose second letter is as large as the first."""
    return text[:1].isupper() and not text[1:2].isupper()


def go(prefix: str, type_: str, without: tuple[str, ...] = ()) -> None:
    """The constants of a const block."""
    print()  # The first one's comment is its own.
    for constant in of_group(prefix, without):
        name, doc = go_name(constant.name), translated(constant, go_name_in_text)
        if begins_with_word(constant.doc):
            doc = doc[0].lower() + doc[1:]
        print_wrapped(f"{name}: {doc}", "// ")
        print(f"{name} {type_} = {constant.value}")


# --- Java ----------------------------------------------------------------------------------------


def java_names(own_type: str) -> Callable[[str], str | None]:
    def spelled(type_: str, name: str) -> str:
        return f"{{@link #{name}}}" if type_ == own_type else f"{{@link {type_}#{name}}}"
    return names_in_text(spelled, JAVA_NAMES)


def java(prefix: str, without: tuple[str, ...] = (), end: str = ";") -> None:
    """The constants of an enum."""
    found = of_group(prefix, without)
    for constant in found:
        doc = translated(constant, java_names(TYPES[prefix]))
        if len(doc) > WIDTH - len("/**  */"):
            print("/**")
            print_wrapped(doc, " * ")
            print(" */")
        else:
            print(f"/** {doc} */")
        name = constant.name.removeprefix(prefix)
        print(f"{name}({constant.value}){',' if constant is not found[-1] else end}")


# --- Python --------------------------------------------------------------------------------------


def python_names(own_type: str) -> Callable[[str], str | None]:
    def spelled(type_: str, name: str) -> str:
        return name if type_ == own_type else f"{type_}.{name}"
    return names_in_text(spelled, PYTHON_NAMES)


def python(prefix: str, without: tuple[str, ...] = ()) -> None:
    """The members of an enumeration."""
    for constant in of_group(prefix, without):
        print(f"{constant.name.removeprefix(prefix)} = _mmio.{constant.name.removeprefix('MMIO_')}")
        doc = translated(constant, python_names(TYPES[prefix]))
        print_wrapped(f'"""{doc}"""')


def python_stub(*headers: str) -> None:
    """What SWIG makes of the constants of headers."""
    for constant in sorted(of_headers(*headers)):
        print(f"{constant.name.removeprefix('MMIO_')}: Final[int]")


# --- Lua -----------------------------------------------------------------------------------------


def lua(without: tuple[str, ...] = (), **prefixes: str) -> None:
    """A list of lower-case names and numbers for each group of constants."""
    for name, prefix in prefixes.items():
        print(f"\nconst lmmio_constant lmmio_{name}[] = {{")
        for constant in of_group(prefix, without):
            print(f'    {{"{constant.name.removeprefix(prefix).lower()}", {constant.name}}},')
        print("    {NULL, 0},\n};")
