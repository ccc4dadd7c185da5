// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.function.Executable;

/** What several tests need. */
final class TestSupport {
    static final OpenOptions RW = OpenOptions.builder().mode(Mode.RW).build();
    static final OpenOptions COW = OpenOptions.builder().mode(Mode.COW).build();
    static final OpenOptions COW_RW = OpenOptions.builder().mode(Mode.COW_RW).build();

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private TestSupport() {}

    /** A file of some bytes of one value. */
    static Path file(Path directory, int size, int value) throws IOException {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) value);
        return Files.write(directory.resolve("file"), bytes);
    }

    static OpenOptions creating(long size) {
        return OpenOptions.builder().disposition(Disposition.CREATE).size(size).build();
    }

    /** The failure of a call, which must be of one type and one status. */
    static <E extends Throwable & MmioFailure> E assertFails(
            Class<E> type, Status status, Executable call) {
        E failure = assertThrows(type, call);
        assertEquals(status, failure.status());
        return failure;
    }

    /** Collects garbage until a condition holds. */
    static void collectUntil(Callable<Boolean> condition) throws Exception {
        long start = System.nanoTime();
        while (!condition.call()) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                fail("the garbage collector did not give back what nobody uses");
            }
            System.gc();
        }
    }

    /** Command that runs a class of the tests in a JVM of its own, started as this one was. */
    static List<String> java(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(Arrays.asList(arguments));
        return command;
    }

    /** What a command prints, when it is fed some lines and has more in its environment. */
    static String output(List<String> command, Map<String, String> environment, String input)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
