# SPDX-License-Identifier: Apache-2.0
"""The numbers of libmmio by name."""

import enum

from . import _mmio


class Status(enum.IntEnum):
    """Outcome of a call, as in :attr:`Error.status`."""

    OK = _mmio.OK
    INVALID = _mmio.ERR_INVALID
    CLOSED = _mmio.ERR_CLOSED
    RANGE = _mmio.ERR_RANGE
    MODE = _mmio.ERR_MODE
    ALIGN = _mmio.ERR_ALIGN
    TOO_LARGE = _mmio.ERR_TOO_LARGE
    NOT_FOUND = _mmio.ERR_NOT_FOUND
    EXISTS = _mmio.ERR_EXISTS
    ACCESS = _mmio.ERR_ACCESS
    NOT_FILE = _mmio.ERR_NOT_FILE
    NO_SPACE = _mmio.ERR_NO_SPACE
    NO_MEMORY = _mmio.ERR_NO_MEMORY
    LIMIT = _mmio.ERR_LIMIT
    BUSY = _mmio.ERR_BUSY
    TIMEOUT = _mmio.ERR_TIMEOUT
    DEADLOCK = _mmio.ERR_DEADLOCK
    IO = _mmio.ERR_IO
    UNSUPPORTED = _mmio.ERR_UNSUPPORTED
    FAULT = _mmio.ERR_FAULT
    CANCELLED = _mmio.ERR_CANCELLED
    FORKED = _mmio.ERR_FORKED
    LOST = _mmio.ERR_LOST


class Mode(enum.IntEnum):
    """What may be done with a map, and who sees it."""

    DEFAULT = _mmio.MODE_DEFAULT
    """RO for an existing file, RW for all else."""
    RO = _mmio.MODE_RO
    """Shared, for reading."""
    RW = _mmio.MODE_RW
    """Shared, for reading and writing."""
    COW = _mmio.MODE_COW
    """Private, for reading."""
    COW_RW = _mmio.MODE_COW_RW
    """Private, for reading and writing: what is written never reaches the file."""


class Disposition(enum.IntEnum):
    """What to do if the file exists, and if it does not."""

    OPEN = _mmio.DISPOSITION_OPEN
    """The file must exist."""
    CREATE = _mmio.DISPOSITION_CREATE
    """Create the file, or cut an existing one to length 0, and extend it to the size given."""
    CREATE_NEW = _mmio.DISPOSITION_CREATE_NEW
    """Create the file, which must not exist."""
    OPEN_OR_CREATE = _mmio.DISPOSITION_OPEN_OR_CREATE
    """Keep an existing file; create or extend it to the size given if missing or empty."""


class OpenFlag(enum.IntFlag):
    """Flags for opening."""

    ALLOCATE = _mmio.OPEN_ALLOCATE
    """Reserve real disk blocks at creation and at growth."""
    NOFOLLOW = _mmio.OPEN_NOFOLLOW
    """Refuse a path whose last component is a symbolic link."""
    BENEATH = _mmio.OPEN_BENEATH
    """Refuse a path that leads out of the current directory."""
    HUGE_PAGES = _mmio.OPEN_HUGE_PAGES
    """Use huge pages if the system has them to give, and never fail because it has not."""
    LOCAL = _mmio.OPEN_LOCAL
    """Refuse a file on a network file system."""
    DEFER = _mmio.OPEN_DEFER
    """Map the file when more than a few short reads want it. Mode.RO only."""


class Touch(enum.IntEnum):
    """Whether pages are read in while opening."""

    NEVER = _mmio.TOUCH_NEVER
    """Pages are read in when first used."""
    EAGER = _mmio.TOUCH_EAGER
    """All pages are read in at once."""
    LAZY = _mmio.TOUCH_LAZY
    """The same as NEVER."""


class OnFault(enum.IntEnum):
    """What becomes of faults in views, whose bytes are gone, under :attr:`FaultGuard.SIGNAL`."""

    DEFAULT = _mmio.ON_FAULT_DEFAULT
    """ABSORB for the modes RO and COW, else NEVER."""
    ABSORB = _mmio.ON_FAULT_ABSORB
    """Zeros take the place of the bytes. Stores to them are lost: flushing and closing tell."""
    NEVER = _mmio.ON_FAULT_NEVER
    """They are left to whoever handles them without the guard."""


