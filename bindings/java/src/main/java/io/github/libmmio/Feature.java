// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** What a build of the library can do on a system, for {@link Mmio#has(Feature)}. */
public enum Feature {
    // [[[cog tables.java("MMIO_FEATURE_") ]]]
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
    /** The system has huge pages, so that {@link OpenFlag#HUGE_PAGES} can have an effect. */
    HUGE_PAGES(6),
    /** Files can be watched. */
    WATCH(7),
    /** Ranges of files can be locked. */
    RANGE_LOCKS(8),
    /** Cells can be waited for, across processes. */
    WAIT(9),
    /** Memory pressure can be waited for. */
    PRESSURE(10),
    /** Dirty pages are told from clean ones. */
    DIRTY_PAGES(11),
    /** Pages are read in by one call, while opening and later. */
    POPULATE(12);
    // [[[end]]]

    final int number;

    Feature(int number) {
        this.number = number;
    }
}
