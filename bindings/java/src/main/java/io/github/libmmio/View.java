// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;

/**
 * Borrowed bytes of a map, which are not copied.
 *
 * <p>The bytes stay mapped until the view is closed, on whatever thread, even after the map was
 * closed. A view excludes nobody: other views, writes, growth and flushes go on beside it, and what
 * they change shows. Only shrinking below its end must wait. A view that becomes unreachable is
 * closed by the garbage collector.
 *
 * <p>There are two ways to the bytes:
 *
 * <ul>
 *   <li>{@link #get} and {@link #put} copy some of them out of or into the map. They are refused
 *       once the view is closed. Unlike {@link MmioMap#read}, they may see half of a write.
 *   <li>{@link #buffer()} gives a {@code ByteBuffer} <em>over</em> them. Java cannot take such a
 *       buffer back, so it <b>stays valid after the view and the map were closed</b>: its bytes
 *       stay mapped until the garbage collector finds that neither it nor any buffer made from it
 *       is reachable. Until then shrinking the map must wait, and a closed map's file stays open.
 *       Where that matters, use {@link #get} and {@link #put}.
 * </ul>
 */
public final class View implements AutoCloseable {
    /** Numbers that the native code writes: address, size and the library's own two. */
    static final int NUMBERS = 4;

    private final MmioMap map;
    private final long offset;
    private final long size;
    private final boolean writable;
    private final long address;
    private final Pin pin;
    private final Cleaner.Cleanable end;

    /** A view that owns a pin of its own. */
    private View(MmioMap map, long offset, long size, boolean writable, Pin pin) {
        this.map = map;
        this.offset = offset;
        this.size = size;
        this.writable = writable;
        this.address = pin.address();
        this.pin = pin;
        this.end = Native.CLEANER.register(this, pin::drop);
    }

    /** A view of bytes that a walk has pinned from offset 0 on. */
    View(MmioMap map, long offset, long size, boolean writable, Pin walk, Cleaner.Cleanable end) {
        this.map = map;
        this.offset = offset;
        this.size = size;
        this.writable = writable;
        this.address = walk.address() + offset;
        this.pin = walk;
        this.end = end;
    }

    static View of(MmioMap map, long offset, boolean writable, long[] view) {
        return new View(map, offset, view[1], writable, new Pin(view[0], releaser(view)));
    }

    /** Gives a C view back; must run once. */
    static Runnable releaser(long[] view) {
        return () -> release(view);
    }

    /**
     * Number of bytes borrowed.
     *
     * @return bytes, also once closed
     */
    public long size() {
        return size;
    }

    /**
     * Whether the bytes may be written through this view.
     *
     * @return true if they may
     */
    public boolean isWritable() {
        return writable;
    }

    /**
     * Address of the first byte, for native code. It is good until the view is closed.
     *
     * @return the address
     * @throws MmioStateException if the view is closed
     */
    public long address() {
        hold();
        pin.drop();
        return address;
    }

    /**
     * Copies bytes out of the view.
     *
     * @param offset first byte, counted from the start of the view
     * @param target filled completely
     * @throws MmioRangeException if the range exceeds the view
     * @throws MmioStateException if the view is closed
     */
    public void get(long offset, byte[] target) {
        get(offset, ByteBuffer.wrap(target));
    }

    /**
     * Copies bytes out of the view into what remains of a buffer.
     *
     * @param offset first byte, counted from the start of the view
     * @param target filled up to its limit
     * @throws MmioRangeException if the range exceeds the view
     * @throws MmioStateException if the view is closed
     * @throws ReadOnlyBufferException if the buffer is read-only
     */
    public void get(long offset, ByteBuffer target) {
        hold();
        try {
            target.put(window(offset, target.remaining()));
        } finally {
            pin.drop();
        }
    }

    /**
     * Copies bytes into the view.
     *
     * @param offset first byte, counted from the start of the view
     * @param source the bytes
     * @throws MmioRangeException if the range exceeds the view
     * @throws MmioStateException if the view is closed
     * @throws ReadOnlyBufferException if the view is not writable
     */
    public void put(long offset, byte[] source) {
        put(offset, ByteBuffer.wrap(source));
    }

    /**
     * Copies what remains of a buffer into the view.
     *
     * @param offset first byte, counted from the start of the view
     * @param source the bytes
     * @throws MmioRangeException if the range exceeds the view
     * @throws MmioStateException if the view is closed
     * @throws ReadOnlyBufferException if the view is not writable
     */
    public void put(long offset, ByteBuffer source) {
        if (!writable) {
            throw new ReadOnlyBufferException();
        }
        hold();
        try {
            window(offset, source.remaining()).put(source);
        } finally {
            pin.drop();
        }
    }

    /**
     * A buffer over all bytes of the view: {@code buffer(0, size())}.
     *
     * @return a direct buffer in the machine's byte order, read-only if the view is
     * @throws MmioException as {@link #buffer(long, long)}
     */
    public ByteBuffer buffer() throws MmioException {
        return buffer(0, size);
    }

    /**
     * A buffer over bytes of the view, which outlives it: see above. Nothing is copied.
     *
     * <p>Buffers made from it by {@code slice()} and the like start in big-endian order, as always.
     *
     * @param offset first byte, counted from the start of the view
     * @param size number of bytes, at most {@code Integer.MAX_VALUE}
     * @return a direct buffer in the machine's byte order, read-only if the view is
     * @throws MmioException if memory is exhausted
     * @throws MmioRangeException if the range exceeds the view
     * @throws MmioStateException if the view or its map is closed
     * @throws IllegalArgumentException if the size is more than a buffer can span
     */
    public ByteBuffer buffer(long offset, long size) throws MmioException {
        hold();
        try {
            checkRange(offset, size);
            return map.buffer(this.offset + offset, size, writable);
        } finally {
            pin.drop();
        }
    }

    /**
     * Gives the bytes back; closing again does nothing. Closing a chunk of a walk does nothing
     * either: it ends with the walk.
     */
    @Override
    public void close() {
        end.clean();
    }

    private void hold() {
        if (!pin.hold()) {
            throw Failures.closed("the view");
        }
    }

    /** A buffer that must not leave this class, and is good only while the pin is held. */
    private ByteBuffer window(long offset, long size) {
        checkRange(offset, size);
        return wrap(address + offset, size);
    }

    private void checkRange(long offset, long size) {
        boolean inside = offset >= 0 && size >= 0 && size <= this.size - offset;
        if (!inside && size != 0) {
            throw Failures.range(offset, size, this.size);
        }
    }

    private static native ByteBuffer wrap(long address, long size);

    private static native void release(long[] view);
}
