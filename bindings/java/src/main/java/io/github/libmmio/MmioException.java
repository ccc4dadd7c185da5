// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.io.IOException;

/** The system refused, or somebody else was in the way: all statuses but the unchecked ones. */
public class MmioException extends IOException implements MmioFailure {
    private static final long serialVersionUID = 1;

    /** The failure in numbers. */
    private final ErrorRecord error;

    MmioException(String message, ErrorRecord error) {
        super(message);
        this.error = error;
    }

    @Override
    public ErrorRecord error() {
        return error;
    }
}
