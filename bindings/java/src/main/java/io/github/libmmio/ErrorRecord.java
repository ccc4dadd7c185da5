// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.io.Serializable;

/**
 * What went wrong, in numbers.
 *
 * <p>The numbers are those of the failed request and 0 where they mean nothing.
 */
public final class ErrorRecord implements Serializable {
    private static final long serialVersionUID = 1;

    /** What the call returned. */
    private final int statusNumber;

    /** The system's code. */
    private final int osCode;

    /** Offset asked for. */
    private final long offset;

    /** Size asked for. */
    private final long size;

    /** The bound that was missed. */
    private final long limit;

    /** Bytes done before a fault. */
    private final long done;

    /** Why bytes are gone. */
    private final int cause;

    ErrorRecord(
            int statusNumber,
            int osCode,
            long offset,
            long size,
            long limit,
            long done,
            int cause) {
        this.statusNumber = statusNumber;
        this.osCode = osCode;
        this.offset = offset;
        this.size = size;
        this.limit = limit;
        this.done = done;
        this.cause = cause;
    }

    /**
     * Why the call failed.
     *
     * @return the status, {@link Status#UNKNOWN} for a number newer than this package
     */
    public Status status() {
        return Status.of(statusNumber);
    }

    /**
     * Why the call failed, as the C library's number.
     *
     * @return a negative number
     */
    public int statusNumber() {
        return statusNumber;
    }

    /**
     * Code of the system call that failed.
     *
     * @return {@code errno} or {@code GetLastError()}; 0 if no system call failed
     */
    public int osCode() {
        return osCode;
    }

    /**
     * Offset asked for; of {@link Status#FAULT} that of the first byte that is gone.
     *
     * @return bytes
     */
    public long offset() {
        return offset;
    }

    /**
     * Size asked for.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /**
     * The bound that was missed: the map's size, an alignment or the largest size.
     *
     * @return bytes
     */
    public long limit() {
        return limit;
    }

    /**
     * Bytes done before a fault.
     *
     * @return bytes; 0 unless the status is {@link Status#FAULT}
     */
    public long done() {
        return done;
    }

    /**
     * Why the bytes are gone.
     *
     * @return the cause, {@link FaultCause#UNKNOWN} unless the status is {@link Status#FAULT}
     */
    public FaultCause faultCause() {
        return FaultCause.of(cause);
    }
}
