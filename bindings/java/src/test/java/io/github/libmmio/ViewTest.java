// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.assertFails;
import static io.github.libmmio.TestSupport.creating;
import static io.github.libmmio.TestSupport.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ViewTest {
    @TempDir Path directory;

    private MmioMap map() throws IOException {
        return MmioMap.open(file(directory, 10_000, 'x'), TestSupport.RW);
    }

    @Test
    void aBufferAliasesTheMap() throws IOException {
        try (MmioMap map = map();
                View view = map.writableView(5000, 8)) {
            ByteBuffer buffer = view.buffer();
            assertTrue(buffer.isDirect());
            assertEquals(8, buffer.capacity());
            assertEquals(ByteOrder.nativeOrder(), buffer.order());
            map.write(5001, new byte[] {'a'});
            assertEquals('a', buffer.get(1));
            buffer.put(2, (byte) 'b');
            byte[] bytes = new byte[3];
            map.read(5000, bytes);
            assertArrayEquals(new byte[] {'x', 'a', 'b'}, bytes);
            assertEquals('b', Files.readAllBytes(directory.resolve("file"))[5002]);
        }
    }

    @Test
    void aReadOnlyViewRefusesStores() throws IOException {
        try (MmioMap map = map();
                View view = map.view(0, 10)) {
            assertFalse(view.isWritable());
            ByteBuffer buffer = view.buffer();
            assertEquals(ByteOrder.nativeOrder(), buffer.order());
            assertThrows(ReadOnlyBufferException.class, () -> buffer.put(0, (byte) 1));
            assertThrows(ReadOnlyBufferException.class, () -> view.put(0, new byte[1]));
        }
    }

    @Test
    void onlyWritableMapsHaveWritableViews() throws IOException {
        try (MmioMap map = MmioMap.open(file(directory, 100, 'x'))) {
            assertFails(MmioStateException.class, Status.MODE, () -> map.writableView(1000, 1));
            assertFails(MmioRangeException.class, Status.RANGE, () -> map.view(1000, 1));
        }
    }

    @Test
    void rangesAreCheckedAndNeverOverflow() throws IOException {
        try (MmioMap map = map();
                View view = map.writableView(100, 50)) {
            for (long offset : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 49, 50}) {
                assertFails(
                        MmioRangeException.class,
                        Status.RANGE,
                        () -> map.view(offset, Long.MAX_VALUE));
                assertFails(
                        MmioRangeException.class,
                        Status.RANGE,
                        () -> view.get(offset, new byte[2]));
                assertFails(
                        MmioRangeException.class,
                        Status.RANGE,
                        () -> view.put(offset, new byte[2]));
                assertFails(MmioRangeException.class, Status.RANGE, () -> view.buffer(offset, 2));
                assertFails(MmioRangeException.class, Status.RANGE, () -> view.buffer(offset, -2));
                view.get(offset, new byte[0]);
                assertEquals(0, view.buffer(offset, 0).capacity());
            }
            assertFails(MmioRangeException.class, Status.RANGE, () -> map.view(0, -1));
            assertThrows(NullPointerException.class, () -> view.get(0, (byte[]) null));
            assertThrows(NullPointerException.class, () -> view.put(0, (ByteBuffer) null));
        }
    }

    @Test
    void aViewOfNoBytesIsAView() throws IOException {
        try (MmioMap map = map();
                View view = map.view(1L << 40, 0)) {
            assertEquals(0, view.size());
            assertEquals(0, view.buffer().remaining());
        }
    }

    @Test
    void whatABufferCannotSpanIsTakenInParts() throws IOException {
        long size = 5L << 30;
        try (MmioMap map = MmioMap.open(directory.resolve("large"), creating(size));
                View view = map.writableView(0, size)) {
            assertEquals(size, view.size());
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, view::buffer);
            assertTrue(e.getMessage().contains("5368709120"), e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> view.buffer(0, 1L << 31));
            assertEquals(Integer.MAX_VALUE, view.buffer(0, Integer.MAX_VALUE).capacity());
            view.buffer((4L << 30) + 5, 10).put(1, (byte) 'a');
            byte[] bytes = new byte[2];
            view.get((4L << 30) + 5, bytes);
            assertArrayEquals(new byte[] {0, 'a'}, bytes);
        }
    }

    @Test
    void aClosedViewAnswersClosed() throws IOException {
        try (MmioMap map = map()) {
            View view = map.writableView(0, 10);
            view.close();
            view.close();
            assertEquals(10, map.pending());
            for (Callable<?> call : List.<Callable<?>>of(view::buffer, view::address)) {
                assertFails(MmioStateException.class, Status.CLOSED, call::call);
            }
            assertFails(MmioStateException.class, Status.CLOSED, () -> view.get(0, new byte[1]));
            assertFails(MmioStateException.class, Status.CLOSED, () -> view.put(0, new byte[1]));
        }
    }

    @Test
    void aViewOutlivesItsMap() throws IOException {
        MmioMap map = map();
        try (View view = map.writableView(9999, 1)) {
            map.close();
            view.put(0, new byte[] {'a'});
            byte[] bytes = new byte[1];
            view.get(0, bytes);
            assertEquals('a', bytes[0]);
            assertFails(MmioStateException.class, Status.CLOSED, view::buffer);
        }
        assertEquals('a', Files.readAllBytes(directory.resolve("file"))[9999]);
    }

    @Test
    void aBufferOutlivesItsViewAndItsMap() throws IOException {
        MmioMap map = map();
        View view = map.writableView(0, 10_000);
        ByteBuffer buffer = view.buffer();
        view.close();
        assertEquals(10_000, map.pending());
        map.close();
        for (int i = 0; i < 5; i++) {
            System.gc();
        }
        assertEquals('x', buffer.get(9999));
        buffer.put(0, (byte) 'a');
        assertEquals('a', Files.readAllBytes(directory.resolve("file"))[0]);
    }

    @Test
    void bytesStayMappedAsLongAsAnyBufferMadeOfThemIsReachable() throws Exception {
        try (MmioMap map = map()) {
            List<Object> derived = new ArrayList<>(derivedBuffers(map));
            while (!derived.isEmpty()) {
                for (int i = 0; i < 3; i++) {
                    System.gc();
                }
                assertEquals(derived.size(), map.info().views());
                derived.remove(0);
                int left = derived.size();
                TestSupport.collectUntil(() -> map.info().views() == left);
            }
            assertTrue(map.tryResize(1));
        }
    }

    /** One buffer of each of several views; nothing else of the views is kept. */
    private static List<Object> derivedBuffers(MmioMap map) throws IOException {
        List<Object> derived = new ArrayList<>();
        derived.add(buffer(map));
        derived.add(buffer(map).slice());
        derived.add(buffer(map).duplicate().slice().duplicate());
        derived.add(buffer(map).asReadOnlyBuffer().slice());
        IntBuffer ints = buffer(map).asIntBuffer();
        derived.add(ints.slice().asReadOnlyBuffer());
        return derived;
    }

    private static ByteBuffer buffer(MmioMap map) throws IOException {
        try (View view = map.writableView(100, 1000)) {
            return view.buffer();
        }
    }

    @Test
    void anAbandonedViewIsClosedByTheGarbageCollector() throws Exception {
        try (MmioMap map = map()) {
            assertEquals(10, map.writableView(0, 10).size());
            TestSupport.collectUntil(() -> map.info().views() == 0);
            assertEquals(10, map.pending());
        }
    }

    @Test
    void closingOnManyThreadsReleasesOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (MmioMap map = map();
                View kept = map.view(0, 10)) {
            for (int round = 1; round <= 500; round++) {
                View view = map.writableView(0, 10);
                List<Future<?>> closers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    closers.add(threads.submit(view::close));
                }
                for (Future<?> closer : closers) {
                    closer.get();
                }
                assertEquals(10L * round, map.pending());
                assertEquals(1, map.info().views());
            }
            Reference.reachabilityFence(kept);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void closingUnderOtherThreadsAccessesIsSafe() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 200; round++) {
                MmioMap map = map();
                View view = map.writableView(0, 10_000);
                Future<?> reader = threads.submit(() -> getUntilClosed(view));
                Future<?> other = threads.submit(() -> getUntilClosed(view));
                map.close();
                view.close();
                reader.get();
                other.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private static void getUntilClosed(View view) {
        byte[] bytes = new byte[10_000];
        assertFails(
                MmioStateException.class,
                Status.CLOSED,
                () -> {
                    while (true) {
                        view.get(0, bytes);
                    }
                });
    }
}
