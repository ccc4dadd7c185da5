// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Whether opening may or must create the file. */
public enum Disposition {
    /** The file must exist. */
    OPEN(0),
    /** Create the file, or cut an existing one to length 0; then extend it to the size asked. */
    CREATE(1),
    /** Create the file; it must not exist. Of racing creators exactly one wins. */
    CREATE_NEW(2),
    /** Open the file and keep its contents; create or extend it if it is missing or empty. */
    OPEN_OR_CREATE(3);

    final int number;

    Disposition(int number) {
        this.number = number;
    }
}
