// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bytes that stay mapped until their last holder is gone.
 *
 * <p>Whoever touches the bytes holds the pin meanwhile, so that closing a view on one thread never
 * takes the bytes away from another.
 */
final class Pin {
    private final long address;
    private final Runnable release;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** A pin with one holder. {@code release} runs once. */
    Pin(long address, Runnable release) {
        this.address = address;
        this.release = release;
    }

    /** Address of the first byte. */
    long address() {
        return address;
    }

    /** Counts one more holder, unless the last one is gone. */
    boolean hold() {
        return holders.getAndUpdate(n -> n == 0 ? 0 : n + 1) != 0;
    }

    /** Counts one holder less. */
    void drop() {
        if (holders.decrementAndGet() == 0) {
            release.run();
        }
    }
}
