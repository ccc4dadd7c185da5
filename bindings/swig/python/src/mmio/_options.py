# SPDX-License-Identifier: Apache-2.0
"""The numbers of libmmio by name."""

import enum

from . import _mmio


class Status(enum.IntEnum):
    """Outcome of a call, as in :attr:`Error.status`."""

    OK = _mmio.OK
    # [[[cog tables.python("MMIO_ERR_") ]]]
    INVALID = _mmio.ERR_INVALID
    """An argument is wrong: NULL, unknown flag bit, bad option struct, wrong combination."""
    CLOSED = _mmio.ERR_CLOSED
    """The map was shut down, or the object closed, be it while the call waited."""
    RANGE = _mmio.ERR_RANGE
    """offset + size overflows or exceeds the present size of the map or file."""
    MODE = _mmio.ERR_MODE
    """The map's mode does not allow this: a write to a read-only map, a resize of a private one."""
    ALIGN = _mmio.ERR_ALIGN
    """The offset is not a multiple of the required alignment."""
    TOO_LARGE = _mmio.ERR_TOO_LARGE
    """The size is above :func:`max_size`, or more than this system can address."""
    NOT_FOUND = _mmio.ERR_NOT_FOUND
    """No such file, or no such parent directory."""
    EXISTS = _mmio.ERR_EXISTS
    """The file exists already."""
    ACCESS = _mmio.ERR_ACCESS
    """The system denies access: permissions, a read-only file system, a refused symbolic link."""
    NOT_FILE = _mmio.ERR_NOT_FILE
    """A directory, FIFO, socket or device where a regular file is needed."""
    NO_SPACE = _mmio.ERR_NO_SPACE
    """The file system, a quota or the file-size limit of the process is exhausted."""
    NO_MEMORY = _mmio.ERR_NO_MEMORY
    """The system has no memory or address space left."""
    LIMIT = _mmio.ERR_LIMIT
    """A limit of the process or system on descriptors, mappings or watches is reached."""
    BUSY = _mmio.ERR_BUSY
    """Somebody else is in the way, and the call was asked not to wait. Trying again may succeed."""
    TIMEOUT = _mmio.ERR_TIMEOUT
    """Somebody else was in the way until the time-out. Trying again may succeed."""
    DEADLOCK = _mmio.ERR_DEADLOCK
    """Waiting would never end: only the calling thread itself is in the way."""
    IO = _mmio.ERR_IO
    """The system or the device reports an error that no other status names."""
    UNSUPPORTED = _mmio.ERR_UNSUPPORTED
    """This build or this system cannot do it."""
    FAULT = _mmio.ERR_FAULT
    """Bytes are gone from under the map: its file was cut, or the device fails."""
    CANCELLED = _mmio.ERR_CANCELLED
    """The caller asked to stop: by the answer of its own function, by cancelling, by closing."""
    FORKED = _mmio.ERR_FORKED
    """The object was made before fork(), and what it needs stayed with the parent process."""
    LOST = _mmio.ERR_LOST
    """Written bytes did not reach the device, and nobody saw to them since. See
    :meth:`Map.flush`."""
    # [[[end]]]


class Mode(enum.IntEnum):
    """What may be done with a map, and who sees it."""

    # [[[cog tables.python("MMIO_MODE_") ]]]
    DEFAULT = _mmio.MODE_DEFAULT
    """RO for Disposition.OPEN of a file, RW for all else."""
    RO = _mmio.MODE_RO
    """Shared, for reading."""
    RW = _mmio.MODE_RW
    """Shared, for reading and writing: every write is at once visible to all users of the file."""
    COW = _mmio.MODE_COW
    """Private, for reading. Needs read permission only, as does COW_RW."""
    COW_RW = _mmio.MODE_COW_RW
    """Private, for reading and writing: what is written stays in this map and never reaches the
    file."""
    # [[[end]]]


class Disposition(enum.IntEnum):
    """What to do if the file exists, and if it does not."""

    # [[[cog tables.python("MMIO_DISPOSITION_") ]]]
    OPEN = _mmio.DISPOSITION_OPEN
    """The file must exist."""
    CREATE = _mmio.DISPOSITION_CREATE
    """Create the file, or cut an existing one to length 0; then extend it to the size given."""
    CREATE_NEW = _mmio.DISPOSITION_CREATE_NEW
    """Create the file; it must not exist. Of racing creators exactly one wins."""
    OPEN_OR_CREATE = _mmio.DISPOSITION_OPEN_OR_CREATE
    """Open the file and keep its contents; create or extend it to the size given only if it is
    missing or empty."""
    # [[[end]]]


