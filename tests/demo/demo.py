# SPDX-License-Identifier: Apache-2.0
"""Show one library at work in several languages at once, and check that they agree.

The work is done by a program for each language, its worker, that is asked:

scan_map FILE   The file's sha256 and number of newlines, through a map and without copying.
scan_read FILE  The same by the language's ordinary reading.
add FILE GATE WORKERS CELL TIMES
                Add 1 to the u64 at GATE and wait until it is WORKERS. Then add 1 to the u64 at CELL
                so many TIMES. What did it hold before the first and before the last of them?
hold FILE OFFSET SIZE
                Map the file for writing; keep that, and a view of the range.
look CELL       The address, sha256 and newlines of that view, and the u64 at CELL of that map.

The first worker is also asked, about the map that it holds:

grow SIZE MARK  Grow it. Then set the last byte of the view to MARK, and fill as many bytes at the
                new end as the view has, each with its distance from there modulo 251.
flush           Make it durable.
"""

import argparse
import hashlib
import os
import shlex
import sys
import tempfile
import time

from crew import DemoError, ask, ask_all, ask_each, crew
from table import Table, grouped

ROUNDS = 5

# The workers run in the folder of these files, so that no path passes through a line of text.
INPUT = "input"
SHARED = "shared"

# The shared file. Gate and cell have a cache line each.
GATE = 0
CELL = 64
ADDS = 200_000
SIZE = 4096
GROWN_SIZE = 64 * 1024 * 1024
MARK = 165


def say(text):
    print(text, flush=True)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read_back(path, offset, size):
    """Read bytes as a program does that knows nothing of maps."""
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(size)


def scan_here(path):
    """Return what the workers should find. Also brings the file into the page cache."""
    digest, newlines = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            newlines += block.count(b"\n")
    return digest.hexdigest(), newlines


def scan(workers, table, path):
    megabytes = os.stat(path).st_size / 1e6
    say(f"a  scan {path}, {megabytes:.0f} MB, mapped and read, best of {ROUNDS}")
    table.whole.sha256, table.whole.newlines = scan_here(path)
    for turn in range(1, ROUNDS + 1):
        for worker in workers:
            row = table.rows[worker.name]
            map_rate = megabytes / scan_once(worker, "map", table)
            read_rate = megabytes / scan_once(worker, "read", table)
            row.map_rate = max(row.map_rate, map_rate)
            row.read_rate = max(row.read_rate, read_rate)
            say(f"   {turn}  {worker.name:8} map {map_rate:5.0f} MB/s, read {read_rate:5.0f} MB/s")


def scan_once(worker, way, table):
    """Return the seconds it took."""
    start = time.perf_counter()
    answer = ask(worker, f"scan_{way}", INPUT)
    seconds = time.perf_counter() - start
    row = table.rows[worker.name]
    row.sha256, row.newlines = answer["sha256"], answer["newlines"]
    row.expect(f"SHA-256 by {way}", row.sha256, table.whole.sha256)
    row.expect(f"newlines by {way}", row.newlines, table.whole.newlines)
    return seconds


def add(workers, table, shared):
    say(f"b  all at once add {grouped(ADDS)} to one cell of a shared map, 1 by 1")
    for name, answer in ask_each(workers, "add", SHARED, GATE, len(workers), CELL, ADDS):
        seen = int(answer["last"]) - int(answer["first"]) + 1
        row = table.rows[name]
        row.adds = min(seen, ADDS)
        row.expect("adds", row.adds, ADDS)
        say(f"      {name:8} done; the others added {grouped(seen - row.adds)} meanwhile")
    table.whole.adds = int.from_bytes(read_back(shared, CELL, 8), sys.byteorder)
    table.whole.expect("total of the adds", table.whole.adds, ADDS * len(workers))
    say(f"      total {grouped(table.whole.adds)}")


def grow(workers, table, shared):
    first = workers[0]
    say(f"c  all hold views of the map, and {first.name} grows it from 4 KiB to 64 MiB")
    ask_all(workers, "hold", SHARED, 0, SIZE)
    before = look(workers, table, "before growth", read_back(shared, 0, SIZE))
    ask(first, "grow", GROWN_SIZE, MARK)
    table.whole.expect("size after growth", os.stat(shared).st_size, GROWN_SIZE)
    table.whole.expect("byte written after growth", read_back(shared, SIZE - 1, 1)[0], MARK)
    after = look(workers, table, "after growth", read_back(shared, 0, SIZE))
    for name, row in table.rows.items():
        row.expect("address after growth", after[name]["address"], before[name]["address"])
        say(f"      {name:8} before {seen_by(before[name])}, after {seen_by(after[name])}")


def seen_by(answer):
    return f"{answer['address']} SHA-256 {answer['sha256'][:8]}"


def look(workers, table, when, expected):
    """Return what all see of what they hold, and compare it with what should be there."""
    answers = ask_all(workers, "look", CELL)
    for name, answer in answers.items():
        row = table.rows[name]
        row.expect(f"SHA-256 of the view {when}", answer["sha256"], sha256(expected))
        row.expect(f"cell {when}", answer["cell"], table.whole.adds)
    return answers


def flush(workers):
    first = workers[0]
    say(f"d  {first.name} flushes, MMIO_FLUSH_DATA, and new processes read the file")
    start = time.perf_counter()
    ask(first, "flush")
    say(f"      {first.name:8} flushed in {(time.perf_counter() - start) * 1e3:.1f} ms")


def forget(path):
    """Ask the system to drop the file from its cache, so that the next to read asks the device."""
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def reread(workers, table):
    ask_all(workers, "hold", SHARED, GROWN_SIZE - SIZE, SIZE)
    pattern = bytes(i % 251 for i in range(SIZE))
    for name, answer in look(workers, table, "in a new process", pattern).items():
        say(f"      {name:8} cell {grouped(int(answer['cell']))}, SHA-256 {answer['sha256'][:8]}")


def run(path, commands):
    """Run the demo and return its table."""
    table = Table(commands)
    with tempfile.TemporaryDirectory(prefix="mmio-demo-") as folder:
        shared = os.path.join(folder, SHARED)
        os.symlink(os.path.abspath(path), os.path.join(folder, INPUT))
        with open(shared, "wb") as file:
            file.truncate(SIZE)
        with crew(commands, folder) as workers:
            scan(workers, table, path)
            add(workers, table, shared)
            grow(workers, table, shared)
            flush(workers)
        forget(shared)
        with crew(commands, folder) as workers:
            reread(workers, table)
    return table


def named_command(text):
    name, _, command = text.partition("=")
    return name, shlex.split(command)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", metavar="FILE", help="a large file to scan")
    parser.add_argument(
        "workers",
        metavar="NAME=COMMAND",
        nargs="+",
        type=named_command,
        help="a language, and how to run its worker",
    )
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    try:
        table = run(arguments.file, dict(arguments.workers))
    except (DemoError, OSError) as error:
        return f"demo: {error}"
    say("\n" + "\n".join(table.lines()))
    return "\n".join(f"demo: {problem}" for problem in table.problems())


if __name__ == "__main__":
    sys.exit(main() or 0)
