// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.function.Executable;

/**
 * What the tests of faults share: taking bytes from under maps, and JVMs that may die of it. Each
 * body is a static method of a test class that takes a directory; it runs in a JVM of its own.
 */
final class Faults {
    static final int PAGE = (int) Mmio.pageSize();

    /** The pages of a file that is cut. */
    static final int PAGES = 16;

    static final int SIZE = PAGES * PAGE;

    private static final String OUTPUT = "output";

    /** How a JVM ends in which a body threw something. */
    private static final int FAILED = 2;

    private static volatile long kept;

    private Faults() {}

    public static void main(String[] args) {
        try {
            Method body = Class.forName(args[0]).getDeclaredMethod(args[1], Path.class);
            body.setAccessible(true);
            body.invoke(null, Path.of(args[2]));
        } catch (Throwable e) {
            e.printStackTrace();
            System.exit(FAILED);
        }
    }

    /** Runs a body in a directory, under what the environment says of the guard. */
    private static int run(
            Path directory, String guard, Class<?> test, String body, String... around)
            throws Exception {
        List<String> command =
                TestSupport.java(Faults.class, test.getName(), body, directory.toString());
        command.add(1, "-XX:-CreateCoredumpOnCrash");
        command.add(1, "-XX:ErrorFile=" + directory.resolve("error"));
        command.addAll(0, List.of(around));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().put("MMIO_FAULT_GUARD", guard);
        builder.redirectErrorStream(true);
        Path output = directory.resolve(OUTPUT);
        return builder.redirectOutput(output.toFile()).start().waitFor();
    }

    /** The JVM is run by another command if one is given. */
    static void assertSurvives(
            Path directory, String guard, Class<?> test, String body, String... around)
            throws Exception {
        assertEquals(0, run(directory, guard, test, body, around), () -> outputOf(directory));
    }

    /** The JVM ends itself because of a SIGBUS, and says so. */
    static void assertDies(Path directory, String guard, Class<?> test, String body)
            throws Exception {
        assertEquals(1, run(directory, guard, test, body), () -> outputOf(directory));
        String output = outputOf(directory);
        assertTrue(output.contains("fatal error") && output.contains("SIGBUS"), output);
    }

    private static String outputOf(Path directory) {
        try {
            return Files.readString(directory.resolve(OUTPUT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has another process carry out a command. */
    static void carryOut(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertEquals(0, process.waitFor(), String.join(" ", command));
    }

    static void setSize(Path path, long size) throws IOException, InterruptedException {
        carryOut("truncate", "-s", Long.toString(size), path.toString());
    }

    /** A map of a new file of 1s, all of it there. */
    static MmioMap wholeMap(Path directory, Mode mode, OnFault onFault) throws IOException {
        byte[] ones = new byte[SIZE];
        Arrays.fill(ones, (byte) 1);
        Path path = Files.write(directory.resolve(UUID.randomUUID().toString()), ones);
        return MmioMap.open(path, OpenOptions.builder().mode(mode).onFault(onFault).build());
    }

    static Path pathOf(MmioMap map) {
        return Path.of(new String(map.path()));
    }

    /** A map of a file of 1s, of which only the first bytes are left. */
    static MmioMap cutMap(Path directory, Mode mode, OnFault onFault, long rest) throws Exception {
        MmioMap map = wholeMap(directory, mode, onFault);
        setSize(pathOf(map), rest);
        return map;
    }

    /** What Java itself makes of a file that is empty by now. */
    static ByteBuffer ownBuffer(Path directory) throws Exception {
        Path path = Files.write(directory.resolve(UUID.randomUUID().toString()), new byte[PAGE]);
        try (FileChannel channel = FileChannel.open(path)) {
            ByteBuffer buffer = channel.map(MapMode.READ_ONLY, 0, PAGE);
            setSize(path, 0);
            return buffer;
        }
    }

    static long sum(ByteBuffer buffer) {
        long sum = 0;
        for (int i = 0; i < buffer.limit(); i++) {
            sum += buffer.get(i);
        }
        return sum;
    }

    /** Reads bytes that are gone until the JVM tells of it, which takes it some time. */
    static void assertInternalError(ByteBuffer buffer) {
        InternalError error =
                assertThrows(
                        InternalError.class,
                        () -> {
                            for (int i = 0; i < 1_000_000; i++) {
                                kept = sum(buffer);
                            }
                        });
        assertTrue(error.getMessage().contains("unsafe memory access"), error.getMessage());
    }

    static MmioFaultException assertFault(Executable call) {
        return TestSupport.assertFails(MmioFaultException.class, Status.FAULT, call);
    }
}
