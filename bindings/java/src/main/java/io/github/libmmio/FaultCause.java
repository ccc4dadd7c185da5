// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Why bytes are gone from under a map, as the file tells it after the fault. */
public enum FaultCause {
    // [[[cog tables.java("MMIO_CAUSE_") ]]]
    /** Nothing is wrong with the file any more, or the system does not say. */
    UNKNOWN(0),
    /** The file was cut; {@link ErrorRecord#limit()} is what is left of the map. */
    TRUNCATED(1),
    /** The device fails; {@link ErrorRecord#osCode()} is what it answers to reading. */
    IO(2),
    /** There is no room for bytes that have had no place on the disk so far. */
    NO_SPACE(3),
    /** The file, or its file system, has become read-only. */
    READ_ONLY(4);
    // [[[end]]]

    private final int number;

    FaultCause(int number) {
        this.number = number;
    }

    /** {@link #UNKNOWN} also for a number newer than this package. */
    static FaultCause of(int number) {
        for (FaultCause cause : values()) {
            if (cause.number == number) {
                return cause;
            }
        }
        return UNKNOWN;
    }
}
