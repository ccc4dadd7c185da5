# SPDX-License-Identifier: Apache-2.0
"""Maps."""

from __future__ import annotations

import contextlib
import math
import os
from typing import TYPE_CHECKING, NamedTuple

from . import _mmio
from ._atomic import Atomic
from ._errors import ClosedError, Error
from ._options import (
    Disposition,
    FlushLevel,
    FlushPolicy,
    Kind,
    Mode,
    OnFault,
    OpenFlag,
    Touch,
    number_of,
)

if TYPE_CHECKING:
    from types import TracebackType

    from _typeshed import ReadableBuffer, StrOrBytesPath, WriteableBuffer
    from typing_extensions import Self


class Info(NamedTuple):
    """What is known about a map; see :meth:`Map.info`."""

    kind: Kind
    mode: Mode
    size: int
    """Present size in bytes."""
    reserve: int
    """Address space set aside in bytes: up to here growth does not move the map."""
    pending: int
    """As :attr:`Map.pending`."""
    fd: int
    """File descriptor, still the map's."""
    views: int
    """Live views and walks, and copies under way."""
    holders: int
    """Users of the map's handle: this object, so 1."""
    faults: int
    """Times that zeros took the place of bytes; see :class:`OnFault`."""
    lost_code: int
    """The system's code of a loss that :meth:`Map.flush` tells of; 0 if there is none."""


