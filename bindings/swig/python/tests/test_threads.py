# SPDX-License-Identifier: Apache-2.0
"""Threads: who waits lets others run, and each view is given back once."""

import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from failing_disk import FILE, survives_beside

import mmio

PATIENCE = 60.0
"""Seconds until a wait that should end has failed."""


def wait_until_begun(resize: Future[None], held: mmio.Map) -> None:
    """Beside one view: a resize under way holds the map like a second one."""
    while held.info().views == 1:
        assert not resize.done()


def in_threads(count: int, work: Callable[[], None]) -> None:
    barrier = threading.Barrier(count)

    def run() -> None:
        barrier.wait(PATIENCE)
        work()

    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(run) for _ in range(count)]:
            future.result(PATIENCE)


def test_others_run_while_a_resize_waits_for_their_view(rw: mmio.Map) -> None:
    view = rw.view()
    with ThreadPoolExecutor(1) as pool:
        resize = pool.submit(rw.resize, 10, PATIENCE)
        wait_until_begun(resize, rw)
        view.release()
        resize.result(PATIENCE)
    assert rw.size == 10


def is_waiting(thread: threading.Thread) -> bool:
    """Whether a thread waits for a device, as far as one can tell who runs meanwhile."""
    try:
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] == "D"


def write_to_frozen_disk(_path: str) -> None:
    # When told to, or some time, if nobody else runs who could tell it.
    thaw = ["bash", "-c", "read -t 10; fsfreeze --unfreeze disk"]
    with mmio.open(FILE, "rw") as map:
        map.set_policy("always")
        subprocess.run(["fsfreeze", "--freeze", "disk"], check=True)
        thawing = subprocess.Popen(thaw, stdin=subprocess.PIPE)
        writer = threading.Thread(target=map.write, args=(0, b"y"))
        writer.start()
        while not is_waiting(writer):
            assert writer.is_alive()
        thawing.communicate(b"\n")
        assert thawing.returncode == 0
        writer.join()
        assert map.read(0, 1) == b"y"


def test_others_run_while_a_write_under_a_policy_waits_for_the_device(path: Path) -> None:
    survives_beside("ext4", write_to_frozen_disk, path)


def test_a_map_that_another_thread_uses_cannot_be_detached(rw: mmio.Map) -> None:
    view = rw.view(0, 100)
    with ThreadPoolExecutor(1) as pool:
        resize = pool.submit(rw.resize, 10, PATIENCE)
        wait_until_begun(resize, rw)
        with pytest.raises(mmio.BusyError):
            rw.detach()
        view.release()
        resize.result(PATIENCE)
    os.close(rw.detach())


def test_closing_wakes_a_waiting_resize(rw: mmio.Map) -> None:
    with rw.view(), ThreadPoolExecutor(1) as pool:
        resize = pool.submit(rw.resize, 10, PATIENCE)
        wait_until_begun(resize, rw)
        rw.close()
        with pytest.raises(mmio.ClosedError):
            resize.result(PATIENCE)


def test_a_view_released_by_many_threads_is_given_back_once(rw: mmio.Map) -> None:
    for _ in range(200):
        view = rw.view(0, 8, writable=True)
        in_threads(2, view.release)
    assert (rw.pending, rw.info().views) == (200 * 8, 0)


def test_a_view_may_be_released_by_another_thread_than_made_it(rw: mmio.Map) -> None:
    view = rw.view()
    in_threads(1, view.release)
    assert rw.info().views == 0


def test_a_map_closed_under_readers_answers_closed(rw: mmio.Map) -> None:
    started = threading.Semaphore(0)

    def read_until_closed() -> None:
        started.release()
        try:
            while True:
                assert rw.read(0, 256)[255] == 255
        except mmio.ClosedError:
            assert rw.closed

    def close_when_started() -> None:
        for _ in range(3):
            assert started.acquire(timeout=PATIENCE)
        rw.close()

    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(read_until_closed) for _ in range(3)]
        work.append(pool.submit(close_when_started))
        for future in work:
            future.result(PATIENCE)


def test_a_read_never_sees_half_of_a_write_by_another_thread() -> None:
    size = 1 << 20
    with mmio.Map.anonymous(size) as map:

        def write() -> None:
            for number in range(50):
                map.write(0, bytes([number]) * size)

        def read() -> None:
            for _ in range(50):
                data = map.read(0, size)
                assert data == data[:1] * size

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(write), pool.submit(read)]:
                future.result(PATIENCE)


@pytest.mark.parametrize(("timeout", "refusal"), [(0, mmio.BusyError), (0.001, mmio.TimeoutError)])
def test_a_copy_beside_a_write_gives_up_when_told_to(
    timeout: float, refusal: type[mmio.Error]
) -> None:
    size = 64 << 20
    is_over = threading.Event()
    with mmio.Map.anonymous(size) as map, ThreadPoolExecutor(1) as pool:

        def write() -> None:
            data = bytes(size)
            while not is_over.is_set():
                map.write(0, data)

        def is_refused(copy: Callable[[], object]) -> bool:
            try:
                copy()
            except refusal:
                return True
            return False

        def copy_until_refused(copy: Callable[[], object]) -> None:
            while not is_refused(copy):
                pass

        writer = pool.submit(write)
        try:
            copy_until_refused(lambda: map.read(size - 1, 1, timeout))
            copy_until_refused(lambda: map.readinto(size - 1, bytearray(1), timeout))
            copy_until_refused(lambda: map.write(size - 1, b"1", timeout))
        finally:
            is_over.set()
            writer.result(PATIENCE)


def test_adding_from_many_threads_loses_nothing(rw: mmio.Map) -> None:
    rw.write(0, bytes(8))
    cell = rw.atomic(0)

    def add() -> None:
        for _ in range(1000):
            cell.add(1)

    in_threads(4, add)
    assert cell.load() == 4000
