// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** How a map shares its bytes, and what may be done with them. */
public enum Mode {
    // [[[cog tables.java("MMIO_MODE_", without=("MMIO_MODE_DEFAULT",)) ]]]
    /** Shared, for reading. */
    RO(1),
    /** Shared, for reading and writing: every write is at once visible to all users of the file. */
    RW(2),
    /** Private, for reading. Needs read permission only, as does {@link #COW_RW}. */
    COW(3),
    /**
     * Private, for reading and writing: what is written stays in this map and never reaches the
     * file.
     */
    COW_RW(4);
    // [[[end]]]

    final int number;

    Mode(int number) {
        this.number = number;
    }

    static Mode of(long number) {
        for (Mode mode : values()) {
            if (mode.number == number) {
                return mode;
            }
        }
        throw new IllegalStateException("unknown mode " + number);
    }
}
