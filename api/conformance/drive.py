#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the conformance cases against a testee. README.md beside this file describes both."""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import inspect
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# What may be written in a case and in each of its files; "name", "contract" and "steps" must be.
CASE_KEYS = {"name": str, "contract": list, "files": dict, "steps": list,
             "drop_privileges": bool, "umask": str, "ulimit_fsize": int}  # fmt: skip
FILE_KEYS = {"kind": str, "size": int, "fill": int, "hex": str, "seed": int, "mode": str,
             "target": str}  # fmt: skip

# Root may read everything, unless it gives up the capabilities that say so.
WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                      "--inh-caps=-dac_override,-dac_read_search"]  # fmt: skip

ANSWER_BYTES_MOST = 1 << 20


class Malformed(Exception):
    """A case or a gaps file is written wrongly."""


class Failure(Exception):
    """A case failed; the text says what happened."""


class Unsupported(Failure):
    """The testee says that it cannot carry out a step."""


# Cases.


@dataclass(frozen=True)
class Outcome:
    """An answer, or a pattern for one: "ok" or a status, and the fields."""

    status: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Step:
    text: str
    words: list[str]
    wanted: list[Outcome]


@dataclass(frozen=True)
class Case:
    name: str
    contract: list[str]
    steps: list[Step]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    drop_privileges: bool = False
    umask: str = "022"
    ulimit_fsize: int | None = None


def require(condition: object, problem: str) -> None:
    if not condition:
        raise Malformed(problem)


def require_keys(record: dict[str, Any], known: dict[str, type]) -> None:
    for key, value in record.items():
        require(type(value) is known.get(key), f'"{key}" is unknown or of the wrong type')


def parse_outcome(text: str) -> Outcome:
    words = shlex.split(text)
    is_named = words and re.fullmatch("ok|MMIO_ERR_[A-Z_]+", words[0])
    fields = words[1:] if is_named else words
    require(words and all("=" in each for each in fields), f'cannot want "{text}"')
    return Outcome(words[0] if is_named else "ok", dict(each.split("=", 1) for each in fields))


def parse_step(text: str) -> Step:
    require(text.isascii() and text.isprintable(), "steps are printable ASCII")
    request, _, wanted = text.partition(" -> ")
    words = shlex.split(request)
    require(words, "a step has no words")
    if words[0].startswith("!"):
        require(words[0] in DRIVER_VERBS and not wanted, f'the driver cannot do "{text}"')
        count = len(inspect.signature(DRIVER_VERBS[words[0]]).parameters)
        require(len(words) == 1 + count, f'"{text}": {words[0]} takes {count} words')
    return Step(text, words, [parse_outcome(each) for each in (wanted or "ok").split(" | ")])


def parse_case(record: dict[str, Any], group: str) -> Case:
    require_keys(record, CASE_KEYS)
    for key in ("name", "contract", "steps"):
        require(record.get(key), f'"{key}" is missing or empty')
    require(re.fullmatch(group + r"(\.[a-z0-9_]+)+", record["name"]),
            f'the name must be words joined by dots, the first of them "{group}"')  # fmt: skip
    for line in record["contract"]:
        require(re.fullmatch("[A-M][0-9]+", line), f'"{line}" is no line of the contract')
    int(record.get("umask", "0"), 8)
    for spec in record.get("files", {}).values():
        require_keys(spec, FILE_KEYS)
        kind = spec.get("kind", "file")
        require(kind in FILE_MAKERS, f'"{kind}" is no kind of file')
        require(("target" in spec) == (kind == "symlink"), "symlinks, and only they, have a target")
    return Case(**{**record, "steps": [parse_step(text) for text in record["steps"]]})


def load_cases(directory: Path) -> dict[str, Case]:
    cases: dict[str, Case] = {}
    for path in sorted(directory.glob("*.json")):
        where = path.name
        try:
            for number, record in enumerate(json.loads(path.read_text("utf-8"))["cases"], 1):
                where = f"{path.name}, case {number}"
                case = parse_case(record, path.stem)
                require(case.name not in cases, f"there is another case named {case.name}")
                cases[case.name] = case
        except (Malformed, ValueError, KeyError, TypeError, AttributeError) as error:
            text = str(error) if isinstance(error, Malformed) else repr(error)
            raise Malformed(f"{where}: {text}") from error
    return cases


def load_gaps(path: Path) -> dict[str, str]:
    gaps: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        name, _, reason = (part.strip() for part in line.partition(":"))
        if name and not name.startswith("#"):
            require(reason, f"{path}: the gap {name} has no reason")
            gaps[name] = reason
    return gaps


# Files.


def path_of(directory: bytes, word: str) -> bytes | None:
    """The path that a word of a step stands for; None if it is another kind of word."""
    if word.startswith("@hex:"):
        return os.path.join(directory, bytes.fromhex(word[5:]))
    if word.startswith("@"):
        return os.path.join(directory, word[1:].encode())
    return word.encode() if word.startswith(("./", "/")) else None


def pattern(size: int, seed: int) -> bytes:
    made = bytearray(size)
    for i in range(size):
        seed = seed * 16807 % 2147483647
        made[i] = seed % 256
    return bytes(made)


