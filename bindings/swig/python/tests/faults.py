# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share: taking bytes from under maps, and processes that may die of it.

A child runs one function of a test's file. It gets the path of a file of SIZE bytes.
"""

import os
import resource
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import mmio

PAGE = mmio.page_size()
SIZE = 16 * PAGE
THREADS = 8

Body = Callable[[str], None]


def make(path: str) -> None:
    Path(path).write_bytes(b"x" * SIZE)


def cut(path: str, size: int) -> None:
    """Let another process do it."""
    subprocess.run(["truncate", "-s", str(size), path], check=True)


def child(
    body: Body,
    path: Path,
    environment: dict[str, str],
    *options: str,
    around: Sequence[str] = (),
) -> "subprocess.CompletedProcess[str]":
    """Run a body beside its file, by another command if one is given."""
    make(str(path))
    python = [*around, sys.executable, *options]
    surroundings = {key: value for key, value in os.environ.items() if key != "MMIO_FAULT_GUARD"}
    return subprocess.run(
        [*python, __file__, body.__code__.co_filename, body.__name__, path],
        cwd=path.parent,
        env=surroundings | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def survives(body: Body, path: Path, *around: str, **environment: str) -> None:
    ended = child(body, path, environment, around=around)
    assert (ended.returncode, ended.stderr) == (0, "")


def dies(body: Body, path: Path, *options: str, **environment: str) -> str:
    """Return what it has to say before SIGBUS ends it."""
    ended = child(body, path, environment, *options)
    assert ended.returncode == -signal.SIGBUS, ended.stderr
    return ended.stderr


def failure_of(call: Callable[[], object]) -> mmio.FaultError:
    with pytest.raises(OSError) as raised:  # noqa: PT011 (what is raised is looked at below)
        call()
    assert isinstance(raised.value, mmio.FaultError)
    return raised.value


def in_threads(work: Callable[[], None]) -> None:
    """Run it in all threads, and fail if one of them does."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    runpy.run_path(sys.argv[1])[sys.argv[2]](sys.argv[3])
