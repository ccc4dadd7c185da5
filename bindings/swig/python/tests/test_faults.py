# SPDX-License-Identifier: Apache-2.0
"""Bytes that vanish from under a map: calls answer, and views go on."""

import gc
import hashlib
import itertools
import os
import subprocess
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from faults import PAGE, SIZE, THREADS, Body, cut, dies, failure_of, in_threads, make, survives

import mmio

REST = b"x" * 100 + bytes(SIZE - 100)
"""What a view shows when all but 100 bytes are gone."""

CONSUMERS: list[Callable[[Any], object]] = [
    lambda data: sum(memoryview(data)),
    bytes,
    zlib.crc32,
    lambda data: hashlib.sha256(data).digest(),
]


# Calls.


def use_calls(path: str) -> None:
    buffer = bytearray(100)
    with mmio.open(path, "rw") as map:
        calls: list[Callable[[], object]] = [
            lambda: map.read(PAGE - 50, 100),
            lambda: map.read(PAGE - 50, 100, timeout=0),
            lambda: map.readinto(PAGE - 50, buffer),
            lambda: map.write(PAGE - 50, b"y" * 100),
            lambda: map.write(PAGE - 50, b"y" * 100, timeout=0),
        ]
        cut(path, PAGE)
        for call in calls * 100:
            error = failure_of(call)
            assert (error.status, error.errno) == (mmio.Status.FAULT, None)
            assert (error.offset, error.size, error.limit) == (PAGE, 100, PAGE)
            assert (error.done, error.cause) == (50, mmio.FaultCause.TRUNCATED)
            assert isinstance(error.cause, mmio.FaultCause)
            assert "50 of 100 bytes were done" in str(error)
        assert buffer == b"y" * 50 + bytes(50)
        assert map.read(PAGE - 51, 51) == b"x" + b"y" * 50
        assert failure_of(map.atomic(PAGE).load).offset == PAGE
        assert map.atomic(0).add(1)
        assert map.info().faults == 0


def test_calls_answer_with_the_bytes_done_and_the_cause(path: Path) -> None:
    survives(use_calls, path)


def copy_without_the_lock(path: str) -> None:
    size = 1 << 20
    cut(path, size)
    with mmio.open(path, "rw") as map:
        cut(path, size // 2)

        def copy() -> None:
            for _ in range(5):
                assert failure_of(lambda: map.read(0, size)).done == size // 2
                assert failure_of(lambda: map.write(0, bytes(size))).done == size // 2
                gc.collect()

        in_threads(copy)


def test_long_copies_answer_beside_other_threads(path: Path) -> None:
    survives(copy_without_the_lock, path)


@pytest.fixture
def disk(path: Path) -> Iterator[None]:
    """Mount a disk of 8 pages beside the file."""
    disk = path.with_name("disk")
    disk.mkdir()
    size = f"size={8 * PAGE}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", disk], check=True)
    yield
    subprocess.run(["umount", "-l", disk], check=True)


def fill_disk(path: str) -> None:
    sparse = str(Path(path).with_name("disk") / "sparse")
    cut(sparse, SIZE)
    with mmio.open(sparse, "rw") as map:

        def done_by(call: Callable[[], object]) -> int:
            error = failure_of(call)
            assert error.cause is mmio.FaultCause.NO_SPACE
            assert error.done == error.offset
            return error.done

        done = done_by(lambda: map.write(0, b"y" * SIZE))
        assert 0 < done < SIZE
        assert done % PAGE == 0
        assert done_by(lambda: map.read(0, SIZE)) == done
        assert map.read(0, done) == b"y" * done
        map.write(0, b"z")
        map.flush()


@pytest.mark.usefixtures("disk")
def test_calls_answer_when_the_disk_behind_a_sparse_file_is_full(path: Path) -> None:
    survives(fill_disk, path)


