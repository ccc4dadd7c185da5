# SPDX-License-Identifier: Apache-2.0
"""Memory-mapped files that behave the same in every language.

>>> import mmio
>>> with mmio.open("data", "rw", disposition="create", size=4096) as file:
...     file.write(0, b"hello")
...     with file.view(0, 5) as view:
...         print(bytes(view))
...     file.flush()
b'hello'
"""

from . import _mmio
from ._atomic import Atomic
from ._errors import (
    AccessError,
    AlignError,
    BusyError,
    ClosedError,
    Error,
    ExistsError,
    FaultError,
    InvalidError,
    LostError,
    ModeError,
    NoMemoryError,
    NotFoundError,
    RangeError,
    TimeoutError,
    TooLargeError,
    UnsupportedError,
)
from ._fault import fault_guard, set_fault_guard
from ._map import Info, Map
from ._mmio import View, Walk
from ._options import (
    Disposition,
    FaultCause,
    FaultGuard,
    Feature,
    FlushLevel,
    FlushPolicy,
    Kind,
    Mode,
    OnFault,
    OpenFlag,
    Status,
    Touch,
)

__all__ = [
    "AccessError",
    "AlignError",
    "Atomic",
    "BusyError",
    "ClosedError",
    "Disposition",
    "Error",
    "ExistsError",
    "FaultCause",
    "FaultError",
    "FaultGuard",
    "Feature",
    "FlushLevel",
    "FlushPolicy",
    "Info",
    "InvalidError",
    "Kind",
    "LostError",
    "Map",
    "Mode",
    "ModeError",
    "NoMemoryError",
    "NotFoundError",
    "OnFault",
    "OpenFlag",
    "RangeError",
    "Status",
    "TimeoutError",
    "TooLargeError",
    "Touch",
    "UnsupportedError",
    "View",
    "Walk",
    "fault_guard",
    "has",
    "library_version",
    "map_granularity",
    "max_size",
    "open",
    "page_size",
    "set_fault_guard",
    "status_name",
    "status_text",
]

__version__ = f"{_mmio.VERSION_MAJOR}.{_mmio.VERSION_MINOR}.{_mmio.VERSION_PATCH}"

open = Map.open


def has(feature: Feature | int) -> bool:
    """Return whether this build on this system has a feature; False for unknown ones."""
    return bool(_mmio.has(feature))


def library_version() -> str:
    """Return the version of the C library that is running, as "major.minor.patch"."""
    return _mmio.version_string()


def map_granularity() -> int:
    """Return what the system wants file offsets of mappings to be a multiple of."""
    return _mmio.map_granularity()


def max_size() -> int:
    """Return the largest size a map can be created with or resized to."""
    return _mmio.max_size()


def page_size() -> int:
    """Return the size of a memory page."""
    return _mmio.page_size()


def status_name(status: int) -> str | None:
    """Return a status's name in the C headers, ``MMIO_ERR_RANGE``; None for an unknown one."""
    return _mmio.status_name(status)


def status_text(status: int) -> str:
    """Return one English phrase for a status."""
    return _mmio.status_text(status)
