#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages: api/mmio.api.json -> section 3.

    man_pages.py --output DIRECTORY --date YYYY-MM-DD

libmmio(3) is what holds for all functions. Each public header is one page, named after it:
mmio/map.h is mmio_map(3). Each of its functions and types has a page that only leads there, so that
`man mmio_map_open` works. Whatever the headers do not document is an error.
"""
import argparse
import json
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DESCRIPTION = ROOT / "api" / "mmio.api.json"
OVERVIEW = "libmmio"
WIDTH = 78

Json = dict[str, Any]


class ManError(Exception):
    """The description lacks what a page needs."""


# --- roff ----------------------------------------------------------------------------------------

# What roff would take for a command, and what it would print as another character.
ESCAPES = str.maketrans({"\\": r"\e", "^": r"\(ha", "~": r"\(ti", "`": r"\(ga"})

# Doxygen's markup, and the names that pages refer to.
MARKUP = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>.+?)\*\*|(?P<function>\bmmio_\w+)\(\)"
                    r"|(?:::)?(?P<member>\bmmio_\w+::\w+)|::(?P<type>mmio_\w+)"
                    r"|(?P<constant>\bMMIO_\w+)")


def escape(text: str) -> str:
    """Text that roff prints as it is, but for a control character at the start of a line."""
    escaped = text.translate(ESCAPES)
    return re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", escaped)


def code(text: str) -> str:
    """Escaped so that it can be copied: a bare hyphen may be printed as a typographic one."""
    return escape(text).replace("-", r"\-")


def bold(text: str) -> str:
    return rf"\fB{code(text)}\fP"


def italic(text: str) -> str:
    return rf"\fI{code(text)}\fP"


def line(text: str) -> str:
    """A line of text, whatever it begins with."""
    return r"\&" + text if text.startswith((".", "'")) else text


def inline(text: str) -> str:
    """A paragraph's text with its markup as fonts."""
    result, end = [], 0
    for match in MARKUP.finditer(text):
        result.append(escape(text[end:match.start()]))
        end = match.end()
        kind, said = match.lastgroup, match[match.lastgroup or 0]
        if kind == "function":
            result.append(bold(said) + "(3)")
        elif kind in ("constant", "strong"):
            result.append(bold(said))
        else:
            result.append(italic(said))
    return "".join(result) + escape(text[end:])


def filled(text: str) -> Iterator[str]:
    """A paragraph as lines, each sentence on lines of its own."""
    for sentence in re.split(r"(?<=[.:;])\s+", text):
        for part in textwrap.wrap(inline(sentence), WIDTH, break_long_words=False,
                                  break_on_hyphens=False):
            yield line(part)


def example(text: str) -> Iterator[str]:
    yield from (".PP", ".RS 4", ".nf")
    yield from (line(code(each)) for each in textwrap.dedent(text).split("\n"))
    yield from (".fi", ".RE")


def paragraphs(text: str, between: str = ".PP") -> Iterator[str]:
    """Paragraphs, lists whose items begin with "- ", and code, which is indented."""
    for index, paragraph in enumerate(filter(None, text.split("\n\n"))):
        if paragraph.startswith("    "):
            yield from example(paragraph)
            continue
        lead, *items = re.split(r"(?:^|\n)- ", paragraph)
        if lead:
            if index:
                yield between
            yield from filled(lead)
        for item in items:
            yield r".IP \(bu 2"
            yield from filled(item)


def tagged(tag: str, text: str) -> Iterator[str]:
    """An item of a list: its tag, and its text beside or below."""
    yield ".TP"
    yield line(tag)
    yield from paragraphs(text, between=".IP")


def heading(title: str) -> str:
    return f'.SH "{title}"' if " " in title else f".SH {title}"


# --- declarations --------------------------------------------------------------------------------


def declared(kind: str, name: str) -> str:
    """A type and what has it: the star belongs to the name."""
    return f"{bold(kind)}{italic(name)}" if kind.endswith("*") else f"{bold(kind)} {italic(name)}"


def prototype(function: Json) -> Iterator[str]:
    returns = function["returns"]
    opening = f"{returns}{'' if returns.endswith('*') else ' '}{function['name']}("
    arguments = [declared(p["type"], p["name"]) for p in function["params"]] or [bold("void")]
    current, width = bold(opening), len(opening)
    for index, argument in enumerate(arguments):
        last = index + 1 == len(arguments)
        piece = argument + bold(");" if last else ",")
        length = len(re.sub(r"\\f.", "", piece))
        if index and width + 1 + length > WIDTH:
            yield current
            current, width = "    " + piece, 4 + length
        else:
            space = " " if index else ""
            current, width = current + space + piece, width + len(space) + length
    yield current


