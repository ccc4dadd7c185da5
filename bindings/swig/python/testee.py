# SPDX-License-Identifier: Apache-2.0
"""The conformance testee of the Python package: one step per line, through its public API."""

import os
import sys
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

import mmio

Answer = dict[str, Any] | None

# Maps and views stay here after they were closed and released, to be used wrongly.
maps: dict[str, mmio.Map] = {}
views: dict[str, mmio.View] = {}
jobs: dict[str, "Job"] = {}


class Job(threading.Thread):
    """A step on another thread."""

    def __init__(self, step: Callable[[], Answer]) -> None:
        super().__init__()
        self.step = step

    def run(self) -> None:
        self.line = line_of(self.step)


def flags_of(text: str) -> int:
    names = text.split("+")
    return sum(int(name) if name.isdecimal() else mmio.OpenFlag[name.upper()] for name in names)


OPTIONS: dict[str, Callable[[str], Any]] = {
    "flags": flags_of,
    "size": int,
    "reserve": int,
    "permissions": int,
}


def options_of(texts: dict[str, str]) -> dict[str, Any]:
    return {key: OPTIONS.get(key, number_or_name)(text) for key, text in texts.items()}


def opened(name: str, new: mmio.Map) -> Answer:
    maps[name] = new
    return {"size": new.size, "mode": new.mode.name.lower()}


def open_path(name: str, path: str, **options: str) -> Answer:
    return opened(name, mmio.open(bytes.fromhex(path), **options_of(options)))


def open_anonymous(name: str, size: str, **options: str) -> Answer:
    return opened(name, mmio.Map.anonymous(int(size), **options_of(options)))


def from_handle(name: str, path: str, access: str, **options: str) -> Answer:
    label = bytes.fromhex(path)
    fd = os.open(label, os.O_RDWR if access == "rw" else os.O_RDONLY)
    try:
        return opened(name, mmio.Map.from_fd(fd, label=label, **options_of(options)))
    except mmio.Error:
        os.close(fd)
        raise


def into_handle(name: str) -> Answer:
    with open(maps[name].detach(), "rb") as file:
        return {"size": os.fstat(file.fileno()).st_size}


def info(name: str) -> Answer:
    info = maps[name].info()
    return info._asdict() | {"kind": info.kind.name.lower(), "mode": info.mode.name.lower()}


def seconds(timeout_ms: str) -> float | None:
    timeout = int(timeout_ms)
    return None if timeout < 0 else timeout / 1000


def beside_writes(written: mmio.Map, copy: Callable[[], object]) -> None:
    """Copy until that fails, while another thread writes the whole map again and again."""
    is_over = threading.Event()

    def write() -> None:
        data = bytes(written.size)
        while not is_over.is_set():
            written.write(0, data)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while True:
            copy()
    finally:
        is_over.set()
        writer.join()


def resize(name: str, size: str, timeout_ms: str) -> Answer:
    maps[name].resize(int(size), seconds(timeout_ms))
    return {"size": maps[name].size}


def start(name: str, step: Callable[[], Answer]) -> None:
    jobs[name] = Job(step)
    jobs[name].start()


def join(name: str) -> str:
    jobs[name].join()
    return jobs[name].line


def lent(name: str, view: mmio.View) -> Answer:
    views[name] = view
    return {"size": len(view)}


def get(name: str, offset: str, size: str) -> Answer:
    with memoryview(views[name]) as data:
        return {"hex": data[int(offset) : int(offset) + int(size)].hex()}


def put(name: str, offset: str, text: str) -> None:
    data = bytes.fromhex(text)
    with memoryview(views[name]) as target:
        try:
            target[int(offset) : int(offset) + len(data)] = data
        except TypeError as refusal:
            raise RefusedError("MMIO_ERR_MODE") from refusal


def release_elsewhere(name: str) -> str:
    start(name, views[name].release)
    return join(name)


def walk(name: str, size: str, fill: str | None = None) -> Answer:
    chunks = maps[name].chunks(int(size), writable=fill is not None)
    answer = {"count": chunks.count, "last": 0, "adler": 1}
    for chunk in chunks:
        with chunk:
            if fill is not None:
                chunk[:] = bytes([int(fill)]) * len(chunk)
            answer["last"] = len(chunk)
            answer["adler"] = zlib.adler32(chunk, answer["adler"])
    chunks.release()
    return answer


def pattern(size: int, number: int) -> bytes:
    data = bytearray(size)
    for index in range(size):
        number = number * 16807 % 2147483647
        data[index] = number % 256
    return bytes(data)


def atomic(name: str, bits: str, operation: str, offset: str, *values: str) -> Answer:
    cell = maps[name].atomic(int(offset), int(bits))
    method = {"and": "and_", "or": "or_"}.get(operation, operation)
    result = getattr(cell, method)(*map(int, values))
    return None if result is None else {"value" if operation == "load" else "before": result}


def await_flushed(name: str) -> None:
    while maps[name].pending != 0:
        time.sleep(0.001)


