// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Flags of opening. */
public enum OpenFlag {
    /**
     * Reserve real disk blocks at creation and at growth, so that a full disk is {@link
     * Status#NO_SPACE} then and not a fault later. Without it new files are sparse.
     */
    ALLOCATE(0x1),
    /** Fail with {@link Status#ACCESS} if the last component of the path is a symbolic link. */
    NOFOLLOW(0x2),
    /** Fail with {@link Status#ACCESS} if the path leads out of the current directory. */
    BENEATH(0x4),
    /** Use huge pages if the system has them to give, and never fail because it has not. */
    HUGE_PAGES(0x8),
    /** Fail with {@link Status#UNSUPPORTED} if the file is on a network file system. */
    LOCAL(0x10),
    /** Map the file when more than a few short reads want it. {@link Mode#RO} only. */
    DEFER(0x20);

    final int bit;

    OpenFlag(int bit) {
        this.bit = bit;
    }
}
