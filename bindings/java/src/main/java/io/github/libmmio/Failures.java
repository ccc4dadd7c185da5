// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.nio.charset.StandardCharsets;

/** Makes the exception that a failure is. */
final class Failures {
    private Failures() {}

    /** Called by the native code, which throws what it gets. */
    static Exception of(
            int status,
            int osCode,
            long offset,
            long size,
            long limit,
            long done,
            int cause,
            byte[] message) {
        // Paths in messages are bytes of any encoding; UTF-8 is by far the most likely one.
        String text = new String(message, StandardCharsets.UTF_8);
        ErrorRecord error = new ErrorRecord(status, osCode, offset, size, limit, done, cause);
        switch (error.status()) {
            case INVALID:
            case ALIGN:
                return new MmioArgumentException(text, error);
            case CLOSED:
            case MODE:
                return new MmioStateException(text, error);
            case RANGE:
                return new MmioRangeException(text, error);
            case FAULT:
                return new MmioFaultException(text, error);
            case LOST:
                return new MmioLostException(text, error);
            default:
                return new MmioException(text, error);
        }
    }

    static MmioArgumentException invalid(String message) {
        return new MmioArgumentException(message, record(Status.INVALID, 0, 0, 0));
    }

    static MmioStateException closed(String what) {
        return new MmioStateException(what + " is closed", record(Status.CLOSED, 0, 0, 0));
    }

    static MmioRangeException range(long offset, long size, long limit) {
        return new MmioRangeException(
                "offset " + offset + " and size " + size + " exceed the view's size " + limit,
                record(Status.RANGE, offset, size, limit));
    }

    private static ErrorRecord record(Status status, long offset, long size, long limit) {
        return new ErrorRecord(status.number(), 0, offset, size, limit, 0, 0);
    }
}
