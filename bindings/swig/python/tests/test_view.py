# SPDX-License-Identifier: Apache-2.0
"""Views and walks: bytes without copying, and how long they live."""

import copy
import ctypes
import gc
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mmio


def test_a_view_shows_the_mapped_bytes_themselves(rw: mmio.Map) -> None:
    with rw.view(0, 16) as view, memoryview(view) as data:
        assert ctypes.string_at(view.address(), 16) == data.tobytes() == bytes(range(16))
        rw.write(3, b"!")
        assert data[3] == ord("!")


def test_a_view_reaches_to_the_end_by_default(rw: mmio.Map) -> None:
    with rw.view() as whole, rw.view(250) as tail, rw.view(1000) as nothing:
        assert [len(view) for view in (whole, tail, nothing)] == [256, 6, 0]


def test_consumers_of_buffers_take_views(ro: mmio.Map) -> None:
    with ro.view() as view:
        assert zlib.crc32(view) == zlib.crc32(bytes(range(256)))
        assert bytes(view) == bytes(range(256))


def test_a_writable_view_changes_the_file(rw: mmio.Map, path: Path) -> None:
    with rw.view(1, 3, writable=True) as view, memoryview(view) as data:
        assert view.writable
        data[:] = b"abc"
    assert path.read_bytes()[:5] == b"\x00abc\x04"
    assert rw.pending == 3


def test_a_view_is_read_only_unless_asked(rw: mmio.Map) -> None:
    with rw.view() as view, memoryview(view) as data:
        assert data.readonly
        assert not view.writable
        with pytest.raises(TypeError, match="read-only"):
            data[0] = 1


@pytest.mark.parametrize("mode", ["ro", "cow"])
def test_a_writable_view_needs_a_writable_map(path: Path, mode: str) -> None:
    with mmio.open(path, mode) as map:
        with pytest.raises(mmio.ModeError):
            map.view(writable=True)
        with pytest.raises(mmio.ModeError):
            map.chunks(10, writable=True)
        with pytest.raises(mmio.ModeError):
            map.address(writable=True)


def test_a_private_map_never_changes_the_file(path: Path) -> None:
    with mmio.open(path, "cow_rw") as map:
        with map.view(writable=True) as view, memoryview(view) as data:
            data[0] = 77
        assert map.read(0, 1) == b"M"
        assert map.pending == 0
    assert path.read_bytes()[0] == 0


def test_a_view_beyond_the_end_tells_the_numbers(ro: mmio.Map) -> None:
    with pytest.raises(IndexError) as raised:
        ro.view(200, 57)
    error = raised.value
    assert isinstance(error, mmio.RangeError)
    assert (error.offset, error.size, error.limit) == (200, 57, 256)


def test_releasing_waits_for_no_memoryview_but_refuses(ro: mmio.Map) -> None:
    view = ro.view()
    data = memoryview(view)
    with pytest.raises(BufferError) as raised:
        view.release()
    assert isinstance(raised.value, mmio.BusyError)
    assert data[1] == 1
    data.release()
    view.release()
    assert view.released


def test_a_view_may_be_released_again(ro: mmio.Map) -> None:
    view = ro.view()
    view.release()
    view.release()
    assert ro.info().views == 0


@pytest.mark.parametrize("use", [len, memoryview, bytes, mmio.View.address, mmio.View.__enter__])
def test_a_released_view_is_closed(ro: mmio.Map, use: Callable[[mmio.View], object]) -> None:
    view = ro.view()
    view.release()
    with pytest.raises(ValueError) as raised:  # noqa: PT011 (memoryviews raise it as well)
        use(view)
    assert isinstance(raised.value, mmio.ClosedError)


def test_views_outlive_the_map(path: Path) -> None:
    map = mmio.open(path)
    view = map.view()
    map.close()
    del map
    gc.collect()
    with memoryview(view) as data:
        assert data[255] == 255


def test_a_memoryview_alone_keeps_the_bytes(path: Path) -> None:
    data = memoryview(mmio.open(path).view())[10:20]
    gc.collect()
    assert data.tobytes() == bytes(range(10, 20))


def test_a_forgotten_view_gives_its_bytes_back(rw: mmio.Map) -> None:
    memoryview(rw.view(writable=True))
    gc.collect()
    assert (rw.info().views, rw.pending) == (0, 256)


@pytest.mark.parametrize("imitate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_there_is_one_object_per_view(ro: mmio.Map, imitate: Callable[[mmio.View], object]) -> None:
    with ro.view() as view, pytest.raises(TypeError):
        imitate(view)


@pytest.mark.parametrize("kind", [mmio.View, mmio.Walk])
def test_views_and_walks_come_from_maps_only(kind: Any) -> None:
    with pytest.raises(TypeError, match="cannot create"):
        kind()
    with pytest.raises(TypeError, match="cannot create"):
        kind.__new__(kind)


def test_chunks_cover_the_map_and_the_last_may_be_short(ro: mmio.Map) -> None:
    chunks = ro.chunks(100)
    assert chunks.count == 3
    pieces = list(chunks)
    assert [len(piece) for piece in pieces] == [100, 100, 56]
    assert b"".join(pieces) == bytes(range(256))


def test_chunks_of_no_size_are_none(ro: mmio.Map) -> None:
    assert list(ro.chunks(0)) == []


def test_writable_chunks_count_what_they_handed_out(rw: mmio.Map) -> None:
    chunks = rw.chunks(100, writable=True)
    with next(chunks) as first:
        first[:] = b"x" * 100
    chunks.release()
    assert rw.pending == 100
    assert rw.read(99, 2) == b"x\x64"


def test_chunks_keep_the_length_they_began_with(rw: mmio.Map) -> None:
    chunks = rw.chunks(200)
    rw.resize(1000)
    assert [len(chunk) for chunk in chunks] == [200, 56]


def test_a_chunk_keeps_its_bytes_when_iterator_and_map_are_gone(path: Path) -> None:
    map = mmio.open(path)
    first, second = (chunk for chunk in map.chunks(128))
    map.close()
    del map
    gc.collect()
    assert (first[127], second[0]) == (127, 128)


def test_releasing_chunks_is_refused_while_one_lives(ro: mmio.Map) -> None:
    chunks = ro.chunks(100)
    chunk = next(chunks)
    with pytest.raises(BufferError):
        chunks.release()
    chunk.release()
    chunks.release()
    chunks.release()
    assert ro.info().views == 0


def test_released_chunks_are_closed(ro: mmio.Map) -> None:
    chunks = ro.chunks(100)
    chunks.release()
    with pytest.raises(mmio.ClosedError):
        next(chunks)


def test_the_base_address_for_writing_makes_the_whole_size_pending(rw: mmio.Map) -> None:
    assert ctypes.string_at(rw.address(), 4) == b"\x00\x01\x02\x03"
    assert rw.pending == 0
    ctypes.memset(rw.address(writable=True), 9, 2)
    assert rw.pending == 256
    assert rw.read(0, 3) == b"\x09\x09\x02"


def test_cells_are_numbers_in_a_memoryview(rw: mmio.Map) -> None:
    with rw.cells(8, 2) as view, memoryview(view) as data, data.cast("Q") as numbers:
        numbers[1] = 7
    assert rw.atomic(16).load() == 7
    assert rw.pending == 16


def test_cells_are_32_or_64_bits(rw: mmio.Map) -> None:
    with rw.cells(4, 3, bits=32) as view:
        assert len(view) == 12
    for bits in (0, 8, 33, 63):
        with pytest.raises(mmio.InvalidError):
            rw.cells(0, 1, bits)
