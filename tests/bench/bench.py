#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures all rows, side beside side.

Each side of a row is a process of its own that answers with one sample when asked. They are asked
in turn, so that whatever the machine does meanwhile happens to all of them; and all are started
anew several times, so that no luck with addresses lasts.
"""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tomllib

import chart
import report

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
DOCUMENT = ROOT / "docs" / "performance.md"
SAVED = ROOT / "docs" / "performance.json"
CHART = ROOT / "docs" / "performance.svg"

# Which program has which sides, and what they are called.
PROGRAMS = {
    "beside-mmap-io-1-1-0": {
        "libmmio": "libmmio",
        "mmap-io": "mmap-io 1.1.0",
        "memmap2": "memmap2",
        "c": "c",
    },
    "beside-mmap-io-1-1-0-default": {"mmap-io": "mmap-io 1.1.0 default"},
    "beside-mmap-io-1-0-0": {"mmap-io": "mmap-io 1.0.0"},
}

STARTS, SAMPLES = 3, 11
QUICK_STARTS, QUICK_SAMPLES = 1, 1


class Failed(Exception):
    """A side ended before its time."""


class Side:
    """A process that measures one side of one row."""

    def __init__(self, program, side, row, shared, own, scale):
        self.own = own
        self.process = subprocess.Popen(
            [program, "sample", side, row, shared, own, scale],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self._answer("ready")

    def _answer(self, expected=None):
        line = self.process.stdout.readline().strip()
        if not line or (expected and line != expected):
            self.process.kill()
            self._fail()
        return line

    def _fail(self):
        self._leave()
        raise Failed(" ".join(map(str, self.process.args)))

    def _leave(self):
        """Returns what the program ended with."""
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate()
        shutil.rmtree(self.own, ignore_errors=True)
        return self.process.returncode

    def sample(self):
        try:
            self.process.stdin.write("\n")
        except BrokenPipeError:
            self._fail()
        return float(self._answer())

    def end(self):
        if self._leave() != 0:
            raise Failed(" ".join(map(str, self.process.args)))


class Run:
    def __init__(self, programs, directory, scale):
        self.programs = programs
        self.directory = directory / "files"
        self.shared = self.directory / "shared"
        self.scale = scale
        self.failed = []  # [(row, side)]

    def prepare(self):
        program = self.programs / next(iter(PROGRAMS))
        subprocess.run([program, "prepare", self.shared, self.scale], check=True)

    def rows(self):
        """{row: [(program, side, name)]}, as the programs list them."""
        found = {}
        for program, names in PROGRAMS.items():
            path = self.programs / program
            listed = subprocess.run([path, "list"], check=True, capture_output=True, text=True)
            for line in listed.stdout.splitlines():
                row, sides = line.split("\t")
                found.setdefault(row, []).extend(
                    (path, side, names[side]) for side in sides.split() if side in names)
        return found

    def measure(self, row, contenders, starts, samples):
        """{side: [samples]} of one row. A peer that fails has none; libmmio must not."""
        found = {name: [] for _, _, name in contenders}

        def attempt(name, step):
            try:
                return step() if name in found else None
            except Failed as failure:
                if name == report.US:
                    sys.exit(f"bench: {failure}: failed")
                del found[name]
                self.failed.append((row, name))
                return None

        for _ in range(starts):
            sides = {name: attempt(name, lambda: Side(program, side, row, self.shared,
                                                      self.directory / name, self.scale))
                     for program, side, name in contenders}
            for turn in range(samples + 1):
                for name, side in sides.items():
                    value = attempt(name, lambda: side.sample())
                    # The first of each is to warm up.
                    if turn > 0 and name in found:
                        found[name].append(value)
            for name, side in sides.items():
                attempt(name, lambda: side.end())
        return found


def machine():
    """What the figures were measured on."""
    def first(path, key):
        with open(path) as lines:
            found = (line.split(":", 1)[1].strip() for line in lines if line.startswith(key))
            return next(found, "?")
    return {
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "processor": first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(int(first("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
    }


def on_a_disk(directory):
    """Flushing says nothing on a file system that is memory."""
    kind = subprocess.run(["stat", "-f", "-c", "%T", directory],
                          check=True, capture_output=True, text=True).stdout.strip()
    if kind in ("tmpfs", "ramfs", "overlayfs"):
        sys.exit(f"bench: {directory} is on {kind}; it must be on a disk")
    return kind


def last_saved():
    """The results as last committed, or {}."""
    shown = subprocess.run(["git", "show", f"HEAD:{SAVED.relative_to(ROOT)}"],
                           cwd=ROOT, capture_output=True, text=True)
    return json.loads(shown.stdout)["results"] if shown.returncode == 0 else {}


def load_rows():
    with open(HERE / "goals.toml", "rb") as file:
        return tomllib.load(file)["row"]


def between_markers(text, name, body):
    begin, end = f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"
    head, rest = text.split(begin)
    return f"{head}{begin}\n\n{body}\n\n{end}{rest.split(end)[1]}"


def save(outcome, rows):
    """Rewrites what docs/performance.* say."""
    SAVED.write_text(json.dumps(outcome, indent=1, ensure_ascii=False) + "\n")
    CHART.write_text(chart.draw(rows, outcome["results"]))
    text = DOCUMENT.read_text()
    on = outcome["machine"]
    text = between_markers(text, "machine", (
        f"{on['system']}, {on['cores']} cores of {on['processor']}, {on['memory_gib']} GiB, "
        f"files on {on['file_system']}."))
    text = between_markers(text, "goals", report.as_markdown(
        report.GOALS_HEAD, report.goal_lines(report.judge(rows, outcome["results"]))))
    text = between_markers(text, "table", report.as_markdown(
        report.TABLE_HEAD, report.table(rows, outcome["results"])))
    DOCUMENT.write_text(text)


def show(rows, results, before):
    print(report.as_text(report.TABLE_HEAD, report.table(rows, results)))
    print()
    print(report.as_text(report.GOALS_HEAD, report.goal_lines(report.judge(rows, results))))
    print()
    for row, side, old, new in report.fallen(before, results):
        print(f"fell: {row}: {report.times(old)} -> {report.times(new)} of {side}")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="where the built programs are")
    parser.add_argument("directory", type=pathlib.Path, help="for files, and the results")
    parser.add_argument("--quick", action="store_true",
                        help="every row once, with next to no work: proves that all sides run")
    parser.add_argument("--save", action="store_true", help="rewrite docs/performance.*")
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="of each start of a side")
    return parser.parse_args()


def measure_all(arguments, rows):
    run = Run(arguments.programs, arguments.directory, "quick" if arguments.quick else "full")
    run.prepare()
    contenders = run.rows()
    unknown = set(contenders) - {row["name"] for row in rows}
    if unknown:
        sys.exit(f"bench: goals.toml does not know {', '.join(sorted(unknown))}")
    starts = QUICK_STARTS if arguments.quick else STARTS
    samples = QUICK_SAMPLES if arguments.quick else arguments.samples
    found = {}
    for row in rows:
        name = row["name"]
        if name in contenders and arguments.only in name:
            if sys.stderr.isatty():
                print(f"\r\033[K{name}", end="", file=sys.stderr, flush=True)
            found[name] = run.measure(name, contenders[name],
                                      min(starts, row.get("starts", starts)),
                                      min(samples, row.get("samples", samples)))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    for row, side in run.failed:
        print(f"bench: {row}: {side} failed", file=sys.stderr)
    if run.failed and arguments.quick:
        sys.exit(1)
    return found


def main():
    arguments = parse_arguments()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    kind = on_a_disk(arguments.directory)
    rows = load_rows()
    outcome = {
        "machine": {**machine(), "file_system": kind},
        "results": report.summarize(measure_all(arguments, rows)),
    }
    if arguments.quick:
        print(f"bench: {len(outcome['results'])} rows work on all sides")
        return
    (arguments.directory / "performance.json").write_text(json.dumps(outcome, indent=1))
    (arguments.directory / "performance.svg").write_text(chart.draw(rows, outcome["results"]))
    show(rows, outcome["results"], last_saved())
    if arguments.save:
        save(outcome, rows)


if __name__ == "__main__":
    main()
