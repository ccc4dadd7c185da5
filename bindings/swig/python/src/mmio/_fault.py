# SPDX-License-Identifier: Apache-2.0
"""Bytes that vanish from under maps: the guard of the process, which importing this switches on."""

import contextlib
import os

from . import _mmio
from ._errors import UnsupportedError
from ._options import FaultGuard, number_of

_VARIABLE = "MMIO_FAULT_GUARD"


def fault_guard() -> FaultGuard:
    """Return the guard of the process."""
    return FaultGuard(_mmio.fault_guard_now())


def set_fault_guard(guard: FaultGuard | int | str) -> None:
    """Choose the guard of the process, by member of :class:`FaultGuard`, number or name.

    Views of maps that were opened under another guard than SIGNAL stay unguarded. Choosing SIGNAL
    again, as opening a map does, puts the library's handler back in front of one that came later.

    :raises UnsupportedError: FaultGuard.SIGNAL does not work on this processor.
    """
    _mmio.fault_guard(number_of(FaultGuard, guard))


def _guard_as_environment_says(name: str) -> None:
    names = [member.name.lower() for member in FaultGuard]
    if name not in names:
        raise ValueError(
            f"the environment variable {_VARIABLE} may be one of {', '.join(names)}, not {name!r}"
        )
    set_fault_guard(name)


def _guard_by_default() -> None:
    # Whoever has chosen before keeps that; and not every processor has this one.
    if fault_guard() == FaultGuard.OFF:
        with contextlib.suppress(UnsupportedError):
            set_fault_guard(FaultGuard.SIGNAL)


if _VARIABLE in os.environ:
    _guard_as_environment_says(os.environ[_VARIABLE])
else:
    _guard_by_default()
