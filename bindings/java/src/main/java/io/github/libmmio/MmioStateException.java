// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** Closed, or not of the mode that this needs: {@link Status#CLOSED} or {@link Status#MODE}. */
public final class MmioStateException extends IllegalStateException implements MmioFailure {
    private static final long serialVersionUID = 1;

    /** The failure in numbers. */
    private final ErrorRecord error;

    MmioStateException(String message, ErrorRecord error) {
        super(message);
        this.error = error;
    }

    @Override
    public ErrorRecord error() {
        return error;
    }
}
