# SPDX-License-Identifier: Apache-2.0
"""What the writer promised up to a power cut, and whether it came true.

writer.h tells the messages. What was announced but not promised is under way: there may be what
was promised before, or the new, or byte by byte some of both; a whole file is one or the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Announced:
    kind: str
    file: str
    offset: int
    data: bytes


@dataclass
class Place:
    """Bytes of a file, a whole file, or its absence."""

    promised: bytes | None = None
    under_way: list[bytes] = field(default_factory=list)


def _bytes_hold(path: Path, offset: int, place: Place) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            found = file.read(len(place.promised))
    except FileNotFoundError:
        return False
    allowed = [place.promised, *place.under_way]
    return len(found) == len(place.promised) and (
        found in allowed or
        all(byte in choice for byte, *choice in zip(found, *allowed, strict=False)))


def _whole_holds(path: Path, place: Place) -> bool:
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return place.promised is None
    return found in [place.promised, *place.under_way]


class Promises:
    def __init__(self) -> None:
        self.announced: dict[int, Announced] = {}
        self.places: dict[tuple[str, str, int], Place] = {}

    def hear(self, message: bytes) -> None:
        head, _, data = message.partition(b"\n")
        kind, number, *words = head.decode().split(" ")
        if kind == "durable":
            self._promise(self.announced.pop(int(number)))
        else:
            file, offset = words
            announced = Announced(kind, file, int(offset), data)
            self.announced[int(number)] = announced
            self._place(announced).under_way.append(data)

    def _place(self, announced: Announced) -> Place:
        key = announced.kind, announced.file, announced.offset
        return self.places.setdefault(key, Place())

    def _promise(self, announced: Announced) -> None:
        place = self._place(announced)
        place.promised = announced.data
        place.under_way.remove(announced.data)

    def count(self) -> int:
        return sum(place.promised is not None for place in self.places.values())

    def lost(self, directory: Path) -> list[str]:
        """What does not hold, in words."""
        return [f"{kind} of {file} at {offset}"
                for (kind, file, offset), place in self.places.items()
                if not self._holds(directory / file, kind, offset, place)]

    @staticmethod
    def _holds(path: Path, kind: str, offset: int, place: Place) -> bool:
        if kind == "whole":
            return _whole_holds(path, place)
        if place.promised is None:
            return True
        if kind == "gone":
            return not path.exists()
        return _bytes_hold(path, offset, place)