class FaultGuard(enum.IntEnum):
    """How the process is guarded against faults; see :func:`set_fault_guard`."""

    OFF = _mmio.GUARD_OFF
    """Not at all: a fault ends the process."""
    SIGNAL = _mmio.GUARD_SIGNAL
    """By a signal handler. What importing the package chooses."""
    SYSCALL = _mmio.GUARD_SYSCALL
    """Without one: copies go by system calls, which is slower, and views are not guarded."""


class FaultCause(enum.IntEnum):
    """Why bytes are gone, as in :attr:`FaultError.cause`."""

    UNKNOWN = _mmio.CAUSE_UNKNOWN
    """Nothing is wrong with the file any more, or the system does not say."""
    TRUNCATED = _mmio.CAUSE_TRUNCATED
    """The file was cut; the error's limit is what is left of the map."""
    IO = _mmio.CAUSE_IO
    """The device fails; the error's errno is what it answers to reading."""
    NO_SPACE = _mmio.CAUSE_NO_SPACE
    """There is no room for bytes that have had no place on the disk so far."""
    READ_ONLY = _mmio.CAUSE_READ_ONLY
    """The file was made immutable."""


class FlushLevel(enum.IntEnum):
    """How durable flushed bytes are."""

    DATA = _mmio.FLUSH_DATA
    """The bytes, and what is needed to read them back, are on the device."""
    START = _mmio.FLUSH_START
    """Writing back has begun; nothing is promised."""
    FULL = _mmio.FLUSH_FULL
    """As DATA, with all metadata and through the device's own cache."""
    NONE = _mmio.FLUSH_NONE
    """Not at all. Not for maps, which are flushed or not by calling flush."""


class FlushPolicy(enum.IntEnum):
    """When a map flushes by itself; see :meth:`Map.set_policy`."""

    MANUAL = _mmio.POLICY_MANUAL
    """Never: only calls of flush do."""
    ALWAYS = _mmio.POLICY_ALWAYS
    """Each write flushes before it returns."""
    EVERY_BYTES = _mmio.POLICY_EVERY_BYTES
    """The write that makes it so many bytes since the last flush flushes."""
    EVERY_WRITES = _mmio.POLICY_EVERY_WRITES
    """The write that makes it so many writes since the last flush flushes."""
    EVERY_MILLIS = _mmio.POLICY_EVERY_MILLIS
    """A thread of the library flushes so many milliseconds after something became pending."""


class Kind(enum.IntEnum):
    """What stands behind a map."""

    FILE = _mmio.KIND_FILE
    ANONYMOUS = _mmio.KIND_ANONYMOUS
    SHARED = _mmio.KIND_SHARED
    """Memory that other processes can map too."""


class Feature(enum.IntEnum):
    """What a system may be able to do; ask with :func:`has`."""

    GROW_IN_PLACE = _mmio.FEATURE_GROW_IN_PLACE
    """Growing inside the reservation keeps the base address and waits for nobody."""
    CHEAP_PINS = _mmio.FEATURE_CHEAP_PINS
    """Views cost plain stores."""
    DURABLE_FLUSH = _mmio.FEATURE_DURABLE_FLUSH
    """FlushLevel.DATA survives power loss."""
    OPEN_BENEATH = _mmio.FEATURE_OPEN_BENEATH
    """OpenFlag.BENEATH works."""
    SEALS = _mmio.FEATURE_SEALS
    """Shared memory can be sealed."""
    RANGE_LOCKS = _mmio.FEATURE_RANGE_LOCKS
    """Ranges of files can be locked."""
    WAIT = _mmio.FEATURE_WAIT
    """Cells can be waited for, across processes."""
    HUGE_PAGES = _mmio.FEATURE_HUGE_PAGES
    """The system has huge pages, so that OpenFlag.HUGE_PAGES can have an effect."""
    PRESSURE = _mmio.FEATURE_PRESSURE
    """Memory pressure can be waited for."""
    DIRTY_PAGES = _mmio.FEATURE_DIRTY_PAGES
    """Dirty pages are told from clean ones."""
    POPULATE = _mmio.FEATURE_POPULATE
    """Pages are read in by one call, and a fault is an error."""
    WATCH = _mmio.FEATURE_WATCH
    """Files can be watched."""


def number_of(kind: type[enum.IntEnum], value: int | str) -> int:
    """Return the number of an option given as member, as number or as lower-case name.

    Numbers pass as they are: the library itself refuses those it does not know.
    """
    if not isinstance(value, str):
        return value
    for member in kind:
        if member.name.lower() == value:
            return member
    names = ", ".join(member.name.lower() for member in kind)
    raise ValueError(f"{kind.__name__} is one of {names}, not {value!r}")
