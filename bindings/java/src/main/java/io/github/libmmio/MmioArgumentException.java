// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** An argument is wrong: {@link Status#INVALID} or {@link Status#ALIGN}. */
public final class MmioArgumentException extends IllegalArgumentException implements MmioFailure {
    private static final long serialVersionUID = 1;

    /** The failure in numbers. */
    private final ErrorRecord error;

    MmioArgumentException(String message, ErrorRecord error) {
        super(message);
        this.error = error;
    }

    @Override
    public ErrorRecord error() {
        return error;
    }
}
