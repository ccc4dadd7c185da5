# SPDX-License-Identifier: Apache-2.0
"""Running other programs. One that is missing, or fails, leaves the gate without an answer."""
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

# The gate's own programs take seconds.
TIMEOUT_S = 300


class CannotTell(Exception):
    """A tool, a baseline or debug information is missing: neither yes nor no."""


@dataclass
class Done:
    code: int
    output: str


def run(*command: str | Path, codes: tuple[int, ...] = (0,), folder: Path | None = None,
        environment: dict[str, str] | None = None) -> Done:
    """Run a program; another exit code than those given is no answer."""
    name = str(command[0])
    done = attempt(*command, folder=folder, environment=environment)
    if done.code not in codes:
        raise CannotTell(f"{name} ended with {done.code}:\n{done.output}")
    return done


def attempt(*command: str | Path, folder: Path | None = None,
            environment: dict[str, str] | None = None, timeout_s: int = TIMEOUT_S) -> Done:
    """Run a program, however it ends. Its output goes to a file and its time is limited, because
    abi-compliance-checker can leave a process behind that would hold a pipe open for ever."""
    name = str(command[0])
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                cwd=folder, env={**os.environ, "LC_ALL": "C", **(environment or {})},
                start_new_session=True)
        except FileNotFoundError:
            raise CannotTell(f"{name} is not installed") from None
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise CannotTell(f"{name} did not end in {timeout_s} s") from None
        output.seek(0)
        return Done(code, output.read().decode(errors="replace"))
