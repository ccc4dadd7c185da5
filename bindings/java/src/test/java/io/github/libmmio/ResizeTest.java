// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.assertFails;
import static io.github.libmmio.TestSupport.file;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResizeTest {
    @TempDir Path directory;

    private MmioMap map() throws IOException {
        return MmioMap.open(file(directory, 10_000, 'x'), TestSupport.RW);
    }

    @Test
    void growingLeavesViewsAlone() throws IOException {
        try (MmioMap map = map();
                View view = map.view(0, 10_000)) {
            long address = view.address();
            ByteBuffer buffer = view.buffer();
            map.resize(20_000);
            map.resize(1L << 40, Duration.ZERO);
            assertEquals(address, view.address());
            map.write(9_999, new byte[] {'a'});
            assertEquals('a', buffer.get(9_999));
        }
    }

    @Test
    void shrinkingWithoutWaitingIsBusyWhileAViewReachesBeyond() throws IOException {
        try (MmioMap map = map()) {
            try (View view = map.view(0, 10_000)) {
                assertFalse(map.tryResize(5_000));
                assertFails(
                        MmioException.class, Status.BUSY, () -> map.resize(5_000, Duration.ZERO));
                assertEquals(10_000, view.size());
            }
            assertTrue(map.tryResize(5_000));
            assertEquals(5_000, map.size());
        }
    }

    @Test
    void aTimeOutIsRoundedUpToMilliseconds() throws IOException {
        try (MmioMap map = map();
                View view = map.view(0, 10_000)) {
            for (Duration timeout : new Duration[] {Duration.ofMillis(20), Duration.ofNanos(1)}) {
                MmioException e =
                        assertFails(
                                MmioException.class,
                                Status.TIMEOUT,
                                () -> map.resize(5_000, timeout));
                assertTrue(e.status().isRetryable());
            }
            assertEquals(10_000, view.size());
        }
    }

    @Test
    void aTimeOutMayBeForEverButNotNegative() throws IOException {
        try (MmioMap map = map()) {
            map.resize(5_000, Duration.ofSeconds(Long.MAX_VALUE));
            assertEquals(5_000, map.size());
            Duration negative = Duration.ofMillis(-1);
            assertThrows(IllegalArgumentException.class, () -> map.resize(5_000, negative));
            assertThrows(NullPointerException.class, () -> map.resize(5_000, null));
        }
    }

    @Test
    void waitingForOnesOwnViewIsADeadlock() throws IOException {
        try (MmioMap map = map();
                View view = map.view(9_999, 1)) {
            assertFails(MmioException.class, Status.DEADLOCK, () -> map.resize(5_000));
            assertEquals(1, view.size());
        }
    }

    @Test
    void shrinkingWaitsUntilAnotherThreadClosesTheView() throws Exception {
        try (MmioMap map = map()) {
            View view = map.view(0, 10_000);
            FutureTask<Long> shrinking =
                    new FutureTask<>(
                            () -> {
                                map.resize(5_000);
                                return map.size();
                            });
            new Thread(shrinking).start();
            assertFalse(map.tryResize(5_000));
            view.close();
            assertEquals(5_000, shrinking.get());
        }
    }

    @Test
    void shrinkingWaitsForBuffersUntilTheyAreCollected() throws Exception {
        try (MmioMap map = map()) {
            ByteBuffer buffer = closedViewsBuffer(map);
            System.gc();
            assertFalse(map.tryResize(5_000));
            assertEquals('x', buffer.get(9_999));
            Reference.reachabilityFence(buffer);
            buffer = null;
            TestSupport.collectUntil(() -> map.tryResize(5_000));
        }
    }

    private static ByteBuffer closedViewsBuffer(MmioMap map) throws IOException {
        try (View view = map.view(0, 10_000)) {
            return view.buffer();
        }
    }

    @Test
    void onlyWritableSharedMapsAreResizedAndOnlyToLegalSizes() throws IOException {
        Path path = file(directory, 100, 'x');
        for (OpenOptions options :
                new OpenOptions[] {OpenOptions.DEFAULT, TestSupport.COW, TestSupport.COW_RW}) {
            try (MmioMap map = MmioMap.open(path, options)) {
                assertFails(MmioStateException.class, Status.MODE, () -> map.resize(0));
            }
        }
        try (MmioMap map = MmioMap.open(path, TestSupport.RW)) {
            assertFails(MmioArgumentException.class, Status.INVALID, () -> map.resize(0));
            assertFails(MmioException.class, Status.TOO_LARGE, () -> map.resize(-1));
            assertFails(
                    MmioException.class, Status.TOO_LARGE, () -> map.tryResize(Mmio.maxSize() + 1));
            assertEquals(100, map.size());
        }
    }
}
