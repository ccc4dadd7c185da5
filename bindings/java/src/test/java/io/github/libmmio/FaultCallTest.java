// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.Faults.PAGE;
import static io.github.libmmio.Faults.SIZE;
import static io.github.libmmio.Faults.assertFault;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of the library on bytes that are gone answer; no JVM dies. */
class FaultCallTest {
    private static final long OFFSET = PAGE - 50;

    @TempDir Path directory;

    private void assertSurvives(String guard, String body) throws Exception {
        Faults.assertSurvives(directory, guard, FaultCallTest.class, body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"signal", "syscall"})
    void copiesTellHowFarTheyCameAndWhy(String guard) throws Exception {
        assertSurvives(guard, "copy");
    }

    static void copy(Path directory) throws Exception {
        try (MmioMap map = Faults.cutMap(directory, Mode.RW, OnFault.DEFAULT, PAGE)) {
            byte[] array = new byte[100];
            checkFault(assertFault(() -> map.read(OFFSET, array)));
            checkHalf(array);
            for (ByteBuffer buffer :
                    new ByteBuffer[] {ByteBuffer.allocate(103), ByteBuffer.allocateDirect(103)}) {
                buffer.position(3);
                checkFault(assertFault(() -> map.read(OFFSET, buffer)));
                checkFault(assertFault(() -> map.read(OFFSET, buffer, Duration.ofSeconds(1))));
                assertEquals(100, buffer.remaining());
                byte[] filled = new byte[100];
                buffer.duplicate().get(filled);
                checkHalf(filled);
                checkFault(assertFault(() -> map.write(OFFSET, buffer)));
                checkFault(assertFault(() -> map.write(OFFSET, buffer, Duration.ZERO)));
                assertEquals(100, buffer.remaining());
            }
            Arrays.fill(array, (byte) 2);
            checkFault(assertFault(() -> map.write(OFFSET, array)));
            map.read(PAGE - 100, array);
            assertEquals(1, array[49]);
            assertEquals(2, array[50]);
            assertEquals(0, map.info().faults());
        }
    }

    private static void checkFault(MmioFaultException fault) {
        assertEquals(50, fault.done());
        assertEquals(FaultCause.TRUNCATED, fault.faultCause());
        assertEquals(PAGE, fault.error().offset());
        assertEquals(100, fault.error().size());
        assertEquals(PAGE, fault.error().limit());
    }

    private static void checkHalf(byte[] bytes) {
        byte[] half = new byte[100];
        Arrays.fill(half, 0, 50, (byte) 1);
        assertArrayEquals(half, bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"signal", "syscall"})
    void cellsThatAreGoneAreFaults(String guard) throws Exception {
        assertSurvives(guard, "useCells");
    }

    static void useCells(Path directory) throws Exception {
        try (MmioMap map = Faults.cutMap(directory, Mode.RW, OnFault.DEFAULT, PAGE)) {
            assertFault(() -> map.loadInt(PAGE));
            assertFault(() -> map.getAndAddLong(PAGE, 1));
            assertEquals(0x01010101, map.loadInt(0));
        }
    }

    @Test
    void aFullDiskStopsCopiesIntoASparseFile() throws Exception {
        for (String body : new String[] {"fillDisk", "readDisk"}) {
            String disk = Files.createDirectory(directory.resolve(body)).toString();
            Faults.carryOut("mount", "-t", "tmpfs", "-o", "size=" + 8 * PAGE, "none", disk);
            try {
                assertSurvives("", body);
            } finally {
                Faults.carryOut("umount", "-l", disk);
            }
        }
    }

    static void fillDisk(Path directory) throws Exception {
        try (MmioMap map = sparseMap(directory.resolve("fillDisk"), TestSupport.RW)) {
            checkFull(assertFault(() -> map.write(0, new byte[SIZE])));
            map.write(0, new byte[8 * PAGE]);
        }
    }

    /** On this file system, pages that are only read take room as well. */
    static void readDisk(Path directory) throws Exception {
        try (MmioMap map = sparseMap(directory.resolve("readDisk"), OpenOptions.DEFAULT)) {
            checkFull(assertFault(() -> map.read(0, new byte[SIZE])));
            map.read(0, new byte[8 * PAGE]);
        }
    }

    private static MmioMap sparseMap(Path disk, OpenOptions options) throws Exception {
        Path path = disk.resolve("sparse");
        Faults.setSize(path, SIZE);
        return MmioMap.open(path, options);
    }

    private static void checkFull(MmioFaultException fault) {
        assertEquals(8 * PAGE, fault.done());
        assertEquals(FaultCause.NO_SPACE, fault.faultCause());
        assertEquals(28, fault.error().osCode()); // ENOSPC
    }

    @Test
    void checkFaultsComparesTheSizes() throws Exception {
        assertSurvives("", "checkSizes");
    }

    static void checkSizes(Path directory) throws Exception {
        try (MmioMap map = Faults.cutMap(directory, Mode.RO, OnFault.DEFAULT, SIZE - 1);
                View view = map.view(0, SIZE)) {
            assertEquals(SIZE - 1, Faults.sum(view.buffer()));
            MmioFaultException fault = assertFault(map::checkFaults);
            assertEquals(FaultCause.TRUNCATED, fault.faultCause());
            assertEquals(SIZE - 1, fault.error().offset());
            Faults.setSize(Faults.pathOf(map), SIZE);
            map.checkFaults();
        }
    }

    /** The other side of a copy is the caller's: native code faults that is not to be helped. */
    @ParameterizedTest
    @ValueSource(strings = {"signal", "off"})
    void aFaultInTheCallersBufferEndsTheJvmAsBefore(String guard) throws Exception {
        Faults.assertDies(directory, guard, FaultCallTest.class, "writeFromOwnBuffer");
    }

    static void writeFromOwnBuffer(Path directory) throws Exception {
        ByteBuffer own = Faults.ownBuffer(directory);
        assertFalse(own.hasArray());
        MmioMap.anonymous(SIZE).write(0, own);
    }
}
