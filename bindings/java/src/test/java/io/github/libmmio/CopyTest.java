// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.assertFails;
import static io.github.libmmio.TestSupport.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CopyTest {
    private static final int SIZE = 1 << 20;

    @TempDir Path directory;

    private MmioMap map() throws IOException {
        return MmioMap.open(file(directory, SIZE, 'x'), TestSupport.RW);
    }

    private static byte[] pattern(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + 7);
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096, 4097, 1_000_000})
    void arraysOfAnyLengthGoInAndOut(int size) throws IOException {
        byte[] bytes = pattern(size);
        try (MmioMap map = map()) {
            map.write(33, bytes);
            map.write(33, bytes, Duration.ofSeconds(60));
            byte[] back = new byte[size];
            map.read(33, back);
            assertArrayEquals(bytes, back);
            Arrays.fill(back, (byte) 0);
            map.read(33, back, Duration.ofSeconds(60));
            assertArrayEquals(bytes, back);
        }
        byte[] file = Files.readAllBytes(directory.resolve("file"));
        assertArrayEquals(bytes, Arrays.copyOfRange(file, 33, 33 + size));
        assertEquals('x', file[32]);
        assertEquals('x', file[33 + size]);
    }

    @Test
    void buffersOfAnyKindGoInAndOut() throws IOException {
        byte[] bytes = pattern(10_000);
        ByteBuffer heap = ByteBuffer.wrap(bytes, 100, 5000).slice();
        ByteBuffer direct = ByteBuffer.allocateDirect(10_000).put(bytes);
        direct.position(100).limit(5100);
        try (MmioMap map = map()) {
            for (ByteBuffer source :
                    new ByteBuffer[] {
                        heap,
                        direct,
                        heap.duplicate().rewind().asReadOnlyBuffer(),
                        direct.duplicate().position(100).asReadOnlyBuffer()
                    }) {
                ByteBuffer again = source.duplicate();
                map.write(7, new byte[6000]);
                map.write(7, source);
                assertEquals(0, source.remaining());
                map.write(7, again, Duration.ZERO);
                checkBack(map, bytes, ByteBuffer.allocate(6000).position(1).limit(5001));
                checkBack(map, bytes, ByteBuffer.allocateDirect(6000).position(1).limit(5001));
                checkBack(map, bytes, ByteBuffer.wrap(new byte[6000], 500, 5000).slice());
            }
        }
    }

    private static void checkBack(MmioMap map, byte[] bytes, ByteBuffer target) throws IOException {
        ByteBuffer wanted = ByteBuffer.wrap(bytes, 100, 5000);
        ByteBuffer read = target.duplicate();
        map.read(7, target);
        assertEquals(0, target.remaining());
        assertEquals(wanted, read);
        map.write(6, new byte[1]);
        ByteBuffer readAgain = read.duplicate();
        map.read(7, readAgain.duplicate(), Duration.ZERO);
        assertEquals(wanted, readAgain);
    }

    @Test
    void whatFailsLeavesThePositionAndTheBytes() throws IOException {
        try (MmioMap map = map()) {
            for (ByteBuffer buffer :
                    new ByteBuffer[] {ByteBuffer.allocate(10), ByteBuffer.allocateDirect(10)}) {
                buffer.position(3);
                assertFails(
                        MmioRangeException.class, Status.RANGE, () -> map.read(SIZE - 6, buffer));
                assertFails(
                        MmioRangeException.class, Status.RANGE, () -> map.write(SIZE - 6, buffer));
                assertEquals(3, buffer.position());
                assertEquals(0, buffer.get(3));
            }
            byte[] last = new byte[1];
            map.read(SIZE - 1, last);
            assertEquals('x', last[0]);
        }
    }

    @Test
    void rangesCarryTheirNumbersAndNeverOverflow() throws IOException {
        try (MmioMap map = map()) {
            MmioRangeException e =
                    assertFails(
                            MmioRangeException.class,
                            Status.RANGE,
                            () -> map.read(SIZE - 1, new byte[2]));
            assertEquals(SIZE - 1, e.error().offset());
            assertEquals(2, e.error().size());
            assertEquals(SIZE, e.error().limit());
            assertEquals(0, e.error().osCode());
            for (long offset : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, SIZE}) {
                byte[] bytes = new byte[8];
                assertFails(MmioRangeException.class, Status.RANGE, () -> map.read(offset, bytes));
                assertFails(MmioRangeException.class, Status.RANGE, () -> map.write(offset, bytes));
                map.read(offset, new byte[0]);
                map.write(offset, new byte[0]);
            }
        }
    }

    @Test
    void onlyWritableMapsAreWritten() throws IOException {
        Path path = file(directory, 100, 'x');
        try (MmioMap ro = MmioMap.open(path);
                MmioMap cow = MmioMap.open(path, TestSupport.COW);
                MmioMap own = MmioMap.open(path, TestSupport.COW_RW)) {
            for (MmioMap map : new MmioMap[] {ro, cow}) {
                assertFails(
                        MmioStateException.class, Status.MODE, () -> map.write(1000, new byte[1]));
                map.write(1000, new byte[0]);
            }
            own.write(0, new byte[] {'y'});
            byte[] bytes = new byte[2];
            own.read(0, bytes);
            assertArrayEquals(new byte[] {'y', 'x'}, bytes);
            assertEquals('x', Files.readAllBytes(path)[0]);
        }
    }

    @Test
    void readOnlyTargetsAndNullAreRefused() throws IOException {
        try (MmioMap map = map()) {
            ByteBuffer readOnly = ByteBuffer.allocateDirect(1).asReadOnlyBuffer();
            assertThrows(ReadOnlyBufferException.class, () -> map.read(0, readOnly));
            assertThrows(NullPointerException.class, () -> map.read(0, (byte[]) null));
            assertThrows(NullPointerException.class, () -> map.read(0, (ByteBuffer) null));
            assertThrows(NullPointerException.class, () -> map.write(0, (byte[]) null));
            assertThrows(NullPointerException.class, () -> map.write(0, (ByteBuffer) null));
        }
    }

    @Test
    void aReadNeverSeesHalfOfAWrite() throws Exception {
        try (MmioMap map = map()) {
            AtomicBoolean isDone = new AtomicBoolean();
            CompletableFuture<Void> writer =
                    CompletableFuture.runAsync(() -> writeUntil(map, 200_000, isDone));
            try {
                byte[] bytes = new byte[200_000];
                for (int i = 0; i < 500; i++) {
                    map.read(SIZE - bytes.length, bytes);
                    byte[] whole = new byte[bytes.length];
                    Arrays.fill(whole, bytes[0]);
                    assertArrayEquals(whole, bytes);
                }
            } finally {
                isDone.set(true);
                writer.get();
            }
        }
    }

    /** A copy that throws when others are in the way. */
    private interface Copy {
        void run() throws MmioException;
    }

    private static Status whatStops(Copy copy) {
        while (true) {
            try {
                copy.run();
            } catch (MmioException e) {
                return e.status();
            }
        }
    }

    @Test
    void copiesBesideAWriteGiveUpWhenToldTo() throws Exception {
        int size = 64 << 20;
        try (MmioMap map = MmioMap.anonymous(size)) {
            AtomicBoolean isDone = new AtomicBoolean();
            CompletableFuture<Void> writer =
                    CompletableFuture.runAsync(() -> writeUntil(map, size, isDone));
            Duration some = Duration.ofMillis(1);
            byte[] last = new byte[1];
            ByteBuffer direct = ByteBuffer.allocateDirect(1);
            try {
                assertEquals(Status.BUSY, whatStops(() -> map.read(size - 1, last, Duration.ZERO)));
                assertEquals(
                        Status.BUSY, whatStops(() -> map.write(size - 1, last, Duration.ZERO)));
                assertEquals(Status.TIMEOUT, whatStops(() -> map.read(size - 1, last, some)));
                assertEquals(Status.TIMEOUT, whatStops(() -> map.write(size - 1, last, some)));
                assertEquals(
                        Status.TIMEOUT,
                        whatStops(() -> map.read(size - 1, direct.duplicate(), some)));
            } finally {
                isDone.set(true);
                writer.get();
            }
        }
    }

    @Test
    void aTimeOutOfACopyIsNotNegative() throws IOException {
        try (MmioMap map = map()) {
            Duration negative = Duration.ofMillis(-1);
            byte[] bytes = new byte[1];
            ByteBuffer buffer = ByteBuffer.allocate(1);
            assertThrows(IllegalArgumentException.class, () -> map.read(0, bytes, negative));
            assertThrows(IllegalArgumentException.class, () -> map.write(0, buffer, negative));
            assertThrows(NullPointerException.class, () -> map.read(0, buffer, null));
        }
    }

    private static void writeUntil(MmioMap map, int size, AtomicBoolean isDone) {
        byte[] bytes = new byte[size];
        for (int value = 0; !isDone.get(); value++) {
            Arrays.fill(bytes, (byte) value);
            try {
                map.write(map.size() - size, bytes);
            } catch (MmioException e) {
                throw new AssertionError(e);
            }
        }
    }
}
