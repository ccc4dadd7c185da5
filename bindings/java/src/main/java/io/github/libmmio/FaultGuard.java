// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * What the process does about faults, for {@link Mmio#setFaultGuard}: accesses to mapped bytes that
 * are gone, because another process cut the file, the disk behind a sparse file is full, or the
 * device fails.
 */
public enum FaultGuard {
    /** A fault in a call ends the JVM, one in Java code is its {@code InternalError}. */
    OFF(0),
    /**
     * Calls throw {@link MmioFaultException}, and {@link OnFault} says what becomes of other
     * accesses. The library handles SIGBUS, and passes on to the JVM what is not its own. It costs
     * nothing until there is a fault.
     */
    SIGNAL(1),
    /**
     * Calls throw {@link MmioFaultException} without a signal handler. A short copy takes 100 times
     * as long, and other accesses are not guarded.
     */
    SYSCALL(2);

    final int number;

    FaultGuard(int number) {
        this.number = number;
    }
}
