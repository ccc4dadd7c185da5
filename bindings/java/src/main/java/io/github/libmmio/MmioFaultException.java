// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * Bytes are gone from under the map: {@link Status#FAULT}. {@code error().offset()} is the first of
 * them.
 */
public final class MmioFaultException extends MmioException {
    private static final long serialVersionUID = 1;

    MmioFaultException(String message, ErrorRecord error) {
        super(message, error);
    }

    /**
     * What the call had done before: bytes copied into the array or buffer, or into the map.
     *
     * @return {@code error().done()}
     */
    public long done() {
        return error().done();
    }

    /**
     * Why the bytes are gone.
     *
     * @return {@code error().faultCause()}
     */
    public FaultCause faultCause() {
        return error().faultCause();
    }
}
