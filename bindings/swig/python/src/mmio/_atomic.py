# SPDX-License-Identifier: Apache-2.0
"""Cells that threads, processes and languages share."""

from collections.abc import Callable
from typing import NamedTuple

from . import _mmio

_Update = Callable[[_mmio.Map, int, int], int]


class _Calls(NamedTuple):
    """The library's functions for cells of one width."""

    load: Callable[[_mmio.Map, int], int]
    store: Callable[[_mmio.Map, int, int], None]
    compare_exchange: Callable[[_mmio.Map, int, int, int], int]
    exchange: _Update
    add: _Update
    sub: _Update
    and_: _Update
    or_: _Update
    xor: _Update


def _calls_for(bits: int) -> _Calls:
    prefix = f"atomic_u{bits}_"
    return _Calls(*(getattr(_mmio.Map, prefix + name.rstrip("_")) for name in _Calls._fields))


_CALLS = {32: _calls_for(32), 64: _calls_for(64)}


class Atomic:
    """An unsigned cell of 32 or 64 bits in a map, in the machine's byte order.

    Made by :meth:`Map.atomic`. Every operation is sequentially consistent, and atomic towards all
    threads and processes that use the file. The cell holds no bytes: each operation checks the map.

    Every operation raises :class:`ModeError` if the map is not writable, :class:`AlignError` if
    the offset is not a multiple of the cell's size, and :class:`RangeError` beyond the map's end.
    """

    __slots__ = ("_calls", "_handle", "_offset")

    def __init__(self, handle: _mmio.Map, offset: int, bits: int) -> None:
        if bits not in _CALLS:
            raise ValueError(f"a cell has 32 or 64 bits, not {bits!r}")
        self._handle = handle
        self._offset = offset
        self._calls = _CALLS[bits]

    def load(self) -> int:
        """Return what the cell holds."""
        return self._calls.load(self._handle, self._offset)

    def store(self, value: int) -> None:
        """Set the cell."""
        self._calls.store(self._handle, self._offset, value)

    def exchange(self, value: int) -> int:
        """Set the cell and return what it held."""
        return self._calls.exchange(self._handle, self._offset, value)

    def compare_exchange(self, expected: int, desired: int) -> int:
        """Set the cell to ``desired`` if it holds ``expected``, and return what it held."""
        return self._calls.compare_exchange(self._handle, self._offset, expected, desired)

    def add(self, value: int) -> int:
        """Add, wrapping around, and return what the cell held."""
        return self._calls.add(self._handle, self._offset, value)

    def sub(self, value: int) -> int:
        """Subtract, wrapping around, and return what the cell held."""
        return self._calls.sub(self._handle, self._offset, value)

    def and_(self, value: int) -> int:
        """AND the cell with ``value`` and return what it held."""
        return self._calls.and_(self._handle, self._offset, value)

    def or_(self, value: int) -> int:
        """OR the cell with ``value`` and return what it held."""
        return self._calls.or_(self._handle, self._offset, value)

    def xor(self, value: int) -> int:
        """XOR the cell with ``value`` and return what it held."""
        return self._calls.xor(self._handle, self._offset, value)
