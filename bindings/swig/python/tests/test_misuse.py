# SPDX-License-Identifier: Apache-2.0
"""Wrong arguments, closed maps, failures: always an exception, never a crash or a leak."""

import gc
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mmio

CALLS: dict[str, Callable[[mmio.Map, Any], object]] = {
    "read offset": lambda m, number: m.read(number, 1),
    "read size": lambda m, number: m.read(0, number),
    "readinto": lambda m, number: m.readinto(number, bytearray(1)),
    "write": lambda m, number: m.write(number, b"1"),
    "view offset": lambda m, number: m.view(number, 1),
    "view size": lambda m, number: m.view(0, number),
    "chunks": lambda m, number: m.chunks(number),
    "cells offset": lambda m, number: m.cells(number, 1),
    "cells count": lambda m, number: m.cells(0, number),
    "atomic": lambda m, number: m.atomic(number).load(),
    "atomic value": lambda m, number: m.atomic(0).store(number),
    "resize": lambda m, number: m.resize(number),
    "flush_range": lambda m, number: m.flush_range(0, number),
    "set_policy": lambda m, number: m.set_policy("every_bytes", number),
    "open size": lambda m, number: mmio.open(m.path, size=number),
    "open flags": lambda m, number: mmio.open(m.path, flags=number),
    "anonymous": lambda m, number: mmio.Map.anonymous(number),
    "from_fd": lambda m, number: mmio.Map.from_fd(number),
}

USES: dict[str, Callable[[mmio.Map], object]] = {
    "size": lambda m: m.size,
    "len": len,
    "pending": lambda m: m.pending,
    "info": mmio.Map.info,
    "fileno": mmio.Map.fileno,
    "address": mmio.Map.address,
    "view": mmio.Map.view,
    "view of nothing": lambda m: m.view(0, 0),
    "chunks": lambda m: m.chunks(1),
    "cells": lambda m: m.cells(0, 1),
    "atomic": lambda m: m.atomic(0).load(),
    "read": lambda m: m.read(0, 1),
    "readinto": lambda m: m.readinto(0, bytearray(1)),
    "write": lambda m: m.write(0, b"1"),
    "resize": lambda m: m.resize(1),
    "flush": mmio.Map.flush,
    "flush_range": lambda m: m.flush_range(0, 1),
    "rewrite_lost": mmio.Map.rewrite_lost,
    "acknowledge_loss": mmio.Map.acknowledge_loss,
    "set_policy": lambda m: m.set_policy("always"),
    "check_faults": mmio.Map.check_faults,
    "detach": mmio.Map.detach,
}


class Index:
    """A number as numpy has them."""

    def __index__(self) -> int:
        return 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("wrong", [1.0, "1", b"1", None, [], object()], ids=repr)
def test_what_is_no_whole_number_is_a_type_error(
    rw: mmio.Map, call: Callable[[mmio.Map, Any], object], wrong: object
) -> None:
    if call is CALLS["view size"] and wrong is None:
        wrong = ...
    with pytest.raises(TypeError):
        call(rw, wrong)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("wrong", [-(1 << 63) - 1, 1 << 64, 1 << 1000], ids=["low", "64", "1000"])
def test_a_number_that_no_integer_of_the_library_holds_is_an_overflow_error(
    rw: mmio.Map, call: Callable[[mmio.Map, Any], object], wrong: int
) -> None:
    with pytest.raises(OverflowError):
        call(rw, wrong)


@pytest.mark.parametrize("call", set(CALLS) - {"from_fd"})
def test_a_negative_number_is_an_overflow_error(rw: mmio.Map, call: str) -> None:
    with pytest.raises(OverflowError):
        CALLS[call](rw, -1)


def test_whatever_has_an_index_is_a_number(ro: mmio.Map) -> None:
    assert ro.read(Index(), True) == b"\x01"  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [None, 1, 1.5, [], bytearray(b"x")], ids=repr)
def test_what_is_no_path_is_a_type_error(path: Any) -> None:
    with pytest.raises(TypeError):
        mmio.open(path)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
@pytest.mark.parametrize("end", [mmio.Map.close, lambda m: os.close(m.detach())])
def test_every_use_of_a_closed_map_is_a_closed_error(
    rw: mmio.Map, use: Callable[[mmio.Map], object], end: Callable[[mmio.Map], None]
) -> None:
    end(rw)
    assert rw.closed
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (files raise it as well)
        use(rw)
    assert isinstance(raised.value, mmio.ClosedError)


def test_a_map_may_be_closed_again_and_keeps_path_and_mode(rw: mmio.Map, path: Path) -> None:
    rw.close()
    rw.close()
    assert (rw.path, rw.mode) == (str(path), mmio.Mode.RW)


def test_closing_closes_the_file_although_views_live(rw: mmio.Map) -> None:
    fd = rw.fileno()
    with rw.view() as view:
        rw.close()
        assert bytes(view)[:2] == b"\x00\x01"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_every_error_is_an_os_error_that_survives_pickling(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised:  # noqa: PT011 (what is raised is looked at below)
        mmio.open(tmp_path / "missing")
    error = pickle.loads(pickle.dumps(raised.value))
    assert isinstance(error, mmio.NotFoundError)
    assert error.status == mmio.Status.NOT_FOUND
    assert (error.errno, error.strerror) == (raised.value.errno, raised.value.strerror)


def test_a_message_shows_a_path_of_any_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff"
    with pytest.raises(mmio.NotFoundError) as raised:
        mmio.open(path)
    assert path in os.fsencode(str(raised.value))


def growth(action: Callable[[], object]) -> int:
    """Return how many more objects a thousand times an action leave behind."""

    def repeat() -> int:
        for _ in range(1000):
            action()
        gc.collect()
        return sys.getallocatedblocks()

    repeat()
    before = repeat()
    return repeat() - before


FAILURES: dict[str, Callable[[mmio.Map], object]] = {
    "read": lambda m: m.read(0, 1000),
    "readinto": lambda m: m.readinto(1000, bytearray(1)),
    "write": lambda m: m.write(1000, b"1"),
    "view": lambda m: m.view(0, 1000),
    "chunks": lambda m: m.chunks(-1),
    "atomic": lambda m: m.atomic(1).add(1),
    "resize": lambda m: m.resize(0),
    "open": lambda m: mmio.open(m.path + "-missing"),
    "from_fd": lambda m: mmio.Map.from_fd(-1),
}


@pytest.mark.parametrize("call", FAILURES.values(), ids=FAILURES)
def test_a_failure_leaks_nothing(rw: mmio.Map, call: Callable[[mmio.Map], object]) -> None:
    failures = 0

    def fail() -> None:
        nonlocal failures
        try:
            call(rw)
        except (mmio.Error, OverflowError):
            failures += 1

    descriptors = os.listdir("/proc/self/fd")
    assert growth(fail) < 100
    assert failures == 3000
    assert os.listdir("/proc/self/fd") == descriptors


def test_maps_views_and_chunks_leak_nothing(path: Path) -> None:
    def use() -> None:
        with mmio.open(path) as map, map.view() as view, memoryview(view) as data:
            assert data[1] == 1
            assert len(list(map.chunks(100))) == 3

    descriptors = os.listdir("/proc/self/fd")
    assert growth(use) < 100
    assert os.listdir("/proc/self/fd") == descriptors
