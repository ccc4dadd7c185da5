#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts the power at many moments, and looks whether what was called durable is there.

A writer works by one route of the library on a file system that lies on a disk that records. Then,
for each cut, the disk is made as it would be had the power failed at that moment, the file system
is mounted anew, and all that was promised before the cut must be found. Controls promise without
reason: the test must notice.

Run it by run.sh.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

import recording
import stage
from promises import Promises

ROUTES = ("write_flush", "flush_full", "view_flush_range", "allocated", "always", "always_small",
          "every_bytes", "every_writes", "append", "append_always", "resize", "queue_write",
          "file_write", "flush_together", "always_together", "publish", "create", "delete")
CONTROLS = ("no_flush", "start", "start_range", "page_short", "copy_over", "create_only",
            "delete_only")
# btrfs writes all that it has of a stretch of pages, so that a page more is flushed than asked for.
EXCUSED = {("btrfs", "page_short")}

RECORDS = 120
CUTS_OF_A_RECORDING = 20
CAUGHT = 0.95  # So many of a control's cuts must lose something.


@dataclass
class Tally:
    """What came of some cuts."""

    cuts: int = 0
    promised: int = 0
    lost: int = 0
    cuts_with_loss: int = 0

    def add(self, other: Tally) -> None:
        self.cuts += other.cuts
        self.promised += other.promised
        self.lost += other.lost
        self.cuts_with_loss += other.cuts_with_loss


class FileSystem:
    """One kind of file system, and a place to work in."""

    def __init__(self, name: str, options: argparse.Namespace) -> None:
        self.name = name
        self.programs = options.programs
        directory = options.directory / name
        self.image = directory / "image"
        self.disk = directory / "disk"
        self.mount = directory / "mount"
        for made in (directory, self.disk, self.mount):
            made.mkdir()
        self.is_given = options.given is not None
        self.recordings = (options.given or options.keep or options.directory) / name
        self.base = self.recordings / "base"
        if not self.is_given:
            self.recordings.mkdir(parents=True, exist_ok=True)
            self.base.unlink(missing_ok=True)
            stage.make_image(name, self.base)
        self.blank = recording.load_image(self.base)

    def record(self, route: str, first: int, seed: int) -> list[recording.Entry]:
        log = self.recordings / f"{route}-{first}"
        if not self.is_given:
            with stage.recorded(self.programs / "power_disk", self.name, self.base, log,
                                self.disk, self.mount):
                stage.run(self.programs / "power_writer", route, self.mount,
                          self.disk / "promises", RECORDS, seed)
        return recording.load(log)

    def cut(self, entries: list[recording.Entry], at: int, dice: random.Random,
            promises: Promises) -> list[str]:
        """What is lost if the power fails after so many entries."""
        for message in recording.messages(entries, at):
            promises.hear(message)
        self._make_image(entries, at, dice)
        with stage.mounted(self.name, self.image, self.mount):
            lost = promises.lost(self.mount)
        self.image.unlink()
        return lost

    def _make_image(self, entries: list[recording.Entry], at: int, dice: random.Random) -> None:
        with self.image.open("xb") as image:
            image.truncate(self.base.stat().st_size)
            for entry in self.blank:
                os.pwrite(image.fileno(), entry.data, entry.offset)
            recording.cut_power(entries, at, dice, image.fileno())

    def run(self, route: str, cuts: int, seed: int) -> Tally:
        tally = Tally()
        for first in range(0, cuts, CUTS_OF_A_RECORDING):
            dice = random.Random(f"{seed} {self.name} {route} {first}")
            entries = self.record(route, first, dice.getrandbits(32))
            cuttable = moments(entries, route in CONTROLS)
            for _ in range(min(cuts - first, CUTS_OF_A_RECORDING)):
                at, promises = dice.choice(cuttable), Promises()
                lost = self.cut(entries, at, dice, promises)
                tally.add(Tally(1, promises.count(), len(lost), bool(lost)))
                if lost and route not in CONTROLS:
                    say(f"{self.name} {route}: entry {at} of {first}: lost {', '.join(lost[:3])}")
        return tally


