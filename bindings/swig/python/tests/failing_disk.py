# SPDX-License-Identifier: Apache-2.0
"""A disk in the current directory that can be made to refuse what is written; the script tells."""

import os
import subprocess
from pathlib import Path

from faults import Body, survives

SCRIPT = os.path.join(os.environ["MMIO_ROOT"], "tests/support/failing_disk.sh")
FILE = "disk/f"


def survives_beside(kind: str, body: Body, path: Path) -> None:
    """Run a body in a process of its own beside a disk of that kind."""
    survives(body, path, SCRIPT, "around", kind)


def set_disk(state: str) -> None:
    """Let it "fail" or "heal"."""
    subprocess.run([SCRIPT, state], check=True)


def show(offset: int, size: int) -> bytes:
    """Return bytes of the file as they are on the device."""
    command = [SCRIPT, "show", str(offset), str(size)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
