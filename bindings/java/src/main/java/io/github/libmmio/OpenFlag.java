// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Flags of opening. */
public enum OpenFlag {
    // [[[cog tables.java("MMIO_OPEN_") ]]]
    /**
     * Reserve real disk blocks at creation and at growth, so that a full disk is {@link
     * Status#NO_SPACE} then and not a fault later. Without it new files are sparse. {@link
     * Status#UNSUPPORTED} where the file system cannot; never emulated by writing.
     */
    ALLOCATE(1),
    /** Fail with {@link Status#ACCESS} if the last component of the path is a symbolic link. */
    NOFOLLOW(2),
    /**
     * Fail with {@link Status#ACCESS} if the path leads out of the current directory, by "..", by
     * being absolute or by symbolic links. {@link Status#UNSUPPORTED} where the system cannot
     * promise that.
     */
    BENEATH(4),
    /** Use huge pages if the system has them to give, and never fail because it has not. */
    HUGE_PAGES(8),
    /**
     * Fail with {@link Status#UNSUPPORTED} if the file is on a network file system. Nothing is
     * created or cut then.
     */
    LOCAL(16),
    /**
     * Map the file when it is first used other than by a few short calls of {@link MmioMap#read},
     * which read the file instead: for programs that look at little of each of many files. {@link
     * Mode#RO} only. What mapping answers at opening otherwise, the call that maps does. {@link
     * Touch#EAGER} overrides it.
     */
    DEFER(32);
    // [[[end]]]

    final int bit;

    OpenFlag(int bit) {
        this.bit = bit;
    }
}
