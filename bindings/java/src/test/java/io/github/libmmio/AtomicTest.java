// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.assertFails;
import static io.github.libmmio.TestSupport.file;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicTest {
    private static final VarHandle LONGS =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    @TempDir Path directory;

    private MmioMap map() throws IOException {
        return MmioMap.open(file(directory, 100, 0), TestSupport.RW);
    }

    @Test
    void everyOperationOnInts() throws IOException {
        try (MmioMap map = map()) {
            map.storeInt(4, -2);
            assertEquals(-2, map.loadInt(4));
            assertEquals(-2, map.getAndAddInt(4, 5));
            assertEquals(3, map.getAndSubtractInt(4, 1));
            assertEquals(2, map.getAndBitwiseOrInt(4, 0xff));
            assertEquals(0xff, map.getAndBitwiseAndInt(4, 0x3c));
            assertEquals(0x3c, map.getAndBitwiseXorInt(4, 0x30));
            assertEquals(0x0c, map.getAndSetInt(4, 7));
            assertEquals(7, map.compareAndExchangeInt(4, 8, 9));
            assertEquals(7, map.compareAndExchangeInt(4, 7, 9));
            assertEquals(9, map.loadInt(4));
            assertEquals(0, map.loadInt(0));
            assertEquals(0, map.loadInt(8));
        }
    }

    @Test
    void everyOperationOnLongs() throws IOException {
        long high = 1L << 40;
        try (MmioMap map = map()) {
            map.storeLong(8, -2);
            assertEquals(-2, map.loadLong(8));
            assertEquals(-2, map.getAndAddLong(8, high + 2));
            assertEquals(high, map.getAndSubtractLong(8, 1));
            assertEquals(high - 1, map.getAndBitwiseAndLong(8, 0xff));
            assertEquals(0xff, map.getAndBitwiseXorLong(8, 0xf0));
            assertEquals(0x0f, map.getAndBitwiseOrLong(8, high));
            assertEquals(high | 0x0f, map.getAndSetLong(8, 7));
            assertEquals(7, map.compareAndExchangeLong(8, 8, high));
            assertEquals(7, map.compareAndExchangeLong(8, 7, high));
            assertEquals(high, map.loadLong(8));
            assertEquals(0, map.loadLong(0));
            assertEquals(0, map.loadLong(16));
        }
    }

    @Test
    void modeAlignmentAndRangeAreCheckedInThisOrder() throws IOException {
        try (MmioMap map = map();
                MmioMap readOnly = MmioMap.open(directory.resolve("file"))) {
            assertFails(MmioStateException.class, Status.MODE, () -> readOnly.loadInt(1001));
            MmioArgumentException misaligned =
                    assertFails(
                            MmioArgumentException.class,
                            Status.ALIGN,
                            () -> map.getAndAddLong(1004, 1));
            assertEquals(1004, misaligned.error().offset());
            assertEquals(8, misaligned.error().limit());
            assertFails(MmioArgumentException.class, Status.ALIGN, () -> map.storeInt(2, 1));
            assertFails(MmioArgumentException.class, Status.ALIGN, () -> map.longCells(4, 1));
            assertFails(MmioRangeException.class, Status.RANGE, () -> map.loadInt(100));
            assertFails(MmioRangeException.class, Status.RANGE, () -> map.loadLong(-8));
            assertFails(MmioRangeException.class, Status.RANGE, () -> map.intCells(0, 26));
            assertFails(
                    MmioRangeException.class, Status.RANGE, () -> map.longCells(0, Long.MAX_VALUE));
        }
    }

    @Test
    void threadsCountTogetherThroughTheMapAndThroughARun() throws Exception {
        try (MmioMap map = map();
                View cells = map.longCells(16, 2)) {
            assertEquals(16, cells.size());
            ByteBuffer buffer = cells.buffer();
            CompletableFuture<Void> throughTheRun =
                    CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; i < 100_000; i++) {
                                    LONGS.getAndAdd(buffer, 8, 1L);
                                }
                            });
            for (int i = 0; i < 100_000; i++) {
                map.getAndAddLong(24, 1);
            }
            throughTheRun.get();
            assertEquals(200_000, map.loadLong(24));
        }
    }

    @Test
    void anEmptyRunIsARun() throws IOException {
        try (MmioMap map = map();
                View cells = map.intCells(100, 0)) {
            assertEquals(0, cells.size());
        }
    }
}
