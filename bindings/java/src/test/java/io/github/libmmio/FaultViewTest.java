// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.Faults.PAGE;
import static io.github.libmmio.Faults.SIZE;
import static io.github.libmmio.Faults.assertFault;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code that is not the library's on bytes that are gone. */
class FaultViewTest {
    private static final int THREADS = 8;

    /** So often that the JVM compiles what it runs. */
    private static final int WARM = 200;

    /** Has another process cut and lengthen a file until it is killed, or this one is dead. */
    private static final String STORM =
            "while kill -0 $PPID; do truncate -cs 5000 \"$1\"; truncate -cs 60000 \"$1\"; done";

    @TempDir Path directory;

    /** Looks at a buffer in some way and tells what it has found. */
    private interface Use extends Function<ByteBuffer, Object> {}

    private void assertSurvives(String body) throws Exception {
        Faults.assertSurvives(directory, "", FaultViewTest.class, body);
    }

    private static List<Use> uses() throws Exception {
        List<Use> uses = new ArrayList<>();
        uses.add(Faults::sum);
        uses.add(FaultViewTest::sumOfLongs);
        uses.add(buffer -> Arrays.hashCode(copyOf(buffer)));
        uses.add(buffer -> ByteBuffer.allocateDirect(SIZE).put(buffer).flip());
        uses.add(buffer -> buffer.mismatch(ByteBuffer.wrap(ones())));
        uses.add(buffer -> buffer.compareTo(ByteBuffer.wrap(ones())));
        uses.add(buffer -> StandardCharsets.ISO_8859_1.decode(buffer).toString());
        uses.add(buffer -> checksum(new CRC32(), buffer));
        uses.add(buffer -> checksum(new CRC32C(), buffer));
        uses.add(buffer -> checksum(new Adler32(), buffer));
        uses.add(FaultViewTest::deflatedSize);
        if (Runtime.version().feature() >= 22) {
            uses.add(segmentSum());
        }
        return uses;
    }

    private static long sumOfLongs(ByteBuffer buffer) {
        long sum = 0;
        while (buffer.hasRemaining()) {
            sum += buffer.getLong();
        }
        return sum;
    }

