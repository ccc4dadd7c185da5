// SPDX-License-Identifier: Apache-2.0

import io.github.libmmio.MmioMap;
import io.github.libmmio.Mode;
import io.github.libmmio.OpenOptions;
import io.github.libmmio.View;
import io.github.libmmio.Walk;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;

/** The demo's worker in Java. demo.py says what it is asked and what it answers. */
final class Demo {
    private static final int BLOCK = 256 * 1024;

    private interface Command {
        String run(String[] words) throws Exception;
    }

    private static final Map<String, Command> COMMANDS =
            Map.of(
                    "scan_map", Demo::scanMap,
                    "scan_read", Demo::scanRead,
                    "add", Demo::add,
                    "hold", Demo::hold,
                    "look", Demo::look);

    private static MmioMap held;
    private static View heldView;
    private static ByteBuffer heldBytes;

    private static final class Tally {
        private final MessageDigest sha256;
        private long newlines;

        Tally() throws Exception {
            sha256 = MessageDigest.getInstance("SHA-256");
        }

        void count(ByteBuffer bytes) {
            sha256.update(bytes.duplicate());
            int found = 0;
            for (int i = 0; i < bytes.limit(); i++) {
                if (bytes.get(i) == '\n') {
                    found++;
                }
            }
            newlines += found;
        }

        @Override
        public String toString() {
            return "newlines=" + newlines + " sha256=" + HexFormat.of().formatHex(sha256.digest());
        }
    }

    private static MmioMap openWritable(String path) throws Exception {
        return MmioMap.open(Path.of(path), OpenOptions.builder().mode(Mode.RW).build());
    }

    private static String scanMap(String[] words) throws Exception {
        Tally tally = new Tally();
        try (MmioMap map = MmioMap.open(Path.of(words[1]));
                Walk walk = map.walk(BLOCK)) {
            for (View chunk : walk) {
                tally.count(chunk.buffer());
            }
        }
        return tally.toString();
    }

    private static String scanRead(String[] words) throws Exception {
        Tally tally = new Tally();
        byte[] block = new byte[BLOCK];
        try (InputStream file = Files.newInputStream(Path.of(words[1]))) {
            for (int size = file.read(block); size > 0; size = file.read(block)) {
                tally.count(ByteBuffer.wrap(block, 0, size));
            }
        }
        return tally.toString();
    }

    private static String add(String[] words) throws Exception {
        try (MmioMap map = openWritable(words[1])) {
            long gate = Long.parseLong(words[2]);
            long workers = Long.parseLong(words[3]);
            long cell = Long.parseLong(words[4]);
            long times = Long.parseLong(words[5]);
            map.getAndAddLong(gate, 1);
            while (map.loadLong(gate) < workers) {
                Thread.onSpinWait();
            }
            long first = map.getAndAddLong(cell, 1);
            long last = first;
            for (long i = 1; i < times; i++) {
                last = map.getAndAddLong(cell, 1);
            }
            return "first=" + first + " last=" + last;
        }
    }

    private static String hold(String[] words) throws Exception {
        held = openWritable(words[1]);
        heldView = held.view(Long.parseLong(words[2]), Long.parseLong(words[3]));
        heldBytes = heldView.buffer();
        return "";
    }

    private static String look(String[] words) throws Exception {
        long value = held.loadLong(Long.parseLong(words[1]));
        Tally tally = new Tally();
        tally.count(heldBytes);
        return String.format("address=0x%x cell=%d %s", heldView.address(), value, tally);
    }

    public static void main(String[] args) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            System.out.println(COMMANDS.get(words[0]).run(words));
        }
    }
}