def look_at_last_page(path: str) -> None:
    with mmio.open(path) as map:
        map.check_faults()
        cut(path, SIZE - 1)
        assert map.read(SIZE - 1, 1) == b"\0"
        error = failure_of(map.check_faults)
        assert (error.cause, error.limit) == (mmio.FaultCause.TRUNCATED, SIZE - 1)
        cut(path, SIZE)
        map.check_faults()


def test_a_shorter_file_is_told_of_without_a_fault(path: Path) -> None:
    survives(look_at_last_page, path)


# Views.


def check_marked(cut_map: mmio.Map) -> None:
    error = failure_of(lambda: cut_map.read(0, 1))
    assert (error.offset, error.done) == (PAGE, 0)
    assert error.cause is mmio.FaultCause.UNKNOWN
    assert "made zeros of them" in str(error)
    for call in (cut_map.view, cut_map.flush, cut_map.check_faults, lambda: cut_map.chunks(1)):
        failure_of(call)
    assert cut_map.size == SIZE
    assert cut_map.info().faults > 0
    assert not cut_map.closed


def use_views(path: str) -> None:
    for mode, consume in itertools.product(("ro", "cow"), CONSUMERS):
        make(path)
        with mmio.open(path, mode) as map, map.view() as view:
            chunks = map.chunks(PAGE)
            cut(path, 100)
            assert map.info().faults == 0
            assert consume(view) == consume(REST)
            gc.collect()
            assert b"".join(chunks) == REST
            check_marked(map)


def test_views_of_maps_for_reading_go_on_with_zeros(path: Path) -> None:
    survives(use_views, path)


def cut_under_readers(path: str, view: mmio.View) -> None:
    begun = threading.Semaphore(0)
    is_cut = threading.Event()

    def keep_reading() -> None:
        begun.release()
        while not is_cut.is_set():
            for consume in CONSUMERS:
                consume(view)
            gc.collect()
        for consume in CONSUMERS:
            assert consume(view) == consume(REST)

    def cut_when_all_read() -> None:
        for _ in range(THREADS):
            begun.acquire()
        cut(path, 100)
        is_cut.set()

    cutter = threading.Thread(target=cut_when_all_read)
    cutter.start()
    in_threads(keep_reading)
    cutter.join()


def use_views_in_threads(path: str) -> None:
    for _ in range(3):
        make(path)
        with mmio.open(path) as map, map.view() as view:
            cut_under_readers(path, view)
            check_marked(map)


def test_views_of_many_threads_go_on_with_zeros(path: Path) -> None:
    survives(use_views_in_threads, path)


def store_into_views(path: str) -> None:
    map = mmio.open(path, "rw", on_fault="absorb")
    with map.view(writable=True) as view, memoryview(view) as data:
        cut(path, PAGE)
        data[:] = b"y" * SIZE
        assert bytes(data) == b"y" * SIZE
        check_marked(map)
        failure_of(lambda: map.write(0, b"z"))
    failure_of(map.close)
    assert map.closed
    map.close()
    assert Path(path).read_bytes() == b"y" * PAGE


def test_stores_go_on_where_the_map_allows_it_and_closing_tells_of_the_loss(path: Path) -> None:
    survives(store_into_views, path)


def leave_block_after_loss(path: str) -> None:
    def lose() -> None:
        with mmio.open(path, "cow_rw", on_fault=mmio.OnFault.ABSORB) as map, map.view() as view:
            cut(path, 0)
            assert bytes(view) == bytes(SIZE)

    failure_of(lose)


def test_the_end_of_a_with_block_tells_of_the_loss(path: Path) -> None:
    survives(leave_block_after_loss, path)


def view_rw(path: str) -> None:
    with mmio.open(path, "rw") as map, map.view() as view:
        cut(path, 0)
        bytes(view)


def view_never(path: str) -> None:
    with mmio.Map.from_fd(os.open(path, os.O_RDONLY), on_fault="never") as map, map.view() as view:
        cut(path, 0)
        bytes(view)


@pytest.mark.parametrize("body", [view_rw, view_never])
def test_other_views_end_the_process(path: Path, body: Body) -> None:
    dies(body, path)
