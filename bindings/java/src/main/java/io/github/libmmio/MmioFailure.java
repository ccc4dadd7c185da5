// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** What all exceptions of this package can tell. */
public interface MmioFailure {
    /**
     * The failure in numbers.
     *
     * @return the record that the library filled in
     */
    ErrorRecord error();

    /**
     * Why the call failed.
     *
     * @return {@code error().status()}
     */
    default Status status() {
        return error().status();
    }

    /**
     * Operation, path, numbers and the system's text.
     *
     * @return the library's message
     */
    String getMessage();
}
