# SPDX-License-Identifier: Apache-2.0
"""What the demo found, a row for each language and one for all of them together."""

from dataclasses import dataclass, field


@dataclass
class Row:
    """Results, and whatever was not as it should be."""

    sha256: str = ""
    newlines: str = ""
    map_rate: float = 0
    read_rate: float = 0
    adds: int = 0
    problems: list = field(default_factory=list)

    def expect(self, what, found, expected):
        problem = f"{what}: {found} instead of {expected}"
        if str(found) != str(expected) and problem not in self.problems:
            self.problems.append(problem)


class Table:
    """The rows by name, and the row of them all."""

    def __init__(self, names):
        self.rows = {name: Row() for name in names}
        self.whole = Row()

    def problems(self):
        named = [*self.rows.items(), ("all", self.whole)]
        return [f"{name}: {problem}" for name, row in named for problem in row.problems]

    def lines(self):
        yield _line("", "SHA-256", "newlines", "map MB/s", "read MB/s", "adds", "verdict")
        for name, row in self.rows.items():
            yield _row_line(name, row, f"{row.map_rate:.0f}", f"{row.read_rate:.0f}")
        yield _row_line("all", self.whole, "", "")


def grouped(number):
    """Return a number with a space before each group of three digits."""
    return f"{number:,}".replace(",", " ")


def _row_line(name, row, map_rate, read_rate):
    verdict = "WRONG" if row.problems else "ok"
    adds = grouped(row.adds)
    return _line(name, row.sha256[:12], row.newlines, map_rate, read_rate, adds, verdict)


def _line(name, sha256, newlines, map_rate, read_rate, adds, verdict):
    numbers = f"{newlines:>10}{map_rate:>10}{read_rate:>11}{adds:>11}"
    return f"{name:8} {sha256:12} {numbers}  {verdict}"
