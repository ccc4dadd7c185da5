// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** What a build of the library can do on a system, for {@link Mmio#has(Feature)}. */
public enum Feature {
    /** Growing inside the reservation keeps the base address and waits for nobody. */
    GROW_IN_PLACE(1),
    /** Pinning costs plain stores, because the system can fence all threads at once. */
    CHEAP_PINS(2),
    /** {@link FlushLevel#DATA} survives power loss, not only a crash of the process. */
    DURABLE_FLUSH(3),
    /** {@link OpenFlag#BENEATH} works. */
    OPEN_BENEATH(4),
    /** Shared memory can be sealed. */
    SEALS(5),
    /** range_lock_acquire works. */
    RANGE_LOCKS(8),
    /** atomic_u32_wait works, and meets other processes. */
    WAIT(9);

    final int number;

    Feature(int number) {
        this.number = number;
    }
}