    private static byte[] copyOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static byte[] ones() {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) 1);
        return bytes;
    }

    private static long checksum(Checksum checksum, ByteBuffer buffer) {
        checksum.update(buffer);
        return checksum.getValue();
    }

    private static int deflatedSize(ByteBuffer buffer) {
        Deflater deflater = new Deflater();
        deflater.setInput(buffer);
        deflater.finish();
        int size = deflater.deflate(new byte[SIZE]);
        deflater.end();
        return size;
    }

    /** Loops over a {@code MemorySegment}, which the package is too old to name. */
    private static Use segmentSum() throws Exception {
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        Class<?> layout = Class.forName("java.lang.foreign.ValueLayout$OfByte");
        Object bytes =
                Class.forName("java.lang.foreign.ValueLayout").getField("JAVA_BYTE").get(null);
        MethodHandles.Lookup lookup = MethodHandles.publicLookup();
        MethodHandle get =
                lookup.findVirtual(
                        segment, "get", MethodType.methodType(byte.class, layout, long.class));
        MethodHandle of =
                lookup.findStatic(
                        segment, "ofBuffer", MethodType.methodType(segment, Buffer.class));
        return buffer -> {
            try {
                Object over = of.invoke((Buffer) buffer);
                long sum = 0;
                for (int i = 0; i < SIZE; i++) {
                    sum += (byte) get.invoke(over, bytes, (long) i);
                }
                return sum;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        };
    }

    @Test
    void buffersOfMapsForReadingGoOnWithZeros() throws Exception {
        assertSurvives("readRo");
        assertSurvives("readCow");
    }

    @Test
    void buffersOfWritableMapsDoIfTheyAreToldTo() throws Exception {
        assertSurvives("readAbsorbingRw");
    }

    static void readRo(Path directory) throws Exception {
        read(directory, Mode.RO, OnFault.DEFAULT);
    }

    static void readCow(Path directory) throws Exception {
        read(directory, Mode.COW, OnFault.DEFAULT);
    }

    static void readAbsorbingRw(Path directory) throws Exception {
        read(directory, Mode.RW, OnFault.ABSORB);
    }

    private static void read(Path directory, Mode mode, OnFault onFault) throws Exception {
        byte[] left = ones();
        Arrays.fill(left, PAGE, SIZE, (byte) 0);
        ByteBuffer expected = ByteBuffer.allocateDirect(SIZE).put(left).flip();
        for (Use use : uses()) {
            MmioMap map = Faults.wholeMap(directory, mode, onFault);
            ByteBuffer buffer = map.view(0, SIZE).buffer();
            for (int i = 0; i < WARM; i++) {
                use.apply(buffer.duplicate());
            }
            Faults.setSize(Faults.pathOf(map), PAGE);
            assertEquals(use.apply(expected.duplicate()), use.apply(buffer.duplicate()));
            assertMarked(map);
        }
    }

    private static void assertMarked(MmioMap map) throws Exception {
        assertNotEquals(0, map.info().faults());
        MmioFaultException fault = assertFault(() -> map.read(0, new byte[1]));
        assertEquals(0, fault.done());
        assertEquals(PAGE, fault.error().offset());
        assertFault(() -> map.view(0, 1));
        assertFault(map::checkFaults);
    }

    @Test
    void absorbedWritesAreToldOfToTheEnd() throws Exception {
        assertSurvives("writeAbsorbing");
    }

    static void writeAbsorbing(Path directory) throws Exception {
        try (MmioMap map = Faults.cutMap(directory, Mode.RW, OnFault.ABSORB, PAGE)) {
            try (View view = map.writableView(0, SIZE)) {
                ByteBuffer buffer = view.buffer();
                view.put(0, new byte[SIZE]);
                for (int i = 0; i < SIZE; i++) {
                    buffer.put(i, (byte) 2);
                }
                assertEquals(2 * SIZE, Faults.sum(buffer));
            }
            assertFault(map::flush);
            assertFault(map::close);
            assertEquals(PAGE, Files.size(Faults.pathOf(map)));
        }
    }

    @Test
    void otherBuffersGetTheJvmsInternalError() throws Exception {
        assertSurvives("readUnabsorbed");
    }

    static void readUnabsorbed(Path directory) throws Exception {
        for (MmioMap map :
                new MmioMap[] {
                    Faults.cutMap(directory, Mode.RW, OnFault.DEFAULT, PAGE),
                    Faults.cutMap(directory, Mode.COW_RW, OnFault.DEFAULT, PAGE),
                    Faults.cutMap(directory, Mode.RO, OnFault.NEVER, PAGE),
                }) {
            Faults.assertInternalError(map.view(0, SIZE).buffer());
            assertEquals(0, map.info().faults());
            byte[] bytes = new byte[2 * PAGE];
            assertEquals(PAGE, assertFault(() -> map.read(0, bytes)).done());
            map.read(0, new byte[PAGE]);
        }
    }

    @Test
    void eightThreadsGoOnWhileTheCollectorRuns() throws Exception {
        assertSurvives("readInAStorm");
    }

    static void readInAStorm(Path directory) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS);
        for (int round = 0; round < 5; round++) {
            try (MmioMap map = Faults.wholeMap(directory, Mode.RO, OnFault.DEFAULT)) {
                readInAStorm(pool, map);
            }
        }
        pool.shutdown();
    }

    private static void readInAStorm(ExecutorService pool, MmioMap map) throws Exception {
        ByteBuffer buffer = map.view(0, SIZE).buffer();
        String path = Faults.pathOf(map).toString();
        Process storm = new ProcessBuilder("sh", "-c", STORM, "sh", path).start();
        Callable<Void> reader =
                () -> {
                    while (map.info().faults() == 0
                            || ThreadLocalRandom.current().nextInt(50) != 0) {
                        look(buffer);
                    }
                    return null;
                };
        List<Future<Void>> readers = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            readers.add(pool.submit(reader));
        }
        for (Future<Void> each : readers) {
            while (!each.isDone()) {
                System.gc();
            }
            each.get();
        }
        storm.destroyForcibly().waitFor();
    }

    private static void look(ByteBuffer buffer) {
        byte[] garbage = copyOf(buffer.duplicate());
        assertTrue(Faults.sum(ByteBuffer.wrap(garbage)) <= SIZE);
        assertTrue(Faults.sum(buffer) <= SIZE);
        checksum(new CRC32(), buffer.duplicate());
    }
}
