// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * Written bytes did not reach the device, and nobody saw to them since: {@link Status#LOST}. It is
 * thrown until {@link MmioMap#rewriteLost(FlushLevel)} succeeds or {@link MmioMap#acknowledgeLoss}
 * is called.
 */
public final class MmioLostException extends MmioException {
    private static final long serialVersionUID = 1;

    MmioLostException(String message, ErrorRecord error) {
        super(message, error);
    }

    /**
     * What the system said when it failed to write the bytes back.
     *
     * @return {@code error().osCode()}
     */
    public int osCode() {
        return error().osCode();
    }
}
