// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** How far flushing goes before the call returns. */
public enum FlushLevel {
    // [[[cog tables.java("MMIO_FLUSH_", without=("MMIO_FLUSH_NONE",)) ]]]
    /** The bytes, and what is needed to read them back, are on the device when the call returns. */
    DATA(0),
    /** Writing back has begun; nothing is promised. */
    START(1),
    /**
     * As {@link #DATA}, with all of the file's metadata, and through the device's own cache even
     * where {@link #DATA} stops before it (macOS).
     */
    FULL(2);
    // [[[end]]]

    final int number;

    FlushLevel(int number) {
        this.number = number;
    }
}