def null_path() -> Answer:
    try:
        mmio.open(None)  # type: ignore[arg-type]
    except TypeError as refusal:
        raise RefusedError("MMIO_ERR_INVALID") from refusal
    return None


VERBS: dict[str, Callable[..., Answer | str]] = {
    "open": open_path,
    "anonymous": open_anonymous,
    "from_handle": from_handle,
    "into_handle": into_handle,
    "size": lambda m: {"size": maps[m].size},
    "mode": lambda m: {"mode": maps[m].mode.name.lower()},
    "path": lambda m: {"path": os.fsencode(maps[m].path).hex()},
    "pending": lambda m: {"pending": maps[m].pending},
    "info": info,
    "resize": resize,
    "resize_start": lambda job, *arguments: start(job, lambda: resize(*arguments)),
    "join": join,
    "close": lambda m: maps[m].close(),
    "view": lambda v, m, offset, size, write="0": lent(
        v, maps[m].view(int(offset), int(size), writable=write == "1")
    ),
    "run": lambda v, m, offset, count, bits: lent(
        v, maps[m].cells(int(offset), int(count), int(bits))
    ),
    "get": get,
    "put": put,
    "adler": lambda v: {"adler": zlib.adler32(views[v])},
    "address": lambda v: {"address": views[v].address()},
    "release": lambda v: views[v].release(),
    "release_elsewhere": release_elsewhere,
    "walk": walk,
    "read": lambda m, offset, size: {"hex": maps[m].read(int(offset), int(size)).hex()},
    "read_within": lambda m, offset, size, timeout_ms: {
        "hex": maps[m].read(int(offset), int(size), seconds(timeout_ms)).hex()
    },
    "read_adler": lambda m, offset, size: {
        "adler": zlib.adler32(maps[m].read(int(offset), int(size)))
    },
    "write": lambda m, offset, data="": maps[m].write(int(offset), bytes.fromhex(data)),
    "write_within": lambda m, offset, data, timeout_ms: maps[m].write(
        int(offset), bytes.fromhex(data), seconds(timeout_ms)
    ),
    "read_beside_writes": lambda m, timeout_ms: beside_writes(
        maps[m], lambda: maps[m].read(maps[m].size - 1, 1, seconds(timeout_ms))
    ),
    "write_beside_writes": lambda m, timeout_ms: beside_writes(
        maps[m], lambda: maps[m].write(maps[m].size - 1, b"\0", seconds(timeout_ms))
    ),
    "write_pattern": lambda m, offset, size, seed: maps[m].write(
        int(offset), pattern(int(size), int(seed))
    ),
    "flush": lambda m, level: maps[m].flush(number_or_name(level)),
    "flush_range": lambda m, offset, size, level: maps[m].flush_range(
        int(offset), int(size), number_or_name(level)
    ),
    "policy": lambda m, policy, amount="0": maps[m].set_policy(number_or_name(policy), int(amount)),
    "await_flushed": await_flushed,
    "rewrite_lost": lambda m, level: maps[m].rewrite_lost(number_or_name(level)),
    "acknowledge_loss": lambda m: maps[m].acknowledge_loss(),
    "atomic": atomic,
    "guard": lambda guard: mmio.set_fault_guard(number_or_name(guard)),
    "guard_now": lambda: {"guard": mmio.fault_guard().name.lower()},
    "check_faults": lambda m: maps[m].check_faults(),
    "page_size": lambda: {"value": mmio.page_size()},
    "map_granularity": lambda: {"value": mmio.map_granularity()},
    "max_size": lambda: {"value": mmio.max_size()},
    "version": lambda: {"version": mmio.library_version()},
    "status_name": lambda number: {"name": mmio.status_name(int(number)) or ""},
    "has": lambda feature: {"value": int(mmio.has(int(feature)))},
    "null_path": null_path,
}


class RefusedError(Exception):
    """Python itself refused the step; the text is the status that says so."""


def number_or_name(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def line_of(step: Callable[[], Answer | str]) -> str:
    try:
        answer = step()
    except mmio.FaultError as error:
        numbers = f"offset={error.offset}\tdone={error.done}\tcause={error.cause.name.lower()}"
        return f"err\t{error.status_name}\t{str(error)!a}\t{numbers}"
    except mmio.Error as error:
        return f"err\t{error.status_name}\t{str(error)!a}"
    except RefusedError as refusal:
        return f"err\t{refusal}"
    except Exception as error:
        return f"err\tEXCEPTION\t{error!r}"
    if isinstance(answer, str):
        return answer
    return "\t".join(["ok", *(f"{key}={value}" for key, value in (answer or {}).items())])


def main() -> None:
    for line in sys.stdin:
        verb, *fields = line.rstrip("\n").split("\t")
        if verb not in VERBS:
            print("unsupported", flush=True)
            continue
        positional = [field for field in fields if "=" not in field]
        named = dict(field.split("=", 1) for field in fields if "=" in field)
        print(line_of(lambda: VERBS[verb](*positional, **named)), flush=True)  # noqa: B023


if __name__ == "__main__":
    main()
