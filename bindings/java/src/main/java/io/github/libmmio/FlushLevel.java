// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** How far flushing goes before the call returns. */
public enum FlushLevel {
    /** The bytes, and what is needed to read them back, are on the device. */
    DATA(0),
    /** Writing back has begun; nothing is promised. */
    START(1),
    /** As {@link #DATA}, with all of the file's metadata, and through the device's own cache. */
    FULL(2);

    final int number;

    FlushLevel(int number) {
        this.number = number;
    }
}
