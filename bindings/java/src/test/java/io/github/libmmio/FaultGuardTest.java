// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.Faults.PAGE;
import static io.github.libmmio.Faults.SIZE;
import static io.github.libmmio.Faults.assertFault;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who chooses the guard, and what it leaves to others. */
class FaultGuardTest {
    private static final int THREADS = 100;

    @TempDir Path directory;

    private void assertSurvives(String guard, String body) throws Exception {
        Faults.assertSurvives(directory, guard, FaultGuardTest.class, body);
    }

    @Test
    void theEnvironmentChoosesTheGuardWhenTheLibraryIsLoaded() throws Exception {
        assertSurvives("", "findSignal");
        assertSurvives("signal", "findSignal");
        assertSurvives("syscall", "findSyscall");
        assertSurvives("off", "findOff");
    }

    static void findSignal(Path directory) {
        assertEquals(FaultGuard.SIGNAL, Mmio.faultGuard());
    }

    static void findSyscall(Path directory) {
        assertEquals(FaultGuard.SYSCALL, Mmio.faultGuard());
    }

    static void findOff(Path directory) {
        assertEquals(FaultGuard.OFF, Mmio.faultGuard());
    }

    @Test
    void anUnknownChoiceIsToldByOpening() throws Exception {
        assertSurvives("Signal", "openUnderUnknown");
    }

    static void openUnderUnknown(Path directory) throws Exception {
        assertEquals(FaultGuard.OFF, Mmio.faultGuard());
        Path path = TestSupport.file(directory, 5, 'x');
        try (FileInputStream stream = new FileInputStream(path.toFile())) {
            for (Executable open :
                    new Executable[] {
                        () -> MmioMap.open(path),
                        () -> MmioMap.open(stream.getFD(), "label", OpenOptions.DEFAULT),
                        () -> MmioMap.anonymous(1),
                    }) {
                String message =
                        TestSupport.assertFails(MmioArgumentException.class, Status.INVALID, open)
                                .getMessage();
                assertTrue(message.contains("MMIO_FAULT_GUARD is \"Signal\""), message);
            }
        }
        Mmio.setFaultGuard(FaultGuard.OFF);
        MmioMap.open(path).close();
    }

    @Test
    void theProgramMayChooseAtAnyTime() throws Exception {
        assertSurvives("off", "choose");
    }

    static void choose(Path directory) throws Exception {
        for (FaultGuard guard :
                new FaultGuard[] {FaultGuard.SIGNAL, FaultGuard.SYSCALL, FaultGuard.SIGNAL}) {
            Mmio.setFaultGuard(guard);
            assertEquals(guard, Mmio.faultGuard());
            MmioMap map = cutMap(directory);
            assertEquals(PAGE, assertFault(() -> map.read(0, new byte[SIZE])).done());
        }
        assertEquals(PAGE, Faults.sum(cutMap(directory).view(0, SIZE).buffer()));
        Mmio.setFaultGuard(FaultGuard.OFF);
        Faults.assertInternalError(cutMap(directory).view(0, SIZE).buffer());
    }

    private static MmioMap cutMap(Path directory) throws Exception {
        return Faults.cutMap(directory, Mode.RO, OnFault.DEFAULT, PAGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "syscall"})
    void offAndSyscallLeaveBuffersToTheJvm(String guard) throws Exception {
        assertSurvives(guard, "readUnguarded");
    }

    static void readUnguarded(Path directory) throws Exception {
        Faults.assertInternalError(cutMap(directory).view(0, SIZE).buffer());
    }

    @Test
    void offLeavesCallsToTheJvm() throws Exception {
        Faults.assertDies(directory, "off", FaultGuardTest.class, "callUnguarded");
    }

    static void callUnguarded(Path directory) throws Exception {
        cutMap(directory).read(0, new byte[SIZE]);
    }

    @Test
    void faultsOfOthersAreInternalErrorsAsBefore() throws Exception {
        assertSurvives("", "faultBeside");
    }

    static void faultBeside(Path directory) throws Exception {
        MmioMap map = cutMap(directory);
        Faults.assertInternalError(Faults.ownBuffer(directory));
        assertEquals(PAGE, Faults.sum(map.view(0, SIZE).buffer()));
        Faults.assertInternalError(Faults.ownBuffer(directory));
        assertFault(() -> map.read(0, new byte[1]));
    }

    @Test
    void soTheyAreOnManyThreads() throws Exception {
        assertSurvives("", "faultBesideOnThreads");
    }

    static void faultBesideOnThreads(Path directory) throws Exception {
        ByteBuffer own = Faults.ownBuffer(directory);
        MmioMap map = Faults.cutMap(directory, Mode.RW, OnFault.DEFAULT, PAGE);
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        List<Future<?>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(
                    pool.submit(
                            () -> {
                                Faults.assertInternalError(own);
                                assertFault(() -> map.read(PAGE, new byte[1]));
                            }));
        }
        for (Future<?> thread : threads) {
            thread.get();
        }
        pool.shutdown();
    }
}
