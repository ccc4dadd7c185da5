# SPDX-License-Identifier: Apache-2.0
"""A device that fails to take what was written, below real file systems."""

from collections.abc import Callable
from pathlib import Path

import pytest
from failing_disk import FILE, set_disk, show, survives_beside

import mmio

PLACE = 1 << 20
"""Where the tests write."""

ALL_KINDS = pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])


def code_of_refusal(call: Callable[[], object]) -> int:
    """Return what the system says when a device that fails is asked to write."""
    with pytest.raises(mmio.Error) as raised:
        call()
    assert raised.value.status in (mmio.Status.IO, mmio.Status.NO_SPACE)
    assert raised.value.errno
    return raised.value.errno


def lose(lossy: mmio.Map) -> int:
    """Write a byte that the device does not take. The first flush tells it as it is."""
    lossy.write(PLACE, b"y")
    set_disk("fail")
    return code_of_refusal(lossy.flush)


def check_lost(code: int, call: Callable[[], object]) -> None:
    with pytest.raises(mmio.LostError) as raised:
        call()
    assert (raised.value.status, raised.value.errno) == (mmio.Status.LOST, code)


def check_every_call_tells(lossy: mmio.Map, code: int) -> None:
    for level in ("data", "start", "full"):
        check_lost(code, lambda: lossy.flush(level))  # noqa: B023
        check_lost(code, lambda: lossy.flush_range(10, 10, level))  # noqa: B023
    lossy.set_policy("always")
    check_lost(code, lambda: lossy.write(0, b"a"))
    lossy.set_policy("manual")
    check_lost(code, lossy.detach)
    assert lossy.info().lost_code == code


def rewrite(_path: str) -> None:
    with mmio.open(FILE, "rw") as map:
        code = lose(map)
        check_every_call_tells(map, code)
        code_of_refusal(map.rewrite_lost)
        set_disk("heal")
        check_every_call_tells(map, code)
        assert show(PLACE, 1) == b"\0"
        map.rewrite_lost("full")
        assert show(PLACE, 1) == b"y"
        map.flush()
        map.flush_range(10, 10)
        assert map.info().lost_code == 0


@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_a_loss_is_told_until_the_bytes_are_written_anew(path: Path, kind: str) -> None:
    survives_beside(kind, rewrite, path)


def acknowledge(_path: str) -> None:
    with mmio.open(FILE, "rw") as map, mmio.open(FILE, "rw") as other:
        code = lose(map)
        set_disk("heal")
        with mmio.open(FILE, "rw") as later:
            for each in (map, other, later):
                check_every_call_tells(each, code)
                each.acknowledge_loss()
                assert each.info().lost_code == 0


@ALL_KINDS
def test_each_map_tells_of_a_loss_until_it_is_acknowledged(path: Path, kind: str) -> None:
    survives_beside(kind, acknowledge, path)


def close(_path: str) -> None:
    map, other = mmio.open(FILE, "rw"), mmio.open(FILE, "rw")
    code = lose(map)
    check_lost(code, map.close)
    assert map.closed
    map.close()
    check_lost(code, lambda: leave_block(other))
    assert other.closed


def leave_block(lossy: mmio.Map) -> None:
    with lossy:
        pass


@ALL_KINDS
def test_closing_and_the_end_of_a_with_block_tell_of_a_loss(path: Path, kind: str) -> None:
    survives_beside(kind, close, path)


def test_beginning_to_write_makes_no_loss_good(rw: mmio.Map) -> None:
    with pytest.raises(mmio.InvalidError):
        rw.rewrite_lost("start")
    rw.rewrite_lost()
    rw.acknowledge_loss()
