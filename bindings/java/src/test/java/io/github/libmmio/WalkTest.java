// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import static io.github.libmmio.TestSupport.assertFails;
import static io.github.libmmio.TestSupport.file;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalkTest {
    @TempDir Path directory;

    private MmioMap map() throws IOException {
        return MmioMap.open(file(directory, 10_000, 'x'), TestSupport.RW);
    }

    private static List<Long> sizes(Walk walk) {
        List<Long> sizes = new ArrayList<>();
        for (View chunk : walk) {
            sizes.add(chunk.size());
        }
        return sizes;
    }

    @Test
    void theLastChunkMayBeShort() throws IOException {
        try (MmioMap map = map();
                Walk walk = map.walk(4096)) {
            assertEquals(3, walk.chunkCount());
            assertEquals(List.of(4096L, 4096L, 1808L), sizes(walk));
        }
    }

    @Test
    void anyChunkSizeWillDo() throws IOException {
        try (MmioMap map = map();
                Walk none = map.walk(0);
                Walk one = map.walk(Long.MAX_VALUE);
                Walk unsigned = map.walk(-1)) {
            assertEquals(List.of(), sizes(none));
            assertEquals(List.of(10_000L), sizes(one));
            assertEquals(List.of(10_000L), sizes(unsigned));
        }
    }

    @Test
    void chunksAliasTheMapAndCountWhenTheWalkEnds() throws IOException {
        try (MmioMap map = map()) {
            try (Walk walk = map.writableWalk(4096)) {
                Iterator<View> chunks = walk.iterator();
                chunks.next();
                chunks.next().buffer().put(4, (byte) 'a');
                assertEquals(0, map.pending());
            }
            assertEquals(8192, map.pending());
            assertEquals('a', Files.readAllBytes(directory.resolve("file"))[4100]);
        }
    }

    @Test
    void readOnlyMapsAreNotWalkedForWriting() throws IOException {
        try (MmioMap map = MmioMap.open(file(directory, 100, 'x'))) {
            assertFails(MmioStateException.class, Status.MODE, () -> map.writableWalk(0));
        }
    }

    @Test
    void aWalkIsPassedOnce() throws IOException {
        try (MmioMap map = map();
                Walk walk = map.walk(5000)) {
            assertEquals(5000, walk.iterator().next().size());
            Iterator<View> rest = walk.iterator();
            assertEquals(5000, rest.next().size());
            assertFalse(rest.hasNext());
            assertThrows(NoSuchElementException.class, rest::next);
        }
    }

    @Test
    void aClosedWalkAndItsChunksAnswerClosed() throws IOException {
        try (MmioMap map = map()) {
            Walk walk = map.walk(4096);
            Iterator<View> chunks = walk.iterator();
            View chunk = chunks.next();
            chunk.close();
            chunk.get(0, new byte[1]);
            walk.close();
            walk.close();
            assertFails(MmioStateException.class, Status.CLOSED, chunks::next);
            assertFails(MmioStateException.class, Status.CLOSED, () -> chunk.get(0, new byte[1]));
            assertEquals(0, map.info().views());
        }
    }

    @Test
    void aWalkOutlivesItsMap() throws IOException {
        MmioMap map = map();
        try (Walk walk = map.walk(4096)) {
            map.close();
            byte[] last = new byte[1];
            for (View chunk : walk) {
                chunk.get(chunk.size() - 1, last);
            }
            assertEquals('x', last[0]);
        }
    }

    @Test
    void aChunksBufferOutlivesTheWalk() throws Exception {
        MmioMap map = map();
        ByteBuffer buffer;
        try (Walk walk = map.walk(10_000)) {
            buffer = walk.iterator().next().buffer();
        }
        map.close();
        System.gc();
        assertEquals('x', buffer.get(9999));
    }

    @Test
    void anAbandonedWalkIsClosedByTheGarbageCollector() throws Exception {
        try (MmioMap map = map()) {
            assertEquals(3, map.walk(4096).chunkCount());
            TestSupport.collectUntil(() -> map.info().views() == 0);
        }
    }
}
