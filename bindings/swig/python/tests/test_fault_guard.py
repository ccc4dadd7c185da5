# SPDX-License-Identifier: Apache-2.0
"""The guard of the process, and faults that are not the library's."""

import faulthandler
import importlib
import mmap
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from faults import SIZE, Body, child, cut, dies, failure_of, make, survives

import mmio


def read_by_call(path: str) -> None:
    with mmio.open(path) as map:
        cut(path, 0)
        failure_of(lambda: map.read(0, 1))


def read_by_view(path: str) -> None:
    with mmio.open(path) as map, map.view() as view:
        cut(path, 0)
        assert bytes(view) == bytes(SIZE)


def expect_signal(path: str) -> None:
    assert mmio.fault_guard() is mmio.FaultGuard.SIGNAL


def test_importing_the_package_switches_the_guard_on(path: Path) -> None:
    survives(expect_signal, path)
    survives(expect_signal, path, MMIO_FAULT_GUARD="signal")


def test_the_environment_can_switch_the_guard_off(path: Path) -> None:
    dies(read_by_call, path, MMIO_FAULT_GUARD="off")
    dies(read_by_view, path, MMIO_FAULT_GUARD="off")


def test_the_environment_can_choose_system_calls(path: Path) -> None:
    survives(read_by_call, path, MMIO_FAULT_GUARD="syscall")
    dies(read_by_view, path, MMIO_FAULT_GUARD="syscall")


@pytest.mark.parametrize("name", ["on", "", "Off", "0"])
def test_an_environment_that_says_anything_else_is_told_so(path: Path, name: str) -> None:
    ended = child(expect_signal, path, {"MMIO_FAULT_GUARD": name})
    assert ended.returncode == 1
    assert ended.stderr.endswith(
        "ValueError: the environment variable MMIO_FAULT_GUARD may be one of off, signal, "
        f"syscall, not {name!r}\n"
    )


def choose(path: str) -> None:
    for guard in ("syscall", mmio.FaultGuard.SIGNAL, 0):
        mmio.set_fault_guard(guard)
        chosen = mmio.fault_guard()
        assert guard in (chosen, chosen.name.lower())
        importlib.reload(mmio)
        assert mmio.fault_guard() is chosen
    with pytest.raises(mmio.InvalidError):
        mmio.set_fault_guard(3)
    with pytest.raises(ValueError, match="FaultGuard is one of off, signal, syscall, not 'on'"):
        mmio.set_fault_guard("on")
    assert mmio.fault_guard() is mmio.FaultGuard.OFF
    read_by_call(path)


def test_the_program_can_choose_and_reloading_leaves_it_its_choice(path: Path) -> None:
    dies(choose, path)


def choose_before_import(path: str) -> None:
    mmio.set_fault_guard("syscall")
    importlib.reload(sys.modules["mmio._fault"])
    assert mmio.fault_guard() is mmio.FaultGuard.SYSCALL


def test_importing_the_package_leaves_a_guard_that_was_chosen_before(path: Path) -> None:
    survives(choose_before_import, path)


def read_in_child(path: str) -> None:
    with mmio.open(path) as map, map.view() as view:
        cut(path, 0)
        child = os.fork()
        if child == 0:
            bytes(view)
            failure_of(lambda: map.read(0, 1))
            os._exit(0)
        assert os.waitpid(child, 0) == (child, 0)
        assert map.info().faults == 0


def test_the_guard_holds_in_a_child(path: Path) -> None:
    survives(read_in_child, path)


# Faults that are not the library's.


def fault_elsewhere(path: str) -> None:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as other:
        cut(path, 0)
        other[0]


def fault_beside_maps(path: str) -> None:
    with mmio.open(path):
        fault_elsewhere(path)


@pytest.mark.parametrize("body", [fault_elsewhere, fault_beside_maps])
def test_a_fault_of_another_mapping_ends_the_process(path: Path, body: Body) -> None:
    assert dies(body, path) == ""


def enable_then_fault(path: str) -> None:
    faulthandler.enable()
    fault_elsewhere(path)


def enable_then_open_then_fault(path: str) -> None:
    faulthandler.enable()
    read_by_call(path)
    make(path)
    fault_beside_maps(path)


def check_traceback(text: str) -> None:
    assert text.count("Fatal Python error: Bus error") == 1
    assert text.count("in fault_elsewhere") == 1


@pytest.mark.parametrize("body", [fault_elsewhere, fault_beside_maps])
def test_faulthandler_enabled_before_the_import_prints_its_traceback(
    path: Path, body: Body
) -> None:
    check_traceback(dies(body, path, "-X", "faulthandler"))


@pytest.mark.parametrize("body", [enable_then_fault, enable_then_open_then_fault])
def test_faulthandler_enabled_after_the_import_prints_its_traceback(path: Path, body: Body) -> None:
    check_traceback(dies(body, path))
    check_traceback(dies(body, path, "-X", "faulthandler"))


def enable_around_opening(path: str) -> None:
    for _ in range(5):
        for use in (read_by_call, read_by_view):
            faulthandler.enable()
            make(path)
            use(path)
            faulthandler.disable()
            make(path)
            use(path)


def test_faulthandler_takes_no_faults_of_maps_opened_after_it(path: Path) -> None:
    survives(enable_around_opening, path)
    survives(enable_around_opening, path, PYTHONFAULTHANDLER="1")


def enable_after_opening(path: str) -> None:
    with mmio.open(path) as map:
        faulthandler.enable()
        mmio.set_fault_guard("signal")
        cut(path, 0)
        failure_of(lambda: map.read(0, 1))


def test_choosing_the_guard_again_puts_it_before_faulthandler(path: Path) -> None:
    survives(enable_after_opening, path)


def enable_twice_around_the_guard(path: str) -> None:
    faulthandler.enable()
    mmio.set_fault_guard("signal")
    faulthandler.disable()
    faulthandler.enable()
    fault_elsewhere(path)


def test_faulthandler_above_and_below_the_guard_ends_the_process(path: Path) -> None:
    assert "Fatal Python error: Bus error" in dies(enable_twice_around_the_guard, path)


def send_to_self(path: str) -> None:
    with mmio.open(path):
        os.kill(os.getpid(), signal.SIGBUS)


def test_a_signal_that_is_sent_ends_the_process(path: Path) -> None:
    assert dies(send_to_self, path) == ""


def send_to_handler(path: str) -> None:
    seen: list[int] = []

    def remember(number: int, frame: Any) -> None:
        seen.append(number)

    signal.signal(signal.SIGBUS, remember)
    read_by_call(path)
    make(path)
    read_by_view(path)
    assert seen == []
    signal.raise_signal(signal.SIGBUS)
    os.kill(os.getpid(), signal.SIGBUS)
    assert seen == [signal.SIGBUS, signal.SIGBUS]


def test_a_handler_of_the_program_gets_what_is_sent_and_no_fault_of_maps(path: Path) -> None:
    survives(send_to_handler, path)
