# SPDX-License-Identifier: Apache-2.0
"""Reading, writing, flushing, atomic cells and resizing."""

import io
from functools import partial
from pathlib import Path

import pytest

import mmio


def test_what_is_written_is_read_and_in_the_file(rw: mmio.Map, path: Path) -> None:
    rw.write(10, b"hello")
    rw.write(15, bytearray(b" there"), timeout=0)
    assert rw.read(10, 11) == rw.read(10, 11, timeout=0) == b"hello there"
    assert path.read_bytes()[10:21] == b"hello there"
    assert rw.pending == 11


def test_readinto_fills_a_buffer(ro: mmio.Map) -> None:
    buffer = bytearray(4)
    ro.readinto(1, buffer)
    assert buffer == b"\x01\x02\x03\x04"
    ro.readinto(250, memoryview(buffer)[1:3], timeout=60)
    assert buffer == b"\x01\xfa\xfb\x04"


def test_large_copies_are_whole(tmp_path: Path) -> None:
    data = bytes(range(256)) * 20000
    with mmio.open(tmp_path / "large", disposition="create", size=len(data)) as map:
        map.write(0, data)
        assert map.read(0, len(data)) == data


def test_readinto_needs_a_writable_buffer(ro: mmio.Map) -> None:
    with pytest.raises(BufferError):
        ro.readinto(0, b"1234")  # A type checker lets bytes pass.


def test_write_needs_a_buffer(rw: mmio.Map) -> None:
    with pytest.raises(TypeError):
        rw.write(0, "text")  # type: ignore[arg-type]
    with pytest.raises(BufferError):
        rw.write(0, memoryview(b"1234")[::2])


@pytest.mark.parametrize("mode", ["ro", "cow"])
def test_writing_needs_a_writable_map(path: Path, mode: str) -> None:
    with mmio.open(path, mode) as map:
        with pytest.raises(io.UnsupportedOperation) as raised:
            map.write(0, b"1")
        assert isinstance(raised.value, mmio.ModeError)
        map.write(0, b"")


@pytest.mark.parametrize(
    ("offset", "size"),
    [(256, 1), (0, 257), (1, 1 << 40), (1, (1 << 64) - 1), ((1 << 64) - 1, 2)],
)
def test_a_range_beyond_the_end_is_no_matter_of_memory(
    rw: mmio.Map, offset: int, size: int
) -> None:
    for call in (rw.read, partial(rw.read, timeout=0), rw.view, rw.flush_range):
        with pytest.raises(mmio.RangeError) as raised:
            call(offset, size)
        error = raised.value
        assert (error.offset, error.size, error.limit) == (offset, size, 256)


def test_nothing_is_at_any_offset(rw: mmio.Map) -> None:
    far = (1 << 64) - 1
    assert rw.read(far, 0) == b""
    rw.write(far, b"")
    rw.flush_range(far, 0)
    with rw.view(far, 0) as view:
        assert len(view) == 0


@pytest.mark.parametrize("level", ["data", "full", mmio.FlushLevel.DATA, 2])
def test_flushing_leaves_nothing_pending(rw: mmio.Map, level: mmio.FlushLevel | int | str) -> None:
    rw.write(0, b"1")
    rw.flush(level)
    assert rw.pending == 0


def test_starting_to_flush_or_a_part_leaves_pending_alone(rw: mmio.Map) -> None:
    rw.write(0, b"1")
    rw.flush("start")
    rw.flush_range(0, 10)
    assert rw.pending == 1


def test_an_unknown_level_is_refused(rw: mmio.Map) -> None:
    with pytest.raises(mmio.InvalidError):
        rw.flush(99)
    with pytest.raises(ValueError, match="FlushLevel is one of"):
        rw.flush("hard")


@pytest.mark.parametrize("bits", [32, 64])
def test_atomic_operations_return_what_the_cell_held(rw: mmio.Map, bits: int) -> None:
    most = (1 << bits) - 1
    cell = rw.atomic(8, bits)
    cell.store(5)
    assert cell.exchange(6) == 5
    assert cell.compare_exchange(0, 9) == 6
    assert cell.compare_exchange(6, 9) == 6
    assert cell.add(most) == 9
    assert cell.sub(9) == 8
    assert cell.and_(0xF0) == most
    assert cell.or_(0x0F) == 0xF0
    assert cell.xor(0x3C) == 0xFF
    assert cell.load() == 0xC3


def test_a_misaligned_cell_tells_the_alignment(rw: mmio.Map) -> None:
    with pytest.raises(mmio.AlignError) as raised:
        rw.atomic(4).load()
    assert (raised.value.offset, raised.value.limit) == (4, 8)
    with pytest.raises(mmio.AlignError):
        rw.cells(2, 1, bits=32)


def test_cells_need_a_writable_map_and_must_lie_within_it(ro: mmio.Map, rw: mmio.Map) -> None:
    with pytest.raises(mmio.ModeError):
        ro.atomic(1).load()
    with pytest.raises(mmio.RangeError):
        rw.atomic(256).add(1)


def test_a_value_must_fit_its_cell(rw: mmio.Map) -> None:
    with pytest.raises(OverflowError):
        rw.atomic(0, 32).store(1 << 32)
    with pytest.raises(OverflowError):
        rw.atomic(0).add(-1)
    with pytest.raises(ValueError, match="32 or 64 bits"):
        rw.atomic(0, 16)


def test_growing_leaves_views_alone(rw: mmio.Map, path: Path) -> None:
    with rw.view() as view, memoryview(view) as data:
        rw.resize(10000, timeout=0)
        rw.write(0, b"new")
        assert bytes(data[:4]) == b"new\x03"
    assert rw.size == path.stat().st_size == 10000
    assert rw.read(256, 9744) == bytes(9744)


def test_shrinking_under_a_view_is_refused_or_times_out(rw: mmio.Map) -> None:
    with rw.view(100, 100):
        with pytest.raises(mmio.BusyError) as busy:
            rw.resize(150, timeout=0)
        with pytest.raises(TimeoutError) as late:
            rw.resize(150, timeout=0.001)
        with pytest.raises(mmio.Error) as deadlock:
            rw.resize(150)
        rw.resize(200, timeout=0)
    assert busy.value.is_retryable
    assert isinstance(late.value, mmio.TimeoutError)
    assert late.value.is_retryable
    assert deadlock.value.status == mmio.Status.DEADLOCK
    assert not deadlock.value.is_retryable
    rw.resize(150)
    assert rw.size == 150


def test_resizing_to_nothing_or_beyond_the_largest_size_is_refused(rw: mmio.Map) -> None:
    with pytest.raises(mmio.InvalidError):
        rw.resize(0)
    with pytest.raises(mmio.TooLargeError):
        rw.resize(mmio.max_size() + 1)


def test_resizing_needs_a_shared_writable_map(ro: mmio.Map) -> None:
    with pytest.raises(mmio.ModeError):
        ro.resize(0)


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan")])
def test_a_timeout_is_a_number_of_seconds(rw: mmio.Map, timeout: float) -> None:
    for call in (partial(rw.resize, 10), partial(rw.read, 0, 1), partial(rw.write, 0, b"1")):
        with pytest.raises(ValueError, match=r"negative|NaN"):
            call(timeout)


def test_a_timeout_beyond_what_counts_is_refused(rw: mmio.Map) -> None:
    for timeout in (1e300, float("inf")):
        with pytest.raises(OverflowError):
            rw.resize(10, timeout)
