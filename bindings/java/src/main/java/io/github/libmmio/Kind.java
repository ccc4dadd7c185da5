// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** What stands behind a map. */
public enum Kind {
    // [[[cog tables.java("MMIO_KIND_") ]]]
    /** A mapped file. */
    FILE(1),
    /** Memory without a file. */
    ANONYMOUS(2),
    /** Memory that other processes can map too. */
    SHARED(3);
    // [[[end]]]

    final int number;

    Kind(int number) {
        this.number = number;
    }

    static Kind of(long number) {
        for (Kind kind : values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        throw new IllegalStateException("unknown kind " + number);
    }
}
