// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * A mapped file, or mapped memory without a file.
 *
 * <p>Close it when done. A map that becomes unreachable is closed by the garbage collector. After
 * {@link #close()} every call answers {@link Status#CLOSED}, and the sizes are 0. Views that were
 * taken before stay valid.
 *
 * <p>{@link #read}, {@link #write} and their non-waiting forms copy. Within one process and one map
 * a read never sees half of a write, whatever their lengths; for that a copy may wait for copies
 * under way on the same bytes, never for anything else. A direct {@code ByteBuffer} is filled or
 * read in place; arrays, and buffers over arrays, take one more copy on the way. The buffer must
 * not be one over the map's own bytes.
 *
 * <p>The calls named {@code ...Int} and {@code ...Long} are atomic operations on cells of 4 and 8
 * bytes that threads, processes and languages share: sequentially consistent, in the machine's byte
 * order, at offsets that are a multiple of the cell's size. All of them, loading too, need a
 * writable map. They throw {@link MmioStateException} for its mode, {@link MmioArgumentException}
 * for the alignment and {@link MmioRangeException}, checked in this order.
 *
 * <p>Others may take bytes from under a map, by cutting its file or by filling the disk behind it.
 * A call that meets such bytes throws {@link MmioFaultException}, which tells how much was done;
 * that much has been copied. {@link OnFault} says what becomes of other accesses.
 *
 * <p>Every call may throw {@link MmioException} with {@link Status#NO_MEMORY} where it is declared,
 * and {@link MmioStateException} with {@link Status#CLOSED}.
 */
public final class MmioMap implements Closeable {
    static {
        Native.load();
        initialize();
    }

    /** A time-out that is none, in milliseconds. */
    private static final long FOREVER = -1;

    /**
     * The C library's handle, read by the native code. Good as long as this object is reachable.
     */
    private final long handle;

    private MmioMap(long handle) {
        this.handle = handle;
        Native.CLEANER.register(this, closer(handle));
    }

    /** Outside of the constructor, so that it cannot hold on to the object it waits for. */
    private static Runnable closer(long handle) {
        return () -> free(handle);
    }

    /**
     * Maps an existing file for reading.
     *
     * @param path the file
     * @return the map
     * @throws MmioException as {@link #open(Path, OpenOptions)}
     */
    public static MmioMap open(Path path) throws MmioException {
        return open(path, OpenOptions.DEFAULT);
    }

    /**
     * Maps a file, all of it.
     *
     * <p>Only regular files are accepted, and a FIFO is refused at once. Opening an empty file
     * {@link Mode#RO} gives a map of size 0. If the call fails, a file it created is removed and
     * one it cut to length 0 is left at length 0.
     *
     * <p>A path's name may be any bytes: one that a directory listing gave is opened whether or not
     * it is text in the JVM's locale. To make up such a name, see {@link #open(byte[],
     * OpenOptions)}.
     *
     * @param path a path of the default file system
     * @param options how to open
     * @return the map
     * @throws MmioException if the file cannot be opened, created or mapped; the status says why
     * @throws MmioArgumentException if options do not go together, flags are unknown, or an empty
     *     file is opened to write or privately
     */
    public static MmioMap open(Path path, OpenOptions options) throws MmioException {
        return open(PathBytes.of(path), options);
    }

    /**
     * Maps a file whose path is given as the system's bytes.
     *
     * @param path any bytes but 0; UTF-8 on Windows
     * @param options how to open
     * @return the map
     * @throws MmioException as {@link #open(Path, OpenOptions)}
     * @throws MmioArgumentException also if the path contains a 0 byte
     */
    public static MmioMap open(byte[] path, OpenOptions options) throws MmioException {
        GuardChoice.check();
        return new MmioMap(openPath(terminated(path), options.toNative()));
    }

    /**
     * Maps an open file.
     *
     * <p>The map works on a duplicate of the descriptor; the caller's stays the caller's to close.
     *
     * @param file an open descriptor, such as {@code RandomAccessFile.getFD()}
     * @param label stands for the path in messages and in {@link #path()}
     * @param options how to open; the disposition must be {@link Disposition#OPEN}, or {@link
     *     Disposition#OPEN_OR_CREATE} to extend an empty file
     * @return the map
     * @throws MmioException as {@link #open(Path, OpenOptions)}, and {@link Status#IO} if the
     *     descriptor is closed
     * @throws MmioStateException if the mode is {@link Mode#RW} and the descriptor is not open for
     *     reading and writing
     */
    public static MmioMap open(FileDescriptor file, String label, OpenOptions options)
            throws MmioException {
        Objects.requireNonNull(file, "file");
        GuardChoice.check();
        byte[] bytes = terminated(label.getBytes(StandardCharsets.UTF_8));
        return new MmioMap(openDescriptor(file, bytes, options.toNative()));
    }

    /**
     * Maps zeroed memory that no file stands behind, for reading and writing.
     *
     * @param size 1 to {@link Mmio#maxSize()} bytes
     * @return the map
     * @throws MmioException as {@link #anonymous(long, OpenOptions)}
     */
    public static MmioMap anonymous(long size) throws MmioException {
        return anonymous(size, OpenOptions.DEFAULT);
    }

    /**
     * Maps zeroed memory that no file stands behind.
     *
     * <p>It is a map like any other, but flushing does nothing and nothing is ever pending.
     *
     * @param size 1 to {@link Mmio#maxSize()} bytes
     * @param options only mode, reserve and touch may be said
     * @return the map
     * @throws MmioException if the size is too large, or memory or descriptors are exhausted
     * @throws MmioArgumentException if the size is 0
     */
    public static MmioMap anonymous(long size, OpenOptions options) throws MmioException {
        GuardChoice.check();
        return new MmioMap(openAnonymous(size, options.toNative()));
    }

    /**
     * Closes the map for all who use it; closing again does nothing.
     *
     * <p>Nothing is flushed. The memory is unmapped and the file closed as soon as the last view of
     * it, and the last buffer taken from one, is gone.
     *
     * @throws MmioLostException if the device did not take what was written; it is closed
     *     nevertheless
     * @throws MmioFaultException if writes were lost: {@link OnFault#ABSORB}; it is closed
     *     nevertheless
     * @throws MmioException if the system refuses
     */
    @Override
    public native void close() throws MmioException;

    /**
     * Closes the map and takes its file back. If the call fails, the map is as before.
     *
     * @return an open descriptor, the caller's to close: {@code new FileInputStream(descriptor)}
     *     does when it is closed
     * @throws MmioException {@link Status#BUSY} while a view, or a buffer taken from one, lives
     * @throws MmioLostException if the device did not take what was written
     * @throws MmioStateException if the map is anonymous
     */
    public native FileDescriptor intoDescriptor() throws MmioException;

    /**
     * Present size; another thread may change it at once.
     *
     * @return bytes; 0 once closed
     */
    public native long size();

    /**
     * How the map shares its bytes.
     *
     * @return its mode, also once closed
     */
    public Mode mode() {
        return Mode.of(modeNumber());
    }

    /**
     * Path or label that the map was opened with, also once closed.
     *
     * @return the system's bytes; none if the map is anonymous
     */
    public native byte[] path();

    /**
     * Bytes recorded as written to an {@link Mode#RW} map since its last whole flush.
     *
     * <p>It is a count of what was asked for, not of dirty pages: each write's length, a writable
     * view's size and what a writable walk handed out when they are closed, 4 or 8 for each atomic
     * operation that writes, the map's size for {@link #writableAddress()}.
     *
     * @return bytes; 0 for all other maps and once closed
     */
    public native long pending();

    /**
     * What is known about the map.
     *
     * @return a snapshot
     * @throws MmioException if the system refuses
     */
    public MapInfo info() throws MmioException {
        long[] numbers = new long[MapInfo.NUMBERS];
        inspect(numbers);
        return new MapInfo(numbers);
    }

    /**
     * Asks whether all bytes of the map are there: none was lost to a fault, and the file has not
     * become shorter than the map.
     *
     * <p>Without any fault the bytes between the end of a file that was cut and the end of its last
     * page read as zero; this tells. It looks at the file's length only, not at its bytes.
     *
     * @throws MmioFaultException if they are not
     * @throws MmioException if the system refuses
     */
    public native void checkFaults() throws MmioException;

    /**
     * Changes the length of the file and of its map, however long shrinking may have to wait.
     *
     * <p>Growing never waits: bytes added read as zero, and views keep their addresses and
     * contents. Shrinking waits for views that reach beyond the new size, and for buffers that were
     * taken from views until the garbage collector finds that nobody uses them. Bytes cut off read
     * as zero after a later growth. If the call fails, file and map are as before.
     *
     * @param newSize 1 to {@link Mmio#maxSize()} bytes
     * @throws MmioException {@link Status#DEADLOCK} if only views and buffers that the calling
     *     thread acquired are in the way; {@link Status#TOO_LARGE}, {@link Status#NO_SPACE}, {@link
     *     Status#NO_MEMORY} or {@link Status#IO}
     * @throws MmioStateException if the map is neither {@link Mode#RW} nor anonymous and writable
     * @throws MmioArgumentException if the size is 0
     */
    public void resize(long newSize) throws MmioException {
        resizeWithin(newSize, FOREVER);
    }

    /**
     * As {@link #resize(long)}, waiting no longer than a time-out.
     *
     * @param newSize 1 to {@link Mmio#maxSize()} bytes
     * @param timeout how long shrinking may wait, in whole milliseconds, rounded up; not negative
     * @throws MmioException also {@link Status#TIMEOUT}, or {@link Status#BUSY} if the time-out is
     *     zero
     * @throws IllegalArgumentException if the time-out is negative
     */
    public void resize(long newSize, Duration timeout) throws MmioException {
        resizeWithin(newSize, milliseconds(timeout));
    }

    /**
     * As {@link #resize(long)}, without waiting.
     *
     * @param newSize 1 to {@link Mmio#maxSize()} bytes
     * @return false if a view or buffer is in the way
     * @throws MmioException as {@link #resize(long)}
     */
    public native boolean tryResize(long newSize) throws MmioException;

    /**
     * Makes the whole map durable against power loss: {@code flush(FlushLevel.DATA)}.
     *
     * @throws MmioException as {@link #flush(FlushLevel)}
     */
    public void flush() throws MmioException {
        flush(FlushLevel.DATA);
    }

    /**
     * Flushes the whole map.
     *
     * <p>Levels {@link FlushLevel#DATA} and {@link FlushLevel#FULL} wait for the device and set
     * pending to 0. On maps that are not {@link Mode#RW} there is nothing to flush, and the call
     * succeeds.
     *
     * <p>A loss is remembered. A system reports a write-back that failed once and then takes the
     * bytes for written. So after the first failure every flush, every write under a policy, {@link
     * #intoDescriptor} and {@link #close} of every writable map of that file in this process throw
     * {@link MmioLostException} with the first failure's code, until, map by map, {@link
     * #rewriteLost(FlushLevel)} succeeds or {@link #acknowledgeLoss} is called.
     *
     * @param level how far to go
     * @throws MmioException {@link Status#NO_SPACE} or {@link Status#IO} if writing back failed
     * @throws MmioLostException if it failed before
     */
    public void flush(FlushLevel level) throws MmioException {
        flushAll(level.number);
    }

    /**
     * Flushes a range, widened to whole pages. Pending stays, unless the range is the whole map.
     *
     * @param offset first byte
     * @param size number of bytes
     * @param level how far to go
     * @throws MmioException as {@link #flush(FlushLevel)}
     * @throws MmioRangeException if the range exceeds the map
     */
    public void flush(long offset, long size, FlushLevel level) throws MmioException {
        flushRange(offset, size, level.number);
    }

    /**
     * Writes again what may be lost: {@code rewriteLost(FlushLevel.DATA)}.
     *
     * @throws MmioException as {@link #rewriteLost(FlushLevel)}
     */
    public void rewriteLost() throws MmioException {
        rewriteLost(FlushLevel.DATA);
    }

    /**
     * Writes again what may be lost, on a device that works again, and flushes.
     *
     * <p>Every page of the map that the system still has in memory is written back with what it
     * holds now. Pages that the system has dropped since show what the device has: after a long
     * time, or short of memory, look at the bytes or write them again first. If the call succeeds
     * the map has lost nothing any more, if it fails it still has. It does nothing if nothing is
     * lost.
     *
     * @param level {@link FlushLevel#DATA} or {@link FlushLevel#FULL}
     * @throws MmioException as {@link #flush(FlushLevel)}
     * @throws MmioLostException if there was another loss meanwhile
     * @throws MmioFaultException if a page cannot be written: its file was cut, or the disk is full
     * @throws MmioArgumentException if the level is {@link FlushLevel#START}
     */
    public void rewriteLost(FlushLevel level) throws MmioException {
        rewriteLostPages(level.number);
    }

    /**
     * Says that the caller knows of a loss and sees to it by other means.
     *
     * <p>Calls on the map succeed again, until the next loss. The bytes stay as they are: in
     * memory, not on the device. Succeeds also if nothing was lost.
     *
     * @throws MmioException if the system refuses
     */
    public native void acknowledgeLoss() throws MmioException;

    /**
     * Has the map flush itself, at level {@link FlushLevel#DATA}.
     *
     * <p>A write whose flush fails throws, although its bytes are in the map. A flush by time that
     * fails is a loss: see {@link #flush(FlushLevel)}. What is stored through views and cells
     * counts for {@link FlushPolicy#EVERY_MILLIS} only. Closing does not flush.
     *
     * @param policy when to flush
     * @param amount bytes, writes or milliseconds, 0 for {@link FlushPolicy#MANUAL} and {@link
     *     FlushPolicy#ALWAYS}; for another policy 0 means {@link FlushPolicy#MANUAL}
     * @throws MmioException if there is no memory or thread for flushing by time
     * @throws MmioArgumentException if the policy takes no amount
     */
    public void setPolicy(FlushPolicy policy, long amount) throws MmioException {
        choosePolicy(policy.number, amount);
    }

    /**
     * Copies bytes out of the map.
     *
     * @param offset first byte
     * @param target filled completely
     * @throws MmioException if memory is exhausted
     * @throws MmioRangeException if the range exceeds the map
     */
    public void read(long offset, byte[] target) throws MmioException {
        readArray(offset, target, 0, target.length, FOREVER);
    }

    /**
     * Copies bytes out of the map into what remains of a buffer, and moves its position to its
     * limit. If the call fails, the position stays.
     *
     * @param offset first byte
     * @param target filled up to its limit
     * @throws MmioException if memory is exhausted
     * @throws MmioRangeException if the range exceeds the map
     * @throws ReadOnlyBufferException if the buffer is read-only
     */
    public void read(long offset, ByteBuffer target) throws MmioException {
        readBuffer(offset, target, FOREVER);
    }

    /**
     * As {@link #read(long, byte[])}, waiting no longer than a time-out.
     *
     * @param offset first byte
     * @param target filled completely
     * @param timeout how long to wait for a write under way, in whole milliseconds, rounded up; not
     *     negative
     * @throws MmioException also {@link Status#TIMEOUT}, or {@link Status#BUSY} if the time-out is
     *     zero
     * @throws IllegalArgumentException if the time-out is negative
     */
    public void read(long offset, byte[] target, Duration timeout) throws MmioException {
        readArray(offset, target, 0, target.length, milliseconds(timeout));
    }

    /**
     * As {@link #read(long, ByteBuffer)}, waiting no longer than a time-out.
     *
     * @param offset first byte
     * @param target filled up to its limit
     * @param timeout as of {@link #read(long, byte[], Duration)}
     * @throws MmioException as {@link #read(long, byte[], Duration)}
     * @throws IllegalArgumentException if the time-out is negative
     */
    public void read(long offset, ByteBuffer target, Duration timeout) throws MmioException {
        readBuffer(offset, target, milliseconds(timeout));
    }

    /**
     * Copies bytes into the map. On an {@link Mode#RW} map they become pending and are at once
     * visible to every user of the file. Writing 0 bytes succeeds in every mode.
     *
     * @param offset first byte
     * @param source the bytes
     * @throws MmioException if memory is exhausted
     * @throws MmioStateException if the map is read-only; checked before the range
     * @throws MmioRangeException if the range exceeds the map
     */
    public void write(long offset, byte[] source) throws MmioException {
        writeArray(offset, source, 0, source.length, FOREVER);
    }

    /**
     * Copies what remains of a buffer into the map, as {@link #write(long, byte[])}, and moves its
     * position to its limit. If the call fails, the position stays.
     *
     * @param offset first byte
     * @param source the bytes
     * @throws MmioException as {@link #write(long, byte[])}
     */
    public void write(long offset, ByteBuffer source) throws MmioException {
        writeBuffer(offset, source, FOREVER);
    }

    /**
     * As {@link #write(long, byte[])}, waiting no longer than a time-out.
     *
     * @param offset first byte
     * @param source the bytes
     * @param timeout how long to wait for a copy under way, in whole milliseconds, rounded up; not
     *     negative
     * @throws MmioException also {@link Status#TIMEOUT}, or {@link Status#BUSY} if the time-out is
     *     zero; then nothing was written
     * @throws IllegalArgumentException if the time-out is negative
     */
    public void write(long offset, byte[] source, Duration timeout) throws MmioException {
        writeArray(offset, source, 0, source.length, milliseconds(timeout));
    }

    /**
     * As {@link #write(long, ByteBuffer)}, waiting no longer than a time-out.
     *
     * @param offset first byte
     * @param source the bytes
     * @param timeout as of {@link #write(long, byte[], Duration)}
     * @throws MmioException as {@link #write(long, byte[], Duration)}
     * @throws IllegalArgumentException if the time-out is negative
     */
    public void write(long offset, ByteBuffer source, Duration timeout) throws MmioException {
        writeBuffer(offset, source, milliseconds(timeout));
    }

    /**
     * Borrows bytes of the map for reading, without copying them.
     *
     * @param offset first byte
     * @param size number of bytes, also more than a {@code ByteBuffer} can span
     * @return the view; the caller closes it
     * @throws MmioException if memory is exhausted
     * @throws MmioRangeException if the range exceeds the map
     */
    public View view(long offset, long size) throws MmioException {
        return borrow(offset, size, false);
    }

    /**
     * Borrows bytes of the map for reading and writing, without copying them. Closing the view adds
     * its size to the pending bytes of an {@link Mode#RW} map.
     *
     * @param offset first byte
     * @param size number of bytes, also more than a {@code ByteBuffer} can span
     * @return the view; the caller closes it
     * @throws MmioException if memory is exhausted
     * @throws MmioStateException if the map is read-only; checked before the range
     * @throws MmioRangeException if the range exceeds the map
     */
    public View writableView(long offset, long size) throws MmioException {
        return borrow(offset, size, true);
    }

    /**
     * Borrows a run of atomic cells of 4 bytes, for {@code VarHandle}s over its buffer.
     *
     * @param offset first byte, a multiple of 4
     * @param count number of cells
     * @return a writable view; the caller closes it
     * @throws MmioException if memory is exhausted
     * @throws MmioStateException if the map is read-only
     * @throws MmioArgumentException if the offset is not aligned
     * @throws MmioRangeException if the run exceeds the map
     */
    public View intCells(long offset, long count) throws MmioException {
        return borrowCells(offset, count, Integer.BYTES);
    }

    /**
     * Borrows a run of atomic cells of 8 bytes, for {@code VarHandle}s over its buffer.
     *
     * @param offset first byte, a multiple of 8
     * @param count number of cells
     * @return a writable view; the caller closes it
     * @throws MmioException if memory is exhausted
     * @throws MmioStateException if the map is read-only
     * @throws MmioArgumentException if the offset is not aligned
     * @throws MmioRangeException if the run exceeds the map
     */
    public View longCells(long offset, long count) throws MmioException {
        return borrowCells(offset, count, Long.BYTES);
    }

    /**
     * Begins a walk over the whole map for reading, in chunks of one size.
     *
     * @param chunkSize bytes; for pages {@link Mmio#pageSize()}; 0 makes a walk of no chunks
     * @return the walk; the caller closes it
     * @throws MmioException if memory is exhausted
     */
    public Walk walk(long chunkSize) throws MmioException {
        return Walk.begin(this, chunkSize, false);
    }

    /**
     * Begins a walk over the whole map for reading and writing, in chunks of one size. Closing it
     * adds the bytes it handed out to the pending bytes of an {@link Mode#RW} map.
     *
     * @param chunkSize bytes; for pages {@link Mmio#pageSize()}; 0 makes a walk of no chunks
     * @return the walk; the caller closes it
     * @throws MmioException if memory is exhausted
     * @throws MmioStateException if the map is read-only
     */
    public Walk writableWalk(long chunkSize) throws MmioException {
        return Walk.begin(this, chunkSize, true);
    }

    /**
     * The map's base address: an escape hatch for native code, which keeps nothing mapped.
     *
     * <p>It is good for the map's present size, and only until the map is resized or closed by
     * anybody. Prefer views.
     *
     * @return the address; 0 for an empty map
     * @throws MmioException if the system refuses
     */
    public native long address() throws MmioException;

    /**
     * The map's base address for writing: as {@link #address()}, and the whole size becomes
     * pending.
     *
     * @return the address
     * @throws MmioException if the system refuses
     * @throws MmioStateException if the map is read-only
     */
    public native long writableAddress() throws MmioException;

    /**
     * Reads a cell.
     *
     * @param offset place of the cell, a multiple of 4
     * @return what it holds
     * @throws MmioException if memory is exhausted
     */
    public native int loadInt(long offset) throws MmioException;

    /**
     * Sets a cell.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value the new value
     * @throws MmioException if memory is exhausted
     */
    public native void storeInt(long offset, int value) throws MmioException;

    /**
     * Sets a cell.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value the new value
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native int getAndSetInt(long offset, int value) throws MmioException;

    /**
     * Sets a cell if it holds what is expected. Never fails spuriously.
     *
     * @param offset place of the cell, a multiple of 4
     * @param expected the value to replace
     * @param desired the new value
     * @return what it held before: {@code expected} exactly if the cell was set
     * @throws MmioException if memory is exhausted
     */
    public native int compareAndExchangeInt(long offset, int expected, int desired)
            throws MmioException;

    /**
     * Adds to a cell, wrapping around.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value what to add
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native int getAndAddInt(long offset, int value) throws MmioException;

    /**
     * Subtracts from a cell, wrapping around.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value what to subtract
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native int getAndSubtractInt(long offset, int value) throws MmioException;

    /**
     * Sets a cell to its bitwise AND with a value.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value the bits to keep
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native int getAndBitwiseAndInt(long offset, int value) throws MmioException;

    /**
     * Sets a cell to its bitwise OR with a value.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value the bits to set
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native int getAndBitwiseOrInt(long offset, int value) throws MmioException;

    /**
     * Sets a cell to its bitwise XOR with a value.
     *
     * @param offset place of the cell, a multiple of 4
     * @param value the bits to flip
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native int getAndBitwiseXorInt(long offset, int value) throws MmioException;

    /**
     * Reads a cell.
     *
     * @param offset place of the cell, a multiple of 8
     * @return what it holds
     * @throws MmioException if memory is exhausted
     */
    public native long loadLong(long offset) throws MmioException;

    /**
     * Sets a cell.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value the new value
     * @throws MmioException if memory is exhausted
     */
    public native void storeLong(long offset, long value) throws MmioException;

    /**
     * Sets a cell.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value the new value
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native long getAndSetLong(long offset, long value) throws MmioException;

    /**
     * Sets a cell if it holds what is expected. Never fails spuriously.
     *
     * @param offset place of the cell, a multiple of 8
     * @param expected the value to replace
     * @param desired the new value
     * @return what it held before: {@code expected} exactly if the cell was set
     * @throws MmioException if memory is exhausted
     */
    public native long compareAndExchangeLong(long offset, long expected, long desired)
            throws MmioException;

    /**
     * Adds to a cell, wrapping around.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value what to add
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native long getAndAddLong(long offset, long value) throws MmioException;

    /**
     * Subtracts from a cell, wrapping around.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value what to subtract
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native long getAndSubtractLong(long offset, long value) throws MmioException;

    /**
     * Sets a cell to its bitwise AND with a value.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value the bits to keep
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native long getAndBitwiseAndLong(long offset, long value) throws MmioException;

    /**
     * Sets a cell to its bitwise OR with a value.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value the bits to set
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native long getAndBitwiseOrLong(long offset, long value) throws MmioException;

    /**
     * Sets a cell to its bitwise XOR with a value.
     *
     * @param offset place of the cell, a multiple of 8
     * @param value the bits to flip
     * @return what it held before
     * @throws MmioException if memory is exhausted
     */
    public native long getAndBitwiseXorLong(long offset, long value) throws MmioException;

    /**
     * A buffer over bytes of the map. They stay mapped as long as it, or any buffer made from it,
     * is reachable: those refer to the buffer made here, which is what the cleaner watches.
     */
    ByteBuffer buffer(long offset, long size, boolean writable) throws MmioException {
        long[] view = new long[View.NUMBERS];
        ByteBuffer root = acquireBuffer(offset, size, view);
        Native.CLEANER.register(root, View.releaser(view));
        ByteBuffer buffer = writable ? root : root.asReadOnlyBuffer();
        return buffer.order(ByteOrder.nativeOrder());
    }

    private View borrow(long offset, long size, boolean writable) throws MmioException {
        long[] view = new long[View.NUMBERS];
        acquire(offset, size, writable, view);
        return View.of(this, offset, writable, view);
    }

    private View borrowCells(long offset, long count, int cellSize) throws MmioException {
        long[] view = new long[View.NUMBERS];
        acquireCells(offset, count, cellSize, view);
        return View.of(this, offset, true, view);
    }

    private void readBuffer(long offset, ByteBuffer target, long milliseconds)
            throws MmioException {
        if (target.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        int from = target.position();
        int size = target.remaining();
        if (target.isDirect()) {
            readDirect(offset, target, from, size, milliseconds);
        } else {
            int start = target.arrayOffset() + from;
            readArray(offset, target.array(), start, size, milliseconds);
        }
        target.position(target.limit());
    }

    private void writeBuffer(long offset, ByteBuffer source, long milliseconds)
            throws MmioException {
        int from = source.position();
        int size = source.remaining();
        if (source.isDirect()) {
            writeDirect(offset, source, from, size, milliseconds);
        } else if (source.hasArray()) {
            int start = source.arrayOffset() + from;
            writeArray(offset, source.array(), start, size, milliseconds);
        } else { // A read-only buffer does not give its array away.
            byte[] copy = new byte[size];
            source.duplicate().get(copy);
            writeArray(offset, copy, 0, size, milliseconds);
        }
        source.position(source.limit());
    }

    private static byte[] terminated(byte[] path) {
        byte[] copy = new byte[path.length + 1];
        for (int i = 0; i < path.length; i++) {
            if (path[i] == 0) {
                throw Failures.invalid("the path contains a 0 byte at index " + i);
            }
            copy[i] = path[i];
        }
        return copy;
    }

    private static long milliseconds(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("negative time-out: " + timeout);
        }
        try {
            return timeout.plusNanos(999_999).toMillis();
        } catch (ArithmeticException e) { // As good as for ever.
            return Long.MAX_VALUE;
        }
    }

    private static native void initialize();

    /** Ends the handle itself. */
    private static native void free(long handle);

    private static native long openPath(byte[] path, long[] options) throws MmioException;

    private static native long openDescriptor(FileDescriptor file, byte[] label, long[] options)
            throws MmioException;

    private static native long openAnonymous(long size, long[] options) throws MmioException;

    private native int modeNumber();

    private native void inspect(long[] numbers) throws MmioException;

    private native void resizeWithin(long newSize, long milliseconds) throws MmioException;

    private native void flushAll(int level) throws MmioException;

    private native void flushRange(long offset, long size, int level) throws MmioException;

    private native void rewriteLostPages(int level) throws MmioException;

    private native void choosePolicy(int policy, long amount) throws MmioException;

    private native void readArray(long offset, byte[] target, int from, int size, long milliseconds)
            throws MmioException;

    private native void readDirect(
            long offset, ByteBuffer target, int from, int size, long milliseconds)
            throws MmioException;

    private native void writeArray(
            long offset, byte[] source, int from, int size, long milliseconds) throws MmioException;

    private native void writeDirect(
            long offset, ByteBuffer source, int from, int size, long milliseconds)
            throws MmioException;

    private native void acquire(long offset, long size, boolean writable, long[] view)
            throws MmioException;

    private native void acquireCells(long offset, long count, int cellSize, long[] view)
            throws MmioException;

    /** Acquires a view and makes a buffer of it. */
    private native ByteBuffer acquireBuffer(long offset, long size, long[] view)
            throws MmioException;

    /** Begins a walk and tells its first byte's address and its number of chunks. */
    native long beginWalk(long chunkSize, boolean writable, long[] numbers) throws MmioException;
}
