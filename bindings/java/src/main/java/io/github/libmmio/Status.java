// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Why a call failed: the statuses of the C library, {@code MMIO_ERR_INVALID} and so on. */
public enum Status {
    // [[[cog tables.java("MMIO_ERR_", end=",") ]]]
    /** An argument is wrong: NULL, unknown flag bit, bad option struct, wrong combination. */
    INVALID(-1),
    /** The map was shut down, or the object closed, be it while the call waited. */
    CLOSED(-2),
    /** offset + size overflows or exceeds the present size of the map or file. */
    RANGE(-3),
    /**
     * The map's mode does not allow this: a write to a read-only map, a resize of a private one.
     */
    MODE(-4),
    /** The offset is not a multiple of the required alignment. */
    ALIGN(-5),
    /** The size is above {@link Mmio#maxSize()}, or more than this system can address. */
    TOO_LARGE(-6),
    /** No such file, or no such parent directory. */
    NOT_FOUND(-7),
    /** The file exists already. */
    EXISTS(-8),
    /** The system denies access: permissions, a read-only file system, a refused symbolic link. */
    ACCESS(-9),
    /** A directory, FIFO, socket or device where a regular file is needed. */
    NOT_FILE(-10),
    /** The file system, a quota or the file-size limit of the process is exhausted. */
    NO_SPACE(-11),
    /** The system has no memory or address space left. */
    NO_MEMORY(-12),
    /** A limit of the process or system on descriptors, mappings or watches is reached. */
    LIMIT(-13),
    /**
     * Somebody else is in the way, and the call was asked not to wait. Trying again may succeed.
     */
    BUSY(-14),
    /** Somebody else was in the way until the time-out. Trying again may succeed. */
    TIMEOUT(-15),
    /** Waiting would never end: only the calling thread itself is in the way. */
    DEADLOCK(-16),
    /** The system or the device reports an error that no other status names. */
    IO(-17),
    /** This build or this system cannot do it. */
    UNSUPPORTED(-18),
    /** Bytes are gone from under the map: its file was cut, or the device fails. */
    FAULT(-19),
    /** The caller asked to stop: by the answer of its own function, by cancelling, by closing. */
    CANCELLED(-20),
    /** The object was made before fork(), and what it needs stayed with the parent process. */
    FORKED(-21),
    /**
     * Written bytes did not reach the device, and nobody saw to them since. See {@link
     * MmioMap#flush()}.
     */
    LOST(-22),
    // [[[end]]]
    /** A status of a library newer than this package; {@link ErrorRecord#statusNumber()} has it. */
    UNKNOWN(1);

    private final int number;

    Status(int number) {
        this.number = number;
    }

    static Status of(int number) {
        for (Status status : values()) {
            if (status.number == number) {
                return status;
            }
        }
        return UNKNOWN;
    }

    /**
     * The number that stands for this status in the C library.
     *
     * @return a negative number, or 1 for {@link #UNKNOWN}
     */
    public int number() {
        return number;
    }

    /**
     * Whether the same call may succeed later without any other change.
     *
     * @return true for {@link #BUSY} and {@link #TIMEOUT}
     */
    public boolean isRetryable() {
        return Mmio.statusIsRetryable(number);
    }

    /**
     * One English phrase.
     *
     * @return the library's text for this status
     */
    public String text() {
        return Mmio.statusText(number);
    }
}
