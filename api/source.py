# SPDX-License-Identifier: Apache-2.0
"""What the text of the headers says: Doxygen comments, and under which conditions a line counts."""
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path


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
        parts = re.split(r"(?<=[^.\s]\.)\s+", self.text, maxsplit=1)
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
    """One line for each paragraph and each item of a list. Code keeps its lines: it is indented."""
    paragraphs = [p.rstrip() if is_code(p) else re.sub(r"\s*\n(?!- )\s*", " ", p.strip())
                  for p in re.split(r"\n\s*\n", text)]
    return "\n\n".join(p for p in paragraphs if p)


def is_code(paragraph: str) -> bool:
    return all(line.startswith("    ") for line in paragraph.rstrip().split("\n"))


def without_comments(text: str) -> str:
    """The text with blanks in place of comments, so that every place in it stays what it is."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


@dataclass
class Macro:
    """The definition of a constant."""

    name: str
    doc: Doc
    offset: int


class Header:
    """A header's text. It is read as Latin-1, so that places in it are clang's byte offsets."""

    def __init__(self, include: Path, path: Path):
        self.name = path.relative_to(include).as_posix()
        self.text = path.read_bytes().decode("latin-1")
        comments = re.finditer(r"/\*\*(?!<)(.*?)\*/\s*", self.text, re.S)
        self._docs = {match.end(): self._parse(match[1]) for match in comments}
        self.file_doc = next((d for d in self._docs.values() if d.all("file")), Doc())
        self.directives, self._conditions = self._read_directives()

    @staticmethod
    def _parse(comment: str) -> Doc:
        return parse_comment(comment.encode("latin-1").decode("utf-8"))

    def _read_directives(self) -> tuple[list[str], list[tuple[int, list[str]]]]:
        """The lines that decide what the rest means, and the conditions from some offset on. The
        guard against a second inclusion is none."""
        lines, open_, conditions = [], list[str](), [(0, list[str]())]
        code = without_comments(self.text)
        guard = re.search(r"#ifndef (\w+)\n#define \1\n", code)
        for match in re.finditer(r"^[ \t]*#[ \t]*(\w+)((?:\\\n|.)*)", code, re.M):
            line = " ".join(f"#{match[1]}{match[2]}".replace("\\\n", " ").split())
            is_guard = guard is not None and match.start() == guard.start()
            if match[1] in ("if", "ifdef", "ifndef"):
                open_.append("" if is_guard else line)
            elif match[1] in ("elif", "else"):
                open_[-1] = f"{line} after {open_[-1]}"
            elif match[1] == "endif":
                open_.pop()
            if not is_guard and match[1] not in ("define", "endif") and '#include "' not in line:
                lines.append(line)
            conditions.append((match.end(), [condition for condition in open_ if condition]))
        return lines, conditions

    def when(self, offset: int) -> list[str]:
        """The conditions under which what stands there counts."""
        return next(c for begin, c in reversed(self._conditions) if begin <= offset)

    def doc_before(self, offset: int) -> Doc:
        return self._docs.get(offset, Doc())

    def doc_after(self, offset: int) -> Doc:
        match = re.compile(r"[^;]*;\s*/\*\*<(.*?)\*/", re.S).match(self.text, offset)
        return self._parse(match[1]) if match else Doc()

    def groups(self) -> list[tuple[str, list[Macro]]]:
        """Macros under the @name of the group they stand in, "" outside of all."""
        result: list[tuple[str, list[Macro]]] = [("", [])]
        for match in re.finditer(r"@name (.*)|(@\})|^#define (\w+)[ \t]", self.text, re.M):
            title, end, macro = match.groups()
            if macro:
                doc = self.doc_before(match.start())
                result[-1][1].append(Macro(macro, doc, match.start()))
            else:
                result.append(("" if end else title.strip(), []))
        return result


def read_headers(include: Path) -> list[Header]:
    paths = [include / "mmio.h", *sorted((include / "mmio").glob("*.h"))]
    return [Header(include, path) for path in paths]


@contextmanager
def blanked(headers: list[Header]) -> Iterator[Path]:
    """A folder of the same headers without comments. clang says eight times as much of the others,
    of which only the text is read; and every place is the same."""
    with tempfile.TemporaryDirectory() as folder:
        for header in headers:
            path = Path(folder) / header.name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(without_comments(header.text).encode("latin-1"))
        yield Path(folder).resolve()
