# SPDX-License-Identifier: Apache-2.0
"""Exceptions: each is an :class:`Error`, and also what Python calls such a failure."""

import builtins
import io

from . import _mmio
from ._options import FaultCause, Status


class Error(OSError):
    """A call of the library failed.

    ``errno`` is the system's code, or None if no system call failed. ``strerror`` is the library's
    message, which names operation, path and numbers. ``filename`` is set when opening failed.
    Statuses without a class of their own raise this one.
    """

    status: int = Status.IO
    """Why, as one of :class:`Status`, or a number that only a later library knows."""
    offset: int = 0
    """Offset asked for, in bytes; 0 where it means nothing, as size and limit."""
    size: int = 0
    """Size asked for, in bytes."""
    limit: int = 0
    """The bound that was missed: map size, alignment or largest size."""

    @property
    def status_name(self) -> str | None:
        """Name of the status in the C headers, ``MMIO_ERR_RANGE``; None for an unknown one."""
        return _mmio.status_name(self.status)

    @property
    def is_retryable(self) -> bool:
        """True if the same call may succeed later without any other change."""
        return bool(_mmio.status_is_retryable(self.status))

    def __str__(self) -> str:
        return str(self.strerror)


class InvalidError(Error, ValueError):
    """An argument is wrong: an unknown flag or option, or a wrong combination."""


class ClosedError(Error, ValueError):
    """The map was closed, or the view released."""


class RangeError(Error, IndexError):
    """The bytes asked for do not lie within the map's present size."""


class ModeError(Error, io.UnsupportedOperation):
    """The map's mode does not allow this."""


class AlignError(Error, ValueError):
    """The offset is not a multiple of the required alignment."""


class TooLargeError(Error, OverflowError):
    """The size is above :func:`max_size`."""


class NotFoundError(Error, FileNotFoundError):
    """No such file, or no such parent directory."""


class ExistsError(Error, FileExistsError):
    """The file exists already."""


class AccessError(Error, PermissionError):
    """The system denies access."""


class NoMemoryError(Error, MemoryError):
    """The system has no memory or address space left."""


class BusyError(Error, BufferError):
    """Somebody else is in the way, and the call was asked not to wait."""


class TimeoutError(Error, builtins.TimeoutError):
    """Somebody else was in the way until the time-out."""


class UnsupportedError(Error, NotImplementedError):
    """This build or this system cannot do it."""


class FaultError(Error):
    """Bytes are gone from under the map: the file was cut, the disk is full, the device fails.

    ``offset`` is that of the first byte that is gone. Bytes that are there can be used as before,
    unless a fault in a view has made zeros of others: then every call on the map raises this.
    """

    done: int = 0
    """Bytes that were copied before the fault."""
    cause: FaultCause = FaultCause.UNKNOWN
    """Why the bytes are gone, as far as the file tells."""


class LostError(Error):
    """Written bytes did not reach the device, and nobody saw to them since.

    ``errno`` is what the system said when it failed to write them back. Raised until
    :meth:`Map.rewrite_lost` succeeds or :meth:`Map.acknowledge_loss` is called.
    """


_CLASSES: dict[int, type[Error]] = {
    Status.INVALID: InvalidError,
    Status.CLOSED: ClosedError,
    Status.RANGE: RangeError,
    Status.MODE: ModeError,
    Status.ALIGN: AlignError,
    Status.TOO_LARGE: TooLargeError,
    Status.NOT_FOUND: NotFoundError,
    Status.EXISTS: ExistsError,
    Status.ACCESS: AccessError,
    Status.NO_MEMORY: NoMemoryError,
    Status.BUSY: BusyError,
    Status.TIMEOUT: TimeoutError,
    Status.UNSUPPORTED: UnsupportedError,
    Status.FAULT: FaultError,
    Status.LOST: LostError,
}


def from_record(
    status: int,
    os_code: int,
    offset: int,
    size: int,
    limit: int,
    done: int,
    cause: int,
    message: str,
) -> Error:
    """Make the exception for an error record; called by the extension module."""
    error = _CLASSES.get(status, Error)(os_code or None, message)
    error.status = status
    error.offset = offset
    error.size = size
    error.limit = limit
    if isinstance(error, FaultError):
        error.done = done
        # A later library may know more of them.
        is_known = cause in FaultCause.__members__.values()
        error.cause = FaultCause(cause) if is_known else FaultCause.UNKNOWN
    return error