class OpenFlag(enum.IntFlag):
    """Flags for opening."""

    # [[[cog tables.python("MMIO_OPEN_") ]]]
    ALLOCATE = _mmio.OPEN_ALLOCATE
    """Reserve real disk blocks at creation and at growth, so that a full disk is Status.NO_SPACE
    then and not a fault later. Without it new files are sparse. Status.UNSUPPORTED where the file
    system cannot; never emulated by writing."""
    NOFOLLOW = _mmio.OPEN_NOFOLLOW
    """Fail with Status.ACCESS if the last component of the path is a symbolic link."""
    BENEATH = _mmio.OPEN_BENEATH
    """Fail with Status.ACCESS if the path leads out of the current directory, by "..", by being
    absolute or by symbolic links. Status.UNSUPPORTED where the system cannot promise that."""
    HUGE_PAGES = _mmio.OPEN_HUGE_PAGES
    """Use huge pages if the system has them to give, and never fail because it has not."""
    LOCAL = _mmio.OPEN_LOCAL
    """Fail with Status.UNSUPPORTED if the file is on a network file system. Nothing is created or
    cut then."""
    DEFER = _mmio.OPEN_DEFER
    """Map the file when it is first used other than by a few short calls of :meth:`Map.read`, which
    read the file instead: for programs that look at little of each of many files. Mode.RO only.
    What mapping answers at opening otherwise, the call that maps does. Touch.EAGER overrides it."""
    # [[[end]]]


class Touch(enum.IntEnum):
    """Whether pages are read in while opening."""

    # [[[cog tables.python("MMIO_TOUCH_") ]]]
    NEVER = _mmio.TOUCH_NEVER
    """Pages are read in when first used."""
    EAGER = _mmio.TOUCH_EAGER
    """All pages are read in while opening. Failing to is not an error."""
    LAZY = _mmio.TOUCH_LAZY
    """The same as NEVER, for those who want to say so."""
    # [[[end]]]


class OnFault(enum.IntEnum):
    """What becomes of faults in views, whose bytes are gone, under :attr:`FaultGuard.SIGNAL`.

    Once they were absorbed, every call on the map but its info raises :class:`FaultError`, and so
    does closing a map that can be written.
    """

    # [[[cog tables.python("MMIO_ON_FAULT_") ]]]
    DEFAULT = _mmio.ON_FAULT_DEFAULT
    """ABSORB for Mode.RO and Mode.COW, else NEVER."""
    ABSORB = _mmio.ON_FAULT_ABSORB
    """Zeros take the place of the bytes that are gone. What is written to them is lost, which
    flushing, writing and :meth:`Map.close` answer with Status.FAULT, and the file's later growth is
    not seen."""
    NEVER = _mmio.ON_FAULT_NEVER
    """They go wherever they went before the guard."""
    # [[[end]]]


class FaultGuard(enum.IntEnum):
    """How the process is guarded against faults; see :func:`set_fault_guard`.

    Importing the package chooses SIGNAL, unless a guard was chosen before. Without a guard a fault
    ends the process; with one, calls raise :class:`FaultError`.
    """

    # [[[cog tables.python("MMIO_GUARD_") ]]]
    OFF = _mmio.GUARD_OFF
    """Faults go wherever they went before."""
    SIGNAL = _mmio.GUARD_SIGNAL
    """The library handles SIGBUS, and passes on to whoever was there before it all that is not its
    own. It costs nothing until there is a fault."""
    SYSCALL = _mmio.GUARD_SYSCALL
    """No handler: the library uses mapped bytes by system calls, which answer instead of faulting.
    A copy of 64 bytes takes 100 times as long, and views are not guarded. Atomic operations ask the
    system for their page first; one that is cut off right after that still ends the process."""
    # [[[end]]]