def moments(entries: list[recording.Entry], is_control: bool) -> range:
    """Where to cut: anywhere after the first promise.

    A control has to have promised more than a few records, and is over with its last promise:
    unmounting the file system then flushes all of it.
    """
    promises = recording.promise_places(entries)
    if len(promises) != RECORDS:
        raise stage.StageError(f"{len(promises)} promises were recorded, not {RECORDS}")
    if is_control:
        return range(promises[RECORDS // 2], promises[-1] + 1)
    return range(promises[0] + 1, len(entries) + 1)


@dataclass
class Verdict:
    """What is said of several routes together."""

    routes: Tally = field(default_factory=Tally)
    controls: Tally = field(default_factory=Tally)
    is_good: bool = True

    def judge_route(self, name: str, tally: Tally) -> None:
        self.routes.add(tally)
        self.is_good &= tally.lost == 0
        say(f"{name}: {tally.cuts} cuts, {tally.promised} records promised, {tally.lost} lost")

    def judge_control(self, name: str, tally: Tally) -> None:
        is_caught = tally.cuts_with_loss >= CAUGHT * tally.cuts
        self.controls.add(tally)
        self.is_good &= is_caught
        say(f"{name}: {tally.cuts_with_loss} of {tally.cuts} cuts lost records"
            f"{'' if is_caught else ', too few'}")

    def add(self, other: Verdict) -> None:
        self.routes.add(other.routes)
        self.controls.add(other.controls)
        self.is_good &= other.is_good

    def tell(self) -> None:
        say(f"{self.routes.cuts} cuts, {self.routes.promised} records promised, "
            f"{self.routes.lost} lost; controls: {self.controls.cuts_with_loss} of "
            f"{self.controls.cuts} cuts lost records")


def say(line: str) -> None:
    """In one piece, since several processes speak."""
    sys.stdout.write(f"power: {line}\n")
    sys.stdout.flush()


def test_route(file_system: FileSystem, route: str, options: argparse.Namespace,
               verdict: Verdict) -> None:
    name = f"{file_system.name} {'control ' if route in CONTROLS else ''}{route}"
    if (file_system.name, route) in EXCUSED:
        say(f"{name}: excused")
    elif route in CONTROLS:
        verdict.judge_control(name, file_system.run(route, options.control_cuts, options.seed))
    else:
        verdict.judge_route(name, file_system.run(route, options.cuts, options.seed))


def test(name: str, options: argparse.Namespace) -> Verdict:
    verdict = Verdict()
    file_system = FileSystem(name, options)
    for route in options.routes:
        try:
            test_route(file_system, route, options, verdict)
        except stage.StageError as error:
            raise stage.StageError(f"{name} {route}: {error}") from error
    return verdict


def test_all(options: argparse.Namespace) -> Verdict:
    """One file system beside the other, since most of it is waiting."""
    verdict = Verdict()
    processes = ProcessPoolExecutor(len(options.file_systems))
    runs = [processes.submit(test, name, options) for name in options.file_systems]
    for run in as_completed(runs):
        verdict.add(run.result())
    return verdict


def end(*_: object) -> None:
    """All processes and mounts end with this one."""
    os._exit(1)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.sh")
    parser.add_argument("programs", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("directory", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cuts", type=int, default=10, help="of each route and file system")
    parser.add_argument("--control-cuts", type=int, default=20, help="likewise")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--file-systems", nargs="+", choices=stage.KINDS, default=["ext4", "xfs"])
    parser.add_argument("--routes", nargs="+", choices=ROUTES + CONTROLS,
                        default=ROUTES + CONTROLS)
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep the recordings here")
    parser.add_argument("--given", type=Path, metavar="DIRECTORY",
                        help="cut recordings that were kept: with the same seed, the same cuts")
    return parser.parse_args()


def main() -> None:
    options = read_options()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    stage.run("mount", "-t", "tmpfs", "power", options.directory)
    say(f"--seed {options.seed}")
    try:
        verdict = test_all(options)
    except stage.StageError as error:
        say(str(error))
        end()
    verdict.tell()
    sys.exit(0 if verdict.is_good else 1)


if __name__ == "__main__":
    main()
