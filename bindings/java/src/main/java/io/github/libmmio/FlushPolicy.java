// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** When a map flushes by itself, for {@link MmioMap#setPolicy}. */
public enum FlushPolicy {
    // [[[cog tables.java("MMIO_POLICY_") ]]]
    /** Only {@link MmioMap#flush()} and {@link MmioMap#flush(long, long, FlushLevel)} flush. */
    MANUAL(0),
    /** Each write flushes before it returns. */
    ALWAYS(1),
    /** The write that makes it so many bytes since the last flush flushes. */
    EVERY_BYTES(2),
    /** The write that makes it so many writes since the last flush flushes. */
    EVERY_WRITES(3),
    /** A thread of the library flushes so many milliseconds after something became pending. */
    EVERY_MILLIS(4);
    // [[[end]]]

    final int number;

    FlushPolicy(int number) {
        this.number = number;
    }
}
