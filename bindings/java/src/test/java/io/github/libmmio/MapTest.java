// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.assertFails;
import static io.github.libmmio.TestSupport.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class MapTest {
    @TempDir Path directory;

    @Test
    void everyCallOnAClosedMapAnswersClosed() throws IOException {
        MmioMap map = MmioMap.open(file(directory, 100, 'x'), TestSupport.RW);
        map.close();
        byte[] bytes = new byte[1];
        ByteBuffer direct = ByteBuffer.allocateDirect(1);
        List<Executable> calls =
                List.of(
                        map::info,
                        map::intoDescriptor,
                        () -> map.read(0, bytes),
                        () -> map.read(0, direct),
                        () -> map.read(0, bytes, Duration.ZERO),
                        () -> map.read(0, direct, Duration.ZERO),
                        () -> map.write(0, bytes),
                        () -> map.write(0, direct),
                        () -> map.write(0, bytes, Duration.ZERO),
                        () -> map.write(0, direct, Duration.ZERO),
                        () -> map.view(0, 1),
                        () -> map.writableView(0, 1),
                        () -> map.intCells(0, 1),
                        () -> map.longCells(0, 1),
                        () -> map.walk(10),
                        () -> map.writableWalk(10),
                        () -> map.resize(50),
                        () -> map.resize(50, Duration.ZERO),
                        () -> map.tryResize(50),
                        map::flush,
                        map::rewriteLost,
                        map::acknowledgeLoss,
                        () -> map.setPolicy(FlushPolicy.ALWAYS, 0),
                        () -> map.flush(0, 1, FlushLevel.START),
                        map::address,
                        map::writableAddress,
                        () -> map.loadInt(0),
                        () -> map.storeLong(0, 1),
                        () -> map.getAndAddLong(0, 1));
        for (Executable call : calls) {
            assertFails(MmioStateException.class, Status.CLOSED, call);
        }
    }

    @Test
    void theFileIsTakenBackOnceNoViewLives() throws IOException {
        MmioMap map = MmioMap.open(file(directory, 100, 'x'), TestSupport.RW);
        try (View view = map.view(0, 1)) {
            assertFails(MmioException.class, Status.BUSY, map::intoDescriptor);
            assertEquals(1, view.size());
        }
        map.write(0, new byte[] {'y'});
        try (FileInputStream stream = new FileInputStream(map.intoDescriptor())) {
            assertEquals('y', stream.read());
            assertFails(MmioStateException.class, Status.CLOSED, map::intoDescriptor);
        }
        assertFails(MmioStateException.class, Status.MODE, MmioMap.anonymous(1)::intoDescriptor);
    }

    @Test
    void aClosedMapIsEmptyAndKeepsItsName() throws IOException {
        Path path = file(directory, 100, 'x');
        MmioMap map = MmioMap.open(path, TestSupport.RW);
        map.write(0, new byte[1]);
        assertEquals(1, map.pending());
        map.close();
        map.close();
        assertEquals(0, map.size());
        assertEquals(0, map.pending());
        assertEquals(Mode.RW, map.mode());
        assertArrayEquals(path.toString().getBytes(StandardCharsets.UTF_8), map.path());
    }

    @Test
    void infoTellsAll() throws IOException {
        try (MmioMap map = MmioMap.open(file(directory, 100, 'x'), TestSupport.RW);
                View view = map.view(0, 10)) {
            map.write(0, new byte[3]);
            MapInfo info = map.info();
            assertEquals(view.size(), 10);
            assertEquals(Kind.FILE, info.kind());
            assertEquals(Mode.RW, info.mode());
            assertEquals(100, info.size());
            assertTrue(info.reserve() >= 100);
            assertEquals(3, info.pending());
            assertEquals(1, info.views());
            assertEquals(1, info.holders());
            assertEquals(
                    directory.resolve("file").toRealPath(),
                    Path.of("/proc/self/fd/" + info.handle()).toRealPath());
        }
    }

    @Test
    void theBaseAddressIsThatOfAView() throws IOException {
        try (MmioMap map = MmioMap.open(file(directory, 100, 'x'), TestSupport.RW);
                View view = map.view(10, 1)) {
            assertEquals(view.address() - 10, map.address());
            assertEquals(0, map.pending());
            assertEquals(map.address(), map.writableAddress());
            assertEquals(100, map.pending());
        }
    }

    @Test
    void flushingMakesNothingPending() throws IOException {
        try (MmioMap map = MmioMap.open(file(directory, 10000, 'x'), TestSupport.RW)) {
            map.write(0, new byte[3]);
            map.flush(FlushLevel.START);
            map.flush(0, 5000, FlushLevel.DATA);
            assertEquals(3, map.pending());
            map.flush();
            assertEquals(0, map.pending());
            map.write(0, new byte[3]);
            map.flush(FlushLevel.FULL);
            assertEquals(0, map.pending());
            assertFails(
                    MmioRangeException.class,
                    Status.RANGE,
                    () -> map.flush(0, 10001, FlushLevel.DATA));
        }
    }

    @Test
    void anAbandonedMapIsClosedByTheGarbageCollector() throws Exception {
        Path path = file(directory, 100, 'x').toRealPath();
        MmioMap.open(path);
        TestSupport.collectUntil(() -> !openFiles().contains(path));
    }

    private static List<Path> openFiles() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.map(MapTest::target).collect(Collectors.toList());
        }
    }

    /** What a descriptor is open on; the listing's own is closed by now. */
    private static Path target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor);
        } catch (IOException e) {
            return descriptor;
        }
    }

    @Test
    void closingUnderOtherThreadsCallsIsSafe() throws Exception {
        Path path = file(directory, 100_000, 'x');
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 200; round++) {
                MmioMap map = MmioMap.open(path, TestSupport.RW);
                Future<?> reader = threads.submit(() -> useUntilClosed(map));
                Future<?> viewer = threads.submit(() -> viewUntilClosed(map));
                map.close();
                reader.get();
                viewer.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    private static void useUntilClosed(MmioMap map) {
        byte[] bytes = new byte[50_000];
        assertFails(
                MmioStateException.class,
                Status.CLOSED,
                () -> {
                    while (true) {
                        map.read(0, bytes);
                        map.getAndAddInt(0, 1);
                    }
                });
    }

    private static void viewUntilClosed(MmioMap map) {
        byte[] bytes = new byte[50_000];
        assertFails(
                MmioStateException.class,
                Status.CLOSED,
                () -> {
                    while (true) {
                        try (View view = map.writableView(0, bytes.length)) {
                            view.get(0, bytes);
                            view.put(0, bytes);
                        }
                    }
                });
    }
}