def make_regular(path: bytes, spec: dict[str, Any]) -> None:
    size = spec.get("size", 0)
    content = pattern(size, spec["seed"]) if "seed" in spec else bytes([spec.get("fill", 0)]) * size
    with open(path, "wb") as file:
        file.write(bytes.fromhex(spec["hex"]) if "hex" in spec else content)


FILE_MAKERS: dict[str, Callable[[bytes, dict[str, Any]], None]] = {
    "file": make_regular,
    "dir": lambda path, spec: os.mkdir(path),
    "fifo": lambda path, spec: os.mkfifo(path),
    "socket": lambda path, spec: os.mknod(path, stat.S_IFSOCK | 0o600),
    "symlink": lambda path, spec: os.symlink(spec["target"].encode(), path),
}


def make_files(directory: bytes, files: dict[str, dict[str, Any]]) -> None:
    for name, spec in files.items():
        path = path_of(directory, "@" + name) or b""
        FILE_MAKERS[spec.get("kind", "file")](path, spec)
        if "mode" in spec:
            os.chmod(path, int(spec["mode"], 8))


# What the driver does itself.


def expect(condition: bool, got: object) -> None:
    if not condition:
        raise Failure(f"got {got}")


def write_file(path: bytes, offset: str, data: str) -> None:
    with open(path, "r+b", buffering=0) as file:
        os.pwrite(file.fileno(), bytes.fromhex(data), int(offset))


