// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** When the pages of a map are read in. */
public enum Touch {
    // [[[cog tables.java("MMIO_TOUCH_") ]]]
    /** Pages are read in when first used. */
    NEVER(0),
    /** All pages are read in while opening. Failing to is not an error. */
    EAGER(1),
    /** The same as {@link #NEVER}, for those who want to say so. */
    LAZY(2);
    // [[[end]]]

    final int number;

    Touch(int number) {
        this.number = number;
    }
}
