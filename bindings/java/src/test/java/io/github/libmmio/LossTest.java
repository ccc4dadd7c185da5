// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.RW;
import static io.github.libmmio.TestSupport.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device that fails to take what was written, below real file systems. */
class LossTest {
    private static final String FAILING_DISK =
            System.getenv("MMIO_ROOT") + "/tests/support/failing_disk.sh";

    /** Where the tests write. */
    private static final long PLACE = 1 << 20;

    @TempDir Path directory;

    private void assertSurvives(String kind, String body) throws Exception {
        Faults.assertSurvives(directory, "", LossTest.class, body, FAILING_DISK, "around", kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void aLossIsToldUntilTheBytesAreWrittenAnew(String kind) throws Exception {
        assertSurvives(kind, "rewrite");
    }

    static void rewrite(Path directory) throws Exception {
        try (MmioMap map = openFile(directory)) {
            int code = lose(map);
            checkEveryCallTells(map, code);
            assertRefused(map::rewriteLost);
            setDisk("heal");
            checkEveryCallTells(map, code);
            assertEquals("\0", byteOnDevice());
            map.rewriteLost(FlushLevel.FULL);
            assertEquals("y", byteOnDevice());
            map.flush();
            map.flush(10, 10, FlushLevel.DATA);
            assertEquals(0, map.info().lostCode());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs", "btrfs"})
    void eachMapTellsOfALossUntilItIsAcknowledgedOrClosed(String kind) throws Exception {
        assertSurvives(kind, "acknowledge");
    }

    static void acknowledge(Path directory) throws Exception {
        MmioMap closed = openFile(directory);
        try (MmioMap map = openFile(directory)) {
            int code = lose(map);
            try (MmioMap later = openFile(directory)) {
                setDisk("heal");
                for (MmioMap each : new MmioMap[] {map, later}) {
                    checkEveryCallTells(each, code);
                    each.acknowledgeLoss();
                    assertEquals(0, each.info().lostCode());
                }
            }
            assertLost(code, closed::close);
            closed.close();
            assertFails(MmioStateException.class, Status.CLOSED, closed::rewriteLost);
        }
    }

    @Test
    void startingToWriteRewritesNothing() throws Exception {
        try (MmioMap map = MmioMap.open(TestSupport.file(directory, 1, 0), RW)) {
            assertFails(
                    MmioArgumentException.class,
                    Status.INVALID,
                    () -> map.rewriteLost(FlushLevel.START));
        }
    }

    private static MmioMap openFile(Path directory) throws IOException {
        return MmioMap.open(directory.resolve("disk/f"), RW);
    }

    private static void setDisk(String command) throws Exception {
        Faults.carryOut(FAILING_DISK, command);
    }

    private static String byteOnDevice() throws IOException {
        List<String> show = List.of(FAILING_DISK, "show", Long.toString(PLACE), "1");
        return TestSupport.output(show, Map.of(), "");
    }

    /** Writes a byte that the device does not take. The first flush tells it as it is. */
    private static int lose(MmioMap map) throws Exception {
        map.write(PLACE, new byte[] {'y'});
        setDisk("fail");
        return assertRefused(map::flush);
    }

    /** What a device that fails makes of a call. */
    private static int assertRefused(Executable call) {
        MmioException failure = assertThrows(MmioException.class, call);
        EnumSet<Status> wanted = EnumSet.of(Status.IO, Status.NO_SPACE);
        assertTrue(wanted.contains(failure.status()), failure.toString());
        assertNotEquals(0, failure.error().osCode());
        return failure.error().osCode();
    }

    private static void assertLost(int code, Executable call) {
        assertEquals(code, assertFails(MmioLostException.class, Status.LOST, call).osCode());
    }

    private static void checkEveryCallTells(MmioMap map, int code) throws MmioException {
        for (FlushLevel level : FlushLevel.values()) {
            assertLost(code, () -> map.flush(level));
            assertLost(code, () -> map.flush(10, 10, level));
        }
        map.setPolicy(FlushPolicy.ALWAYS, 0);
        assertLost(code, () -> map.write(0, new byte[] {'a'}));
        map.setPolicy(FlushPolicy.MANUAL, 0);
        assertLost(code, map::intoDescriptor);
        assertEquals(code, map.info().lostCode());
    }
}