def typedef(name: str, kind: str) -> str:
    """A typedef as C spells it."""
    if "(*)" in kind:
        return bold("typedef " + kind.replace("(*)", f"(*{name})") + ";")
    return bold(f"typedef {kind} {name};")


# --- pages ---------------------------------------------------------------------------------------


def page_name(header: Json) -> str:
    """mmio/map.h -> mmio_map."""
    return str(header["header"]).removesuffix(".h").replace("/", "_")


def types(header: Json) -> list[Json]:
    return [*header["handles"], *header["typedefs"], *header["structs"]]


def names(header: Json) -> list[str]:
    """All that a reader may look up and this header declares."""
    return [item["name"] for item in (*header["functions"], *types(header))]


def has_page(header: Json) -> bool:
    return bool(names(header) or header["constants"])


def require_documentation(header: Json) -> None:
    missing = [item["name"] for item in (*header["functions"], *types(header)) if not item["brief"]]
    missing += [c["name"] for g in header["constants"] for c in g["constants"] if not c["doc"]]
    if not header["brief"]:
        missing.append(header["header"])
    if missing:
        raise ManError(f"not documented: {', '.join(missing)}")


class Manual:
    def __init__(self, api: Json, date: str):
        self.version = str(api["version"])
        self.date = date
        self.general, *rest = api["headers"]
        self.headers = [header for header in rest if has_page(header)]
        for header in (self.general, *self.headers):
            require_documentation(header)
        self.pages = {page_name(header): header for header in self.headers}
        self.page_of = {name: page for page, header in self.pages.items() for name in names(header)}
        self.functions = [f for header in self.headers for f in header["functions"]]

    def files(self) -> Iterator[tuple[str, str]]:
        """Name and text of each file in section 3."""
        yield f"{OVERVIEW}.3", self._text(self._overview())
        for page, header in self.pages.items():
            yield f"{page}.3", self._text(self._page(page, header))
        for name, page in self.page_of.items():
            if name not in self.pages:
                yield f"{name}.3", f".so man3/{page}.3\n"

    @staticmethod
    def _text(lines: Iterable[str]) -> str:
        return "".join(f"{text}\n" for text in lines)

    def _title(self, name: str) -> str:
        return f'.TH {name.upper()} 3 {self.date} "libmmio {self.version}" "Library functions"'

    def _overview(self) -> Iterator[str]:
        general = self.general
        yield self._title(OVERVIEW)
        yield heading("NAME")
        yield rf"{OVERVIEW} \- {lowered(general['brief'])}"
        yield from library()
        yield heading("SYNOPSIS")
        yield ".nf"
        yield bold("#include <mmio.h>")
        yield ".PP"
        yield code("cc program.c $(pkg-config --cflags --libs mmio)")
        yield ".fi"
        yield heading("DESCRIPTION")
        yield from paragraphs(general["doc"])
        yield ".SS Pages"
        for page, header in self.pages.items():
            yield from tagged(f"{bold(page)}(3)", header["brief"])
        yield heading("SEE ALSO")
        yield from self._references(self.pages)

    def _page(self, page: str, header: Json) -> Iterator[str]:
        functions = header["functions"]
        yield self._title(page)
        yield heading("NAME")
        # The page may be named after one of its types.
        listed = list(dict.fromkeys([page, *names(header)]))
        yield from textwrap.wrap(rf"{', '.join(listed)} \- {lowered(header['brief'])}", WIDTH,
                                 break_on_hyphens=False)
        yield from library()
        yield heading("SYNOPSIS")
        yield ".nf"
        yield bold("#include <mmio.h>")
        for function in functions:
            yield ".PP"
            yield from prototype(function)
        yield ".fi"
        yield heading("DESCRIPTION")
        yield from paragraphs(header["doc"] or header["brief"])
        for function in functions:
            yield from described_function(function)
        yield from described_types(header)
        for group in header["constants"]:
            yield f'.SS "{escape(group["group"] or "Constants")}"'
            for constant in group["constants"]:
                name = f"{bold(constant['name'])} ({constant['value']})"
                yield from tagged(name, constant["doc"])
        yield from return_values(functions)
        yield from errors(functions)
        yield from self._attributes(functions)
        yield from since(functions)
        yield heading("SEE ALSO")
        mentioned = set(re.findall(r"\bmmio_\w+", json.dumps(header)))
        pages = {self.page_of[name] for name in mentioned & self.page_of.keys()} - {page}
        yield from self._references([OVERVIEW, *sorted(pages)])

    def _attributes(self, functions: list[Json]) -> Iterator[str]:
        """What mmio.h says of threads, for who reads this page only."""
        if not functions:
            return
        rules = [item for item in re.split(r"\n+- ", self.general["doc"])
                 if item.startswith("Any thread")]
        if len(rules) != 1:
            raise ManError(f"{self.general['header']} does not say what any thread may call")
        yield heading("ATTRIBUTES")
        yield from filled(rules[0])

    @staticmethod
    def _references(pages: Iterable[str]) -> Iterator[str]:
        *others, last = [f"{bold(page)}(3)" for page in pages]
        yield from (f"{other}," for other in others)
        yield last


