# SPDX-License-Identifier: Apache-2.0
"""The demo's worker in Python. demo.py says what it is asked and what it answers."""

import hashlib
import re
import sys

import mmio

BLOCK = 256 * 1024
NEWLINE = re.compile(b"\n")

held = {}


class Tally:
    def __init__(self):
        self.sha256 = hashlib.sha256()
        self.newlines = 0

    def count(self, data):
        self.sha256.update(data)
        self.newlines += len(NEWLINE.findall(data))  # A memoryview has no count().

    def __str__(self):
        return f"newlines={self.newlines} sha256={self.sha256.hexdigest()}"


def scan_map(path):
    tally = Tally()
    with mmio.open(path) as map_:
        for chunk in map_.chunks(BLOCK):
            tally.count(chunk)
    return tally


def scan_read(path):
    tally = Tally()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(BLOCK):
            tally.count(block)
    return tally


def add(path, gate, workers, cell, times):
    with mmio.open(path, "rw") as map_:
        gate = map_.atomic(int(gate))
        cell = map_.atomic(int(cell))
        gate.add(1)
        while gate.load() < int(workers):
            pass
        first = last = cell.add(1)
        for _ in range(int(times) - 1):
            last = cell.add(1)
    return f"first={first} last={last}"


def hold(path, offset, size):
    held["map"] = mmio.open(path, "rw")
    held["view"] = held["map"].view(int(offset), int(size))
    return ""


def look(cell):
    tally = Tally()
    tally.count(memoryview(held["view"]))
    value = held["map"].atomic(int(cell)).load()
    return f"address={held['view'].address():#x} cell={value} {tally}"


COMMANDS = {f.__name__: f for f in (scan_map, scan_read, add, hold, look)}

for line in sys.stdin:
    name, *words = line.split()
    print(COMMANDS[name](*words), flush=True)
