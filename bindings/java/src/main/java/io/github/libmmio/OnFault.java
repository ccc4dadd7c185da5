// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * What becomes of faults outside of the library's calls, such as in a loop over a buffer, under
 * {@link FaultGuard#SIGNAL}.
 *
 * <p>Once they were absorbed, every call on the map but {@link MmioMap#info()} throws {@link
 * MmioFaultException}, and so does closing a map that can be written.
 */
public enum OnFault {
    // [[[cog tables.java("MMIO_ON_FAULT_") ]]]
    /** {@link #ABSORB} for {@link Mode#RO} and {@link Mode#COW}, else {@link #NEVER}. */
    DEFAULT(0),
    /**
     * Zeros take the place of the bytes that are gone. What is written to them is lost, which
     * flushing, writing and {@link MmioMap#close()} answer with {@link Status#FAULT}, and the
     * file's later growth is not seen.
     */
    ABSORB(1),
    /** They go wherever they went before the guard. */
    NEVER(2);
    // [[[end]]]

    final int number;

    OnFault(int number) {
        this.number = number;
    }
}
