// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Offset and size do not lie within the map or view: {@link Status#RANGE}. */
public final class MmioRangeException extends IndexOutOfBoundsException implements MmioFailure {
    private static final long serialVersionUID = 1;

    /** The failure in numbers. */
    private final ErrorRecord error;

    MmioRangeException(String message, ErrorRecord error) {
        super(message);
        this.error = error;
    }

    @Override
    public ErrorRecord error() {
        return error;
    }
}
