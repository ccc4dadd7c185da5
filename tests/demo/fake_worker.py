# SPDX-License-Identifier: Apache-2.0
"""A worker without the library, for the demo's own test. It errs as its argument says."""

import fcntl
import hashlib
import mmap
import os
import sys

fault = sys.argv[1] if len(sys.argv) > 1 else "none"
held = {}


def tally(data):
    newlines = data.count(b"\n") + (fault == "wrong newlines")
    if fault == "wrong hash":
        data += b"!"
    return f"newlines={newlines} sha256={hashlib.sha256(data).hexdigest()}"


def scan(path):
    if fault == "dies":
        sys.exit("fake: out of luck")
    if fault == "aborts":
        os.abort()
    if fault == "babbles":
        return "hello"
    with open(path, "rb") as file:
        return tally(file.read())


def add(path, gate, workers, cell, times):
    with open(path, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        file.seek(int(cell))
        first = int.from_bytes(file.read(8), sys.byteorder)
        after = first + int(times) - (fault == "loses an add")
        file.seek(int(cell))
        file.write(after.to_bytes(8, sys.byteorder))
    return f"first={first} last={first + int(times) - 1}"


def hold(path, offset, size):
    with open(path, "r+b") as file:
        held["map"] = mmap.mmap(file.fileno(), 0)
        held["path"] = path
    held["range"] = slice(int(offset), int(offset) + int(size))
    held["looks"] = 0
    held["copy"] = held["map"][held["range"]]
    return ""


def look(cell):
    held["looks"] += 1
    data = held["copy"] if fault == "shows a copy" else held["map"][held["range"]]
    address = held["looks"] if fault == "moves" else 1
    value = int.from_bytes(held["map"][int(cell) : int(cell) + 8], sys.byteorder)
    return f"address={address} cell={value} {tally(data)}"


def grow(size, mark):
    os.truncate(held["path"], int(size))
    with open(held["path"], "r+b") as file:
        file.seek(held["range"].stop - 1)
        file.write(bytes([int(mark)]))
        file.seek(int(size) - held["range"].stop)
        file.write(bytes(i % 251 for i in range(held["range"].stop)))
    return ""


def flush():
    return ""


COMMANDS = {f.__name__: f for f in (add, hold, look, grow, flush)}
COMMANDS["scan_map"] = COMMANDS["scan_read"] = scan

for line in sys.stdin:
    name, *words = line.split()
    print(COMMANDS[name](*words), flush=True)
if fault == "ends badly":
    sys.exit(3)
