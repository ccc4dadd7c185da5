// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** When the pages of a map are read in. */
public enum Touch {
    /** When they are first used. */
    NEVER(0),
    /** All of them while opening. Failing to is not an error. */
    EAGER(1),
    /** The same as {@link #NEVER}, for those who want to say so. */
    LAZY(2);

    final int number;

    Touch(int number) {
        this.number = number;
    }
}
