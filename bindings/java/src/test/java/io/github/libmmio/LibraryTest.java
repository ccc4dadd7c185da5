// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class LibraryTest {
    private static final Pattern FAILURE = Pattern.compile("#define (MMIO_ERR_\\w+) \\((-\\d+)\\)");

    /** Prints why the library cannot be loaded. */
    static final class Load {
        public static void main(String[] args) {
            try {
                Mmio.version();
            } catch (UnsatisfiedLinkError e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void versionsAgree() {
        int version = Mmio.version();
        String text = (version >> 16) + "." + (version >> 8 & 0xff) + "." + (version & 0xff);
        assertEquals(text, Mmio.versionString());
    }

    @Test
    void sizesOfThisSystem() {
        assertEquals(0, Mmio.maxSize() % Mmio.pageSize());
        assertEquals(0, Mmio.mapGranularity() % Mmio.pageSize());
    }

    @Test
    void featuresCanBeAskedFor() {
        for (Feature feature : Feature.values()) {
            assertEquals(Mmio.has(feature.number), Mmio.has(feature));
        }
        assertFalse(Mmio.has(0));
        assertFalse(Mmio.has(-1));
    }

    @Test
    void everyStatusOfTheHeadersHasAConstantOfItsName() throws IOException {
        Path header = Path.of(System.getenv("MMIO_ROOT"), "api/include/mmio/base.h");
        Matcher failure = FAILURE.matcher(Files.readString(header));
        EnumSet<Status> left = EnumSet.complementOf(EnumSet.of(Status.UNKNOWN));
        while (failure.find()) {
            Status status = Status.of(Integer.parseInt(failure.group(2)));
            assertEquals(failure.group(1), "MMIO_ERR_" + status);
            assertEquals(failure.group(1), Mmio.statusName(status.number()));
            left.remove(status);
        }
        assertEquals(EnumSet.noneOf(Status.class), left);
        assertEquals(Status.UNKNOWN, Status.of(-9999));
        assertNull(Mmio.statusName(Status.UNKNOWN.number()));
    }

    @Test
    void statusesExplainThemselves() {
        for (Status status : Status.values()) {
            assertFalse(status.text().isEmpty());
            assertEquals(status == Status.BUSY || status == Status.TIMEOUT, status.isRetryable());
        }
    }

    @Test
    void aFailureCanBeSentElsewhere() throws Exception {
        Exception failure = Failures.of(-12, 1, 2, 3, 4, 0, 0, new byte[] {'a'});
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(failure);
        }
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            MmioException back = (MmioException) in.readObject();
            assertEquals("a", back.getMessage());
            assertEquals(Status.NO_MEMORY, back.status());
            assertEquals(4, back.error().limit());
        }
    }

    @Test
    void aLibraryThatCannotBeLoadedIsExplained() throws IOException {
        List<String> command = TestSupport.java(Load.class);
        command.add(1, "-Dio.github.libmmio.library=/nowhere/libmmiojni.so");
        String reason = TestSupport.output(command, Map.of(), "");
        assertTrue(reason.startsWith("libmmio: cannot load /nowhere/libmmiojni.so ("), reason);
        assertTrue(reason.contains("io.github.libmmio.library"), reason);
    }
}