def lowered(brief: str) -> str:
    """A sentence as what stands beside a name."""
    return escape(brief[0].lower() + brief[1:].removesuffix("."))


def library() -> Iterator[str]:
    yield heading("LIBRARY")
    yield f"Memory-mapped files ({italic('libmmio')}, {italic('-lmmio')})"


def described_function(function: Json) -> Iterator[str]:
    yield f".SS {function['name']}()"
    yield from paragraphs(f"{function['brief']} {function['doc']}")
    for parameter in function["params"]:
        if parameter["doc"]:
            yield from tagged(italic(parameter["name"]), parameter["doc"])


def described_types(header: Json) -> Iterator[str]:
    if not types(header):
        return
    yield ".SS Types"
    for kind in types(header):
        spelled = typedef(kind["name"], kind["type"]) if "type" in kind else bold(kind["name"])
        yield from tagged(spelled, f"{kind['brief']} {kind['doc']}")
        for member in kind.get("fields", []):
            yield ".RS"
            yield from tagged(field(member), member["doc"])
            yield ".RE"


def field(member: Json) -> str:
    """A field as C spells it: the bounds of an array come behind the name."""
    kind, bracket, bounds = member["type"].partition("[")
    return declared(kind, member["name"]) + bold(bracket + bounds)


def return_values(functions: list[Json]) -> Iterator[str]:
    answering = [f for f in functions if f["returns"] == "mmio_status"]
    others = [f for f in functions if f["returns"] not in ("mmio_status", "void")]
    if not answering and not others:
        return
    yield heading("RETURN VALUE")
    if answering:
        yield from filled("Functions that return an ::mmio_status answer MMIO_OK, or one of the"
                          " negative statuses of ERRORS.")
    for function in functions:
        # Of a function that only answers a question, the first sentence says what it returns.
        said = function["return"] or (function["brief"] if function in others else "")
        if said:
            yield from tagged(bold(function["name"]) + "()", said)


def errors(functions: list[Json]) -> Iterator[str]:
    answering = [f for f in functions if f["returns"] == "mmio_status"]
    if not answering:
        return
    yield heading("ERRORS")
    yield from filled("Every function that returns an ::mmio_status answers MMIO_ERR_INVALID and"
                      " MMIO_ERR_CLOSED as libmmio(3) says. Some answer more:")
    for function in answering:
        if function["retval"]:
            yield f".SS {function['name']}()"
            for answer in function["retval"]:
                yield from tagged(bold(answer["status"]), answer["doc"])


def since(functions: list[Json]) -> Iterator[str]:
    versions = sorted({f["since"] for f in functions})
    if not versions:
        return
    yield heading("VERSIONS")
    if len(versions) == 1:
        yield f"All functions of this page are there since libmmio {versions[0]}."
        return
    for version in versions:
        listed = [f"{bold(f['name'])}()" for f in functions if f["since"] == version]
        yield from tagged(f"Since libmmio {version}", "")
        yield from (f"{name}," for name in listed[:-1])
        yield listed[-1]


def write(api: Json, date: str, output: Path) -> None:
    section = output / "man3"
    section.mkdir(parents=True, exist_ok=True)
    for name, text in Manual(api, date).files():
        (section / name).write_text(text, encoding="ascii")


def main() -> int:
    parser = argparse.ArgumentParser(description="The manual pages.")
    parser.add_argument("--output", type=Path, required=True, help="the directory of man3/")
    parser.add_argument("--date", required=True, help="the date the pages carry")
    arguments = parser.parse_args()
    api = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    try:
        write(api, arguments.date, arguments.output)
    except ManError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