def expect_bytes(path: bytes, offset: str, data: str) -> None:
    with open(path, "rb", buffering=0) as file:
        got = os.pread(file.fileno(), len(data) // 2, int(offset)).hex()
    expect(got == data, got if len(got) <= 64 else "other bytes")


def expect_disk(path: bytes, least: str, most: str) -> None:
    used = os.stat(path).st_blocks * 512
    expect(int(least) <= used <= int(most), f"{used} bytes on disk")


def expect_size(path: bytes, size: str) -> None:
    expect(os.stat(path).st_size == int(size), os.stat(path).st_size)


def expect_mode(path: bytes, mode: str) -> None:
    got = stat.S_IMODE(os.stat(path).st_mode)
    expect(got == int(mode, 8), f"{got:04o}")


DRIVER_VERBS: dict[str, Callable[..., None]] = {
    "!truncate": lambda path, size: os.truncate(path, int(size)),
    "!write": write_file,
    "!remove": lambda path: os.remove(path),
    "!rename": lambda path, to: os.rename(path, to),
    "!chmod": lambda path, mode: os.chmod(path, int(mode, 8)),
    "!expect_bytes": expect_bytes,
    "!expect_pattern": lambda path, offset, size, seed: expect_bytes(
        path, offset, pattern(int(size), int(seed)).hex()
    ),
    "!expect_size": expect_size,
    "!expect_disk": expect_disk,
    "!expect_mode": expect_mode,
    "!expect_exists": lambda path: expect(os.path.lexists(path), "nothing there"),
    "!expect_missing": lambda path: expect(not os.path.lexists(path), "something there"),
}


# The testee.


class Testee:
    """One process. However it ends, or does not, is told in words."""

    def __init__(self, command: list[str], case: Case, directory: bytes, limit: float) -> None:
        limited = [] if case.ulimit_fsize is None else ["prlimit", f"--fsize={case.ulimit_fsize}"]
        dropped = WITHOUT_PRIVILEGES if case.drop_privileges and os.geteuid() == 0 else []
        self.limit = limit
        self.is_late = False
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the testee)
        # A session of its own, to be killed with all that the testee started.
        self.process = subprocess.Popen(
            [*limited, *dropped, *command], cwd=directory, umask=int(case.umask, 8),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdin is not None and self.process.stdout is not None
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def expire(self) -> None:
        self.is_late = True
        self.kill()

    @contextlib.contextmanager
    def time_limit(self) -> Iterator[None]:
        """Killing the testee ends every read from it, every write to it and every wait for it."""
        timer = threading.Timer(self.limit, self.expire)
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                yield
        finally:
            timer.cancel()
            timer.join()

    def ask(self, request: str) -> str:
        line = b""
        with self.time_limit():
            self.stdin.write(request.encode() + b"\n")
            self.stdin.flush()
            line = self.stdout.readline(ANSWER_BYTES_MOST)
        if not line.endswith(b"\n"):
            raise Failure(f"got no answer: {self.end()}")
        return line[:-1].decode("utf-8", "backslashreplace")

    def finish(self) -> None:
        """The testee leaves by itself, silently and in order, when its input ends."""
        with self.time_limit():
            self.stdin.close()
        with self.time_limit():
            expect(self.stdout.read(1) == b"", "more answers than requests")
        end = self.end()
        expect(end == "exit status 0", f"a bad end: {end}")

    def end(self) -> str:
        with self.time_limit():
            self.process.wait()
        code = self.process.returncode
        if self.is_late:
            return f"killed because it took more than {self.limit:g} s" + self.last_words()
        if code < 0:
            return f"killed by {signal.Signals(-code).name}" + self.last_words()
        return f"exit status {code}" + (self.last_words() if code else "")

    def last_words(self) -> str:
        self.log.seek(0)
        lines = self.log.read().decode("utf-8", "backslashreplace").split("\n")
        spoken = [line.strip()[:200] for line in lines if line.strip()]
        return f" ({spoken[-1]})" if spoken else ""

    def close(self) -> None:
        self.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self.stdout.close()
        self.log.close()


# Running.


def parse_answer(line: str) -> Outcome:
    kind, *fields = line.split("\t")
    if line == "unsupported":
        raise Unsupported("got unsupported")
    is_answer = kind == "ok" or (kind == "err" and fields)
    if kind == "err":
        kind, fields = "".join(fields[:1]), fields[2:]  # The message is between them.
    expect(is_answer and all("=" in each for each in fields), f'"{line}", which is no answer')
    return Outcome(kind, dict(each.split("=", 1) for each in fields))


def is_match(wanted: Outcome, got: Outcome, directory: bytes, captured: dict[str, str]) -> bool:
    """Whether the answer has what is wanted; other fields do not matter."""
    if wanted.status != got.status or not wanted.fields.keys() <= got.fields.keys():
        return False
    for key, value in wanted.fields.items():
        path = path_of(directory, value)
        if path is not None:
            value = path.hex()
        elif value.startswith("$"):
            value = captured.setdefault(value, got.fields[key])
        if value not in ("*", got.fields[key]):
            return False
    return True


def run_step(step: Step, testee: Testee, directory: bytes, captured: dict[str, str]) -> None:
    verb, *words = [path_of(directory, word) or word for word in step.words]
    if verb in DRIVER_VERBS:
        DRIVER_VERBS[str(verb)](*words)
        return
    line = testee.ask("\t".join(w.hex() if isinstance(w, bytes) else w for w in (verb, *words)))
    got = parse_answer(line)
    is_right = any(is_match(wanted, got, directory, captured) for wanted in step.wanted)
    expect(is_right, " ".join(line.split()))


def run_steps(case: Case, testee: Testee, directory: bytes) -> None:
    captured: dict[str, str] = {}
    for number, step in enumerate(case.steps, 1):
        where = f"step {number}: {step.text}"
        try:
            run_step(step, testee, directory, captured)
        except Unsupported as failure:
            raise Unsupported(f"{where}: {failure}") from failure
        except (Failure, OSError, ValueError) as failure:
            raise Failure(f"{where}: {failure}") from failure
    testee.finish()


def run_case(case: Case, command: list[str], limit: float) -> Failure | None:
    with tempfile.TemporaryDirectory(prefix="mmio-") as name:
        directory = os.fsencode(name)
        try:
            make_files(directory, case.files)
            with contextlib.closing(Testee(command, case, directory, limit)) as testee:
                run_steps(case, testee, directory)
        except Failure as failure:
            return failure
        except (OSError, ValueError) as error:
            return Failure(f"cannot begin: {error}")
    return None


def judge(name: str, verdict: Failure | None, gaps: dict[str, str]) -> tuple[str, str]:
    """Where a case counts, and what is wrong with it."""
    is_gap = any(fnmatch.fnmatchcase(name, gap) for gap in gaps)
    if isinstance(verdict, Unsupported) and is_gap:
        return "gap", ""
    if verdict is not None:
        return "failed", str(verdict)
    return ("failed", "named as a gap, but it passes") if is_gap else ("passed", "")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=Path, default=Path(__file__).parent, metavar="DIR")
    parser.add_argument("--only", default="*", metavar="GLOB", help="names of the cases to run")
    parser.add_argument("--gaps", type=Path, metavar="FILE", help="cases known to be unsupported")
    parser.add_argument("--step-limit", type=float, default=20, metavar="SECONDS")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("testee", nargs="+", help="the testee's command, after --")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    program, *rest = arguments.testee
    command = [os.path.abspath(program) if os.sep in program else program, *rest]
    try:
        cases = load_cases(arguments.cases)
        gaps = load_gaps(arguments.gaps) if arguments.gaps else {}
    except (Malformed, OSError) as error:
        print(f"drive.py: {error}", file=sys.stderr)
        return 2

    chosen = [case for case in cases.values() if fnmatch.fnmatch(case.name, arguments.only)]
    counts = Counter[str]()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        verdicts = pool.map(lambda case: run_case(case, command, arguments.step_limit), chosen)
        for case, verdict in zip(chosen, verdicts, strict=True):
            kind, problem = judge(case.name, verdict, gaps)
            counts[kind] += 1
            if problem:
                print(f"FAIL {case.name}: {problem}", flush=True)
    for name in sorted(gap for gap in gaps if not fnmatch.filter(cases, gap)):
        counts["failed"] += 1
        print(f"FAIL {name}: named as a gap, but there is no such case")
    outcome = f"{counts['passed']} passed, {counts['failed']} failed"
    print(f"conformance: {outcome}, {counts['gap']} known gaps\n{outcome}")
    return 0 if counts["passed"] > 0 and counts["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
