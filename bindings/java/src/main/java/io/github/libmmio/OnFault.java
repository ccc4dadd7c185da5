// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * What becomes of faults outside of the library's calls, such as in a loop over a buffer, under
 * {@link FaultGuard#SIGNAL}.
 */
public enum OnFault {
    /** {@link #ABSORB} for {@link Mode#RO} and {@link Mode#COW}, else {@link #NEVER}. */
    DEFAULT(0),
    /**
     * Zeros take the place of the bytes that are gone, and the program goes on. What is written to
     * them is lost. From then on every call on the map but {@link MmioMap#info()} and closing
     * throws {@link MmioFaultException}; so does closing a map that can be written.
     */
    ABSORB(1),
    /** The JVM's own behaviour, as under {@link FaultGuard#OFF}. */
    NEVER(2);

    final int number;

    OnFault(int number) {
        this.number = number;
    }
}
