// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.lang.ref.Cleaner;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * A walk over all bytes of a map, in chunks that are not copied.
 *
 * <p>The walk keeps the length the map had at its start, and keeps those bytes mapped until it is
 * closed. Each chunk is a {@link View} that is valid until then; the last one may be short. A walk
 * is passed once: an iterator goes on where the one before it stopped. A walk that becomes
 * unreachable is closed by the garbage collector, so hold on to it while its chunks are in use; a
 * {@code try} statement does that.
 */
public final class Walk implements Iterable<View>, AutoCloseable {
    private static final Cleaner.Cleanable WITH_THE_WALK = () -> {};

    private final MmioMap map;
    private final boolean writable;
    private final long walk;
    private final long chunkCount;
    private final Pin pin;
    private final Cleaner.Cleanable end;
    private long chunks;
    private long offset;

    private Walk(MmioMap map, boolean writable, long walk, long chunkCount, Pin pin) {
        this.map = map;
        this.writable = writable;
        this.walk = walk;
        this.chunkCount = chunkCount;
        this.pin = pin;
        this.end = Native.CLEANER.register(this, pin::drop);
    }

    static Walk begin(MmioMap map, long chunkSize, boolean writable) throws MmioException {
        long[] numbers = new long[2];
        long walk = map.beginWalk(chunkSize, writable, numbers);
        return new Walk(map, writable, walk, numbers[1], new Pin(numbers[0], () -> end(walk)));
    }

    /**
     * Number of chunks from start to end.
     *
     * @return their number
     */
    public long chunkCount() {
        return chunkCount;
    }

    /**
     * The chunks that were not handed out yet.
     *
     * @return an iterator that throws {@link MmioStateException} once the walk is closed
     */
    @Override
    public Iterator<View> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return hasChunk();
            }

            @Override
            public View next() {
                return nextChunk();
            }
        };
    }

    /** Ends the walk and gives the bytes back; closing again does nothing. */
    @Override
    public void close() {
        end.clean();
    }

    private synchronized boolean hasChunk() {
        return chunks < chunkCount;
    }

    private synchronized View nextChunk() {
        if (!hasChunk()) {
            throw new NoSuchElementException();
        }
        if (!pin.hold()) {
            throw Failures.closed("the walk");
        }
        try {
            long size = next(walk);
            View chunk = new View(map, offset, size, writable, pin, WITH_THE_WALK);
            chunks++;
            offset += size;
            return chunk;
        } finally {
            pin.drop();
        }
    }

    /** Hands out a chunk and tells its size. */
    private static native long next(long walk);

    private static native void end(long walk);
}
