// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * What the process does about faults, for {@link Mmio#setFaultGuard}: accesses to mapped bytes that
 * are gone, because another process cut the file, the disk behind a sparse file is full, or the
 * device fails.
 *
 * <p>Without a guard one in a call ends the JVM, and one in Java code is its {@code InternalError}.
 * With one, calls throw {@link MmioFaultException}; under {@link #SIGNAL}, {@link OnFault} says
 * what becomes of faults elsewhere.
 */
public enum FaultGuard {
    // [[[cog tables.java("MMIO_GUARD_") ]]]
    /** Faults go wherever they went before. */
    OFF(0),
    /**
     * The library handles SIGBUS, and passes on to whoever was there before it all that is not its
     * own. It costs nothing until there is a fault.
     */
    SIGNAL(1),
    /**
     * No handler: the library uses mapped bytes by system calls, which answer instead of faulting.
     * A copy of 64 bytes takes 100 times as long, and views are not guarded. Atomic operations ask
     * the system for their page first; one that is cut off right after that still ends the process.
     */
    SYSCALL(2);
    // [[[end]]]

    final int number;

    FaultGuard(int number) {
        this.number = number;
    }
}
