# SPDX-License-Identifier: Apache-2.0
"""File systems on loop devices and on the recording disk.

run.sh gives the test processes and mounts of its own, which end with it, however it ends: what is
here need not clean up after a failure.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# As small as can be: their size in MiB, and what makes them.
KINDS = {
    "ext4": (64, ["mkfs.ext4", "-q", "-F", "-b", "4096",
                  "-E", "lazy_itable_init=0,lazy_journal_init=0"]),
    "xfs": (300, ["mkfs.xfs", "-q", "-f"]),
    "btrfs": (128, ["mkfs.btrfs", "-q", "-f"]),
}

END_LIMIT = 60  # Seconds.


class StageError(Exception):
    pass


def run(*command: object) -> None:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise StageError(f"{' '.join(words)}: {done.stderr.strip()}")


def make_image(file_system: str, image: Path) -> None:
    mebibytes, command = KINDS[file_system]
    with image.open("xb") as file:
        file.truncate(mebibytes << 20)
    run(*command, image)
    run("fallocate", "--dig-holes", image)


def mount(file_system: str, image: Path, directory: Path) -> None:
    run("mount", "-t", file_system, "-o", "loop", image, directory)


@contextmanager
def mounted(file_system: str, image: Path, directory: Path) -> Iterator[None]:
    mount(file_system, image, directory)
    yield
    run("umount", directory)


@contextmanager
def recorded(program: Path, file_system: str, image: Path, recording: Path, disk: Path,
             directory: Path) -> Iterator[None]:
    """Have the file system in the image mounted on a recording disk, which is mounted at `disk`."""
    recorder = subprocess.Popen([program, image, recording, disk],
                                stdout=subprocess.PIPE, text=True)
    if recorder.stdout.readline() != "ready\n":
        raise StageError("the recording disk does not begin")
    mount(file_system, disk / "disk", directory)
    yield
    # The system may need them for a moment more; the recorder ends after that.
    run("umount", "--lazy", directory)
    run("umount", "--lazy", disk)
    if recorder.wait(END_LIMIT) != 0:
        raise StageError("the recording disk failed")
