// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Whether opening may or must create the file. */
public enum Disposition {
    // [[[cog tables.java("MMIO_DISPOSITION_") ]]]
    /** The file must exist. */
    OPEN(0),
    /**
     * Create the file, or cut an existing one to length 0; then extend it to {@link
     * OpenOptions.Builder#size}.
     */
    CREATE(1),
    /** Create the file; it must not exist. Of racing creators exactly one wins. */
    CREATE_NEW(2),
    /**
     * Open the file and keep its contents; create or extend it to {@link OpenOptions.Builder#size}
     * only if it is missing or empty.
     */
    OPEN_OR_CREATE(3);
    // [[[end]]]

    final int number;

    Disposition(int number) {
        this.number = number;
    }
}