class FaultCause(enum.IntEnum):
    """Why bytes are gone, as in :attr:`FaultError.cause`."""

    # [[[cog tables.python("MMIO_CAUSE_") ]]]
    UNKNOWN = _mmio.CAUSE_UNKNOWN
    """Nothing is wrong with the file any more, or the system does not say."""
    TRUNCATED = _mmio.CAUSE_TRUNCATED
    """The file was cut; the error's limit is what is left of the map."""
    IO = _mmio.CAUSE_IO
    """The device fails; the error's errno is what it answers to reading."""
    NO_SPACE = _mmio.CAUSE_NO_SPACE
    """There is no room for bytes that have had no place on the disk so far."""
    READ_ONLY = _mmio.CAUSE_READ_ONLY
    """The file, or its file system, has become read-only."""
    # [[[end]]]


class FlushLevel(enum.IntEnum):
    """How durable flushed bytes are."""

    # [[[cog tables.python("MMIO_FLUSH_", without=("MMIO_FLUSH_NONE",)) ]]]
    DATA = _mmio.FLUSH_DATA
    """The bytes, and what is needed to read them back, are on the device when the call returns."""
    START = _mmio.FLUSH_START
    """Writing back has begun; nothing is promised."""
    FULL = _mmio.FLUSH_FULL
    """As DATA, with all of the file's metadata, and through the device's own cache even where DATA
    stops before it (macOS)."""
    # [[[end]]]


class FlushPolicy(enum.IntEnum):
    """When a map flushes by itself; see :meth:`Map.set_policy`."""

    # [[[cog tables.python("MMIO_POLICY_") ]]]
    MANUAL = _mmio.POLICY_MANUAL
    """Only :meth:`Map.flush` and :meth:`Map.flush_range` flush."""
    ALWAYS = _mmio.POLICY_ALWAYS
    """Each write flushes before it returns."""
    EVERY_BYTES = _mmio.POLICY_EVERY_BYTES
    """The write that makes it so many bytes since the last flush flushes."""
    EVERY_WRITES = _mmio.POLICY_EVERY_WRITES
    """The write that makes it so many writes since the last flush flushes."""
    EVERY_MILLIS = _mmio.POLICY_EVERY_MILLIS
    """A thread of the library flushes so many milliseconds after something became pending."""
    # [[[end]]]


class Kind(enum.IntEnum):
    """What stands behind a map."""

    # [[[cog tables.python("MMIO_KIND_") ]]]
    FILE = _mmio.KIND_FILE
    """A mapped file."""
    ANONYMOUS = _mmio.KIND_ANONYMOUS
    """Memory without a file."""
    SHARED = _mmio.KIND_SHARED
    """Memory that other processes can map too."""
    # [[[end]]]


class Feature(enum.IntEnum):
    """What a system may be able to do; ask with :func:`has`."""

    # [[[cog tables.python("MMIO_FEATURE_") ]]]
    GROW_IN_PLACE = _mmio.FEATURE_GROW_IN_PLACE
    """Growing inside the reservation keeps the base address and waits for nobody."""
    CHEAP_PINS = _mmio.FEATURE_CHEAP_PINS
    """Pinning costs plain stores, because the system can fence all threads at once."""
    DURABLE_FLUSH = _mmio.FEATURE_DURABLE_FLUSH
    """FlushLevel.DATA survives power loss, not only a crash of the process."""
    OPEN_BENEATH = _mmio.FEATURE_OPEN_BENEATH
    """OpenFlag.BENEATH works."""
    SEALS = _mmio.FEATURE_SEALS
    """Shared memory can be sealed."""
    HUGE_PAGES = _mmio.FEATURE_HUGE_PAGES
    """The system has huge pages, so that OpenFlag.HUGE_PAGES can have an effect."""
    WATCH = _mmio.FEATURE_WATCH
    """Files can be watched."""
    RANGE_LOCKS = _mmio.FEATURE_RANGE_LOCKS
    """Ranges of files can be locked."""
    WAIT = _mmio.FEATURE_WAIT
    """Cells can be waited for, across processes."""
    PRESSURE = _mmio.FEATURE_PRESSURE
    """Memory pressure can be waited for."""
    DIRTY_PAGES = _mmio.FEATURE_DIRTY_PAGES
    """Dirty pages are told from clean ones."""
    POPULATE = _mmio.FEATURE_POPULATE
    """Pages are read in by one call, while opening and later."""
    # [[[end]]]


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
