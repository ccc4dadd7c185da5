# SPDX-License-Identifier: Apache-2.0
"""What disk.c recorded, and the disk as it is after a power cut at some entry of it.

A disk has a cache of its own. What was written before a flush is on the disk for ever; of what was
written since the last flush each sector is there or not, in whatever order it came.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD = struct.Struct("=IIQ")
WRITE, FLUSH, PROMISE = 1, 2, 3

# What is written as a whole or not at all. All three file systems count on so much: with less, a
# cut can leave half of a superblock (ext4, btrfs), or half of a directory block that the log then
# takes for new (xfs), and they cannot be mounted.
SECTOR = 4096
# How much of the disk's cache comes through, in eighths; nothing and all of it most often.
SHARES = (0, 0, 0, 0, 8, 8, 1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class Entry:
    kind: int
    offset: int
    data: memoryview


def load(path: Path) -> list[Entry]:
    whole = memoryview(path.read_bytes())
    entries, at = [], 0
    while at < len(whole):
        kind, size, offset = HEAD.unpack_from(whole, at)
        at += HEAD.size
        entries.append(Entry(kind, offset, whole[at:at + size]))
        at += size
    return entries


def load_image(path: Path) -> list[Entry]:
    """All that is not a hole, as if it had been written."""
    entries = []
    with path.open("rb") as file:
        size, end = os.fstat(file.fileno()).st_size, 0
        while end < size:
            try:
                start = os.lseek(file.fileno(), end, os.SEEK_DATA)
            except OSError:  # Only a hole is left.
                break
            end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            data = os.pread(file.fileno(), end - start, start)
            entries.append(Entry(WRITE, start, memoryview(data)))
    return entries


def promise_places(entries: list[Entry]) -> list[int]:
    """Where something was promised."""
    return [place for place, entry in enumerate(entries)
            if entry.kind == PROMISE and entry.data[:8] == b"durable "]


def messages(entries: list[Entry], cut: int) -> list[bytes]:
    return [bytes(entry.data) for entry in entries[:cut] if entry.kind == PROMISE]


def _last_flush(entries: list[Entry], cut: int) -> int:
    return max((at for at in range(cut) if entries[at].kind == FLUSH), default=0)


def _sectors(entry: Entry) -> Iterator[tuple[int, memoryview]]:
    """An entry's bytes as they fall into sectors, and where each part begins on the disk."""
    at = 0
    while at < len(entry.data):
        offset = entry.offset + at
        end = at + SECTOR - offset % SECTOR
        yield offset, entry.data[at:end]
        at = end


def cut_power(entries: list[Entry], cut: int, dice: random.Random, image: int) -> None:
    """Bring the file to the state of the disk after the first `cut` entries and a power cut."""
    flushed = _last_flush(entries, cut)
    share = dice.choice(SHARES)
    for at, entry in enumerate(entries[:cut]):
        if entry.kind != WRITE:
            continue
        if at < flushed:
            os.pwrite(image, entry.data, entry.offset)
            continue
        for offset, data in _sectors(entry):
            if dice.randrange(8) < share:
                os.pwrite(image, data, offset)
