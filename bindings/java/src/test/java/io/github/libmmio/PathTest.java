// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.creating;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathTest {
    private static final String SPACES = "2061202062";
    private static final String UNICODE = "c3bc2de697a5e69cac";
    private static final String NOT_UTF_8 = "fffe2dc328";
    private static final String MARKS = "2535306325313f23";

    @TempDir Path directory;

    private byte[] path(String hexName) {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        path.writeBytes((directory + "/").getBytes(StandardCharsets.UTF_8));
        path.writeBytes(Hex.decode(hexName));
        return path.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {SPACES, UNICODE, NOT_UTF_8, MARKS})
    void anyBytesAreAPath(String name) throws IOException {
        try (MmioMap map = MmioMap.open(path(name), creating(7))) {
            assertArrayEquals(path(name), map.path());
        }
        try (MmioMap map = MmioMap.open(path(name), OpenOptions.builder().build())) {
            assertEquals(7, map.size());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8"})
    void whatAListingNamesCanBeOpenedInEveryLocale(String locale) throws IOException {
        for (String name : new String[] {SPACES, UNICODE, NOT_UTF_8, MARKS}) {
            MmioMap.open(path(name), creating(7)).close();
        }
        String opened =
                TestSupport.output(
                        TestSupport.java(OpenEach.class, directory.toString()),
                        Map.of("LC_ALL", locale),
                        "");
        assertEquals(4, opened.lines().count(), opened);
        for (String name : new String[] {SPACES, UNICODE, NOT_UTF_8, MARKS}) {
            assertEquals(
                    1,
                    opened.lines().filter((Hex.encode(path(name)) + " 7")::equals).count(),
                    name);
        }
    }

    @Test
    void aRelativePathStaysRelative() {
        assertArrayEquals("a b/c".getBytes(StandardCharsets.UTF_8), PathBytes.of(Path.of("a b/c")));
        assertArrayEquals("../c".getBytes(StandardCharsets.UTF_8), PathBytes.of(Path.of("../c")));
        assertArrayEquals("tmp".getBytes(StandardCharsets.UTF_8), PathBytes.of(Path.of("tmp")));
        assertArrayEquals(new byte[0], PathBytes.of(Path.of("")));
        assertArrayEquals("/".getBytes(StandardCharsets.UTF_8), PathBytes.of(Path.of("/")));
    }
}