class Map:
    """A mapped file, or mapped memory without a file.

    Offsets and sizes are bytes. A range of size 0 is accepted at any offset; any other must lie
    within the map, or the call raises :class:`RangeError`. Any thread may call anything at the same
    time. Every failure of the library is an :class:`Error`; after :meth:`close` all methods but
    ``close()`` itself raise :class:`ClosedError`.

    A map is closed at the end of its ``with`` block, by :meth:`close`, or when nothing refers to it
    any more. Its views may outlive it.
    """

    __slots__ = ("__weakref__", "_handle", "_mode", "_path", "_write")

    def __init__(self, handle: _mmio.Map) -> None:
        """Use :meth:`open`, :meth:`anonymous` or :meth:`from_fd` instead."""
        self._handle = handle
        self._mode = Mode(handle.mode())
        self._path = os.fsdecode(handle.path())
        self._write = handle.write_within

    @classmethod
    def open(
        cls,
        path: StrOrBytesPath,
        mode: Mode | int | str = Mode.DEFAULT,
        *,
        disposition: Disposition | int | str = Disposition.OPEN,
        size: int = 0,
        flags: OpenFlag | int = 0,
        reserve: int = 0,
        permissions: int = 0,
        touch: Touch | int | str = Touch.NEVER,
        on_fault: OnFault | int | str = OnFault.DEFAULT,
    ) -> Self:
        """Map a file.

        ``mode``, ``disposition``, ``touch`` and ``on_fault`` are members of their enumerations,
        their numbers or their names in lower case: ``mmio.open("log", "rw", touch="eager")``.

        :param mode: "ro", "rw", "cow" or "cow_rw"; by default "ro" for an existing file, else "rw".
        :param size: Size of a created file, at least 1.
        :param reserve: Address space for growth; 0 lets the library choose.
        :param permissions: Permission bits of a created file, less the umask; 0 stands for 0o600.
        :raises NotFoundError: No such file or parent directory.
        :raises ExistsError: "create_new", and the file exists.
        :raises AccessError: The system denies access, or a link was refused.
        :raises InvalidError: Creating with another mode than "rw" or without a size; opening an
            empty file other than "ro".
        :raises Error: Not a regular file, no space, too many open files, ...
        """
        options = _open_options(
            mode=number_of(Mode, mode),
            disposition=number_of(Disposition, disposition),
            size=size,
            flags=flags,
            reserve=reserve,
            permissions=permissions,
            touch=number_of(Touch, touch),
            on_fault=number_of(OnFault, on_fault),
        )
        try:
            return cls(_mmio.Map.open(os.fsencode(path), options))
        except Error as error:
            error.filename = path
            raise

    @classmethod
    def anonymous(
        cls,
        size: int,
        mode: Mode | int | str = Mode.DEFAULT,
        *,
        reserve: int = 0,
        touch: Touch | int | str = Touch.NEVER,
    ) -> Self:
        """Map zeroed memory that no file stands behind; children made by fork() share it."""
        options = _open_options(
            mode=number_of(Mode, mode), reserve=reserve, touch=number_of(Touch, touch)
        )
        return cls(_mmio.Map.anonymous(size, options))

    @classmethod
    def from_fd(
        cls,
        fd: int,
        mode: Mode | int | str = Mode.DEFAULT,
        *,
        label: StrOrBytesPath = "",
        disposition: Disposition | int | str = Disposition.OPEN,
        size: int = 0,
        flags: OpenFlag | int = 0,
        reserve: int = 0,
        touch: Touch | int | str = Touch.NEVER,
        on_fault: OnFault | int | str = OnFault.DEFAULT,
    ) -> Self:
        """Map an open file, and own its descriptor from then on.

        On failure the descriptor stays the caller's.

        :param label: Stands for the path in messages and :attr:`path`.
        :param disposition: "open", or "open_or_create" to extend an empty file to ``size``.
        :raises ModeError: The descriptor is not open for what the mode needs.
        """
        options = _open_options(
            mode=number_of(Mode, mode),
            disposition=number_of(Disposition, disposition),
            size=size,
            flags=flags,
            reserve=reserve,
            touch=number_of(Touch, touch),
            on_fault=number_of(OnFault, on_fault),
        )
        return cls(_mmio.Map.from_handle(fd, os.fsencode(label), options))

    # Ending

    def close(self) -> None:
        """Close the file, and unmap it as soon as its last view is gone. Flushes nothing.

        May be called again, and never fails because of views.

        :raises LostError: The device did not take what was written. The map is closed all the same.
        :raises FaultError: Stores through views were lost to a fault. The map is closed all the
            same.
        """
        with contextlib.suppress(ClosedError):
            self._handle.shutdown()

    def detach(self) -> int:
        """Close the map and return its file descriptor, which the caller then owns.

        :raises BusyError: A view of the map lives, or another thread is copying.
        :raises LostError: The device did not take what was written.
        :raises ModeError: The map is anonymous.
        """
        return self._handle.into_handle()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Looking

    @property
    def path(self) -> str:
        """Path or label the map was opened with, decoded as by os.fsdecode(); "" if anonymous."""
        return self._path

    @property
    def mode(self) -> Mode:
        """Mode of the map, never DEFAULT."""
        return self._mode

    @property
    def closed(self) -> bool:
        """True after close() or detach()."""
        try:
            self._handle.inspect()
        except ClosedError:
            return True
        return False

    @property
    def size(self) -> int:
        """Present size; another thread may change it at once."""
        # 0 is an empty file or a closed map, and inspect() tells which.
        return self._handle.size() or self._handle.inspect().size

    @property
    def pending(self) -> int:
        """Bytes recorded as written since the last whole flush; always 0 unless mode is RW."""
        return self._handle.pending() or self._handle.inspect().pending

    def info(self) -> Info:
        """Return all that is known about the map."""
        info = self._handle.inspect()
        return Info(
            kind=Kind(info.kind),
            mode=Mode(info.mode),
            size=info.size,
            reserve=info.reserve,
            pending=info.pending,
            fd=info.handle,
            views=info.views,
            holders=info.holders,
            faults=info.faults,
            lost_code=info.lost_code,
        )

    def fileno(self) -> int:
        """Return the file descriptor, which stays the map's."""
        return self._handle.inspect().handle

    def address(self, *, writable: bool = False) -> int:
        """Return the map's base address, for ctypes and the like; 0 for an empty map.

        It pins nothing: it is good only until the map is resized or closed by anybody. Asked for
        ``writable``, the whole size becomes pending. Prefer views.
        """
        return self._handle.address_mut() if writable else self._handle.address()

    def __len__(self) -> int:
        return self.size

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{self._handle.size()} bytes"
        return f"<mmio.Map {self._path!r} {self._mode.name.lower()} {state}>"

    # Bytes without copying

    def view(
        self, offset: int = 0, size: int | None = None, *, writable: bool = False
    ) -> _mmio.View:
        """Borrow bytes without copying; by default all of them up to the map's end.

        Views exclude nobody: other views, writes, growth and flushes go on beside them, and what
        these change shows. Only shrinking below a view's end must wait.

        :raises ModeError: ``writable``, and the map's mode is RO or COW.
        """
        if size is None:
            size = max(self.size - offset, 0)
        return self._handle.view(offset, size, _view_flags(writable))

    def chunks(self, size: int, *, writable: bool = False) -> _mmio.Walk:
        """Iterate over the map, as long as it is now, in memoryviews of ``size`` bytes.

        The last chunk may be shorter. The whole map is borrowed until the iterator and all of its
        chunks are gone.

        :raises ModeError: ``writable``, and the map's mode is RO or COW.
        """
        return self._handle.walk(size, _view_flags(writable))

    def cells(self, offset: int, count: int, bits: int = 64) -> _mmio.View:
        """Borrow a run of 32-bit or 64-bit cells for writing, on a writable map.

        ``memoryview(map.cells(0, 8)).cast("Q")`` is a sequence of numbers.

        :raises ModeError: The map's mode is RO or COW.
        :raises AlignError: The offset is not a multiple of the cell's size.
        """
        # The library refuses cells of no bytes, and so all other widths.
        return self._handle.cells(offset, count, {32: 4, 64: 8}.get(bits, 0))

    def atomic(self, offset: int, bits: int = 64) -> Atomic:
        """Return the 32-bit or 64-bit cell at an offset."""
        return Atomic(self._handle, offset, bits)

    # Copying

    def read(self, offset: int, size: int, timeout: float | None = None) -> bytes:
        """Copy bytes out. Never sees half of a :meth:`write` of this process.

        :param timeout: Seconds to wait for a write under way; None for no limit.
        :raises BusyError: ``timeout`` is 0, and a write is in the way.
        :raises TimeoutError: A write was still in the way after ``timeout``.
        """
        return self._handle.read_bytes(offset, size, _milliseconds(timeout))

    def readinto(self, offset: int, buffer: WriteableBuffer, timeout: float | None = None) -> None:
        """Fill a buffer, which must not be in the map's own memory; as :meth:`read` besides."""
        self._handle.read_within(offset, buffer, _milliseconds(timeout))

    def write(self, offset: int, data: ReadableBuffer, timeout: float | None = None) -> None:
        """Copy bytes in, from outside the map's own memory.

        :param timeout: Seconds to wait for a copy under way; None for no limit.
        :raises ModeError: The map's mode is RO or COW.
        :raises BusyError: ``timeout`` is 0, and a copy is in the way.
        :raises TimeoutError: A copy was still in the way after ``timeout``.
        """
        self._write(offset, data, _milliseconds(timeout))

    # Changing and keeping the file

    def resize(self, size: int, timeout: float | None = None) -> None:
        """Change the length of the file and of the map.

        Growing never waits, and views keep their address and contents. Shrinking waits for views
        that reach beyond ``size``; a signal does not end that wait.

        :param timeout: Seconds that shrinking may wait; None for no limit.
        :raises ModeError: The map is neither RW nor anonymous and writable.
        :raises BusyError: ``timeout`` is 0, and a view is in the way.
        :raises TimeoutError: A view was still in the way after ``timeout``.
        :raises Error: The only views in the way are this thread's own, no space, ...
        """
        self._handle.resize(size, _milliseconds(timeout))

    def flush(self, level: FlushLevel | int | str = FlushLevel.DATA) -> None:
        """Make all that was written durable against power loss.

        A loss is remembered. A system reports a write-back that failed once and then takes the
        bytes for written. So after the first failure, an :class:`Error` of another status, every
        flush, every write under a policy, :meth:`detach` and :meth:`close` of every writable map of
        that file in this process raise :class:`LostError`, until, map by map,
        :meth:`rewrite_lost` succeeds or :meth:`acknowledge_loss` is called.

        :raises LostError: Writing back failed before.
        :raises Error: It failed now: Status.IO or Status.NO_SPACE.
        """
        self._handle.flush(number_of(FlushLevel, level))

    def flush_range(
        self, offset: int, size: int, level: FlushLevel | int | str = FlushLevel.DATA
    ) -> None:
        """Make a range durable, widened to whole pages."""
        self._handle.flush_range(offset, size, number_of(FlushLevel, level))

    def rewrite_lost(self, level: FlushLevel | int | str = FlushLevel.DATA) -> None:
        """Write again what may be lost, on a device that works again, and flush.

        Every page of the map that the system still has in memory is written back with what it holds
        now. Pages that the system has dropped since show what the device has: after a long time, or
        short of memory, look at the bytes or write them again first. After success the map has lost
        nothing any more, after a failure it still has. Does nothing if nothing is lost.

        :param level: "data" or "full".
        :raises LostError: There was another loss meanwhile.
        :raises FaultError: A page cannot be written: the file was cut, or the disk is full.
        :raises Error: As :meth:`flush`.
        """
        self._handle.rewrite_lost(number_of(FlushLevel, level))

    def acknowledge_loss(self) -> None:
        """Say that the program knows of a loss, if there is one, and sees to it by other means.

        Calls on the map succeed again, until the next loss. The bytes stay as they are: in memory,
        not on the device.
        """
        self._handle.acknowledge_loss()

    def set_policy(self, policy: FlushPolicy | int | str, amount: int = 0) -> None:
        """Have the map flush itself, at level DATA.

        A :meth:`write` whose flush fails raises, although its bytes are in the map. A flush by time
        that fails is a loss: see :meth:`flush`. What is stored through views and cells counts for
        "every_millis" only. Closing does not flush.

        :param policy: "manual", "always", "every_bytes", "every_writes" or "every_millis".
        :param amount: Bytes, writes or milliseconds; 0 of these stands for "manual".
        :raises InvalidError: The policy takes no amount.
        """
        self._handle.set_policy(number_of(FlushPolicy, policy), amount)
        # From now on even a short one may wait for the device.
        self._write = self._handle.write_flushing

    def check_faults(self) -> None:
        """Ask whether all bytes are there; it looks at the file's length only.

        :raises FaultError: A fault has made zeros of some, or the file is shorter than the map,
            as it can be without any fault by less than a page.
        """
        self._handle.check_faults()


def _open_options(**fields: int) -> _mmio.OpenOptions:
    options = _mmio.OpenOptions()
    for name, value in fields.items():
        setattr(options, name, value)
    return options


def _view_flags(writable: bool) -> int:
    return _mmio.VIEW_WRITE if writable else 0


def _milliseconds(timeout: float | None) -> int:
    if timeout is None:
        return -1
    if timeout < 0:
        raise ValueError("the timeout is negative")
    return math.ceil(timeout * 1000)
