// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.Adler32;

/** Carries out the steps of the conformance cases, one on each line of standard input. */
final class Testee {
    /** Carries out one verb. */
    private interface Verb {
        String carryOut(Request request) throws Exception;
    }

    /** An atomic operation that tells what a cell of 32 bits held. */
    private interface IntUpdate {
        int apply(MmioMap map, long offset, int value) throws MmioException;
    }

    /** An atomic operation that tells what a cell of 64 bits held. */
    private interface LongUpdate {
        long apply(MmioMap map, long offset, long value) throws MmioException;
    }

    private static final String BUSY = err("MMIO_ERR_BUSY", "not without waiting");

    private static final Map<String, IntUpdate> INT_UPDATES =
            Map.of(
                    "exchange", MmioMap::getAndSetInt,
                    "add", MmioMap::getAndAddInt,
                    "sub", MmioMap::getAndSubtractInt,
                    "and", MmioMap::getAndBitwiseAndInt,
                    "or", MmioMap::getAndBitwiseOrInt,
                    "xor", MmioMap::getAndBitwiseXorInt);

    private static final Map<String, LongUpdate> LONG_UPDATES =
            Map.of(
                    "exchange", MmioMap::getAndSetLong,
                    "add", MmioMap::getAndAddLong,
                    "sub", MmioMap::getAndSubtractLong,
                    "and", MmioMap::getAndBitwiseAndLong,
                    "or", MmioMap::getAndBitwiseOrLong,
                    "xor", MmioMap::getAndBitwiseXorLong);

    private final Map<String, MmioMap> maps = new HashMap<>();
    private final Map<String, View> views = new HashMap<>();
    private final Map<String, FutureTask<String>> jobs = new HashMap<>();
    private final Map<String, Verb> verbs = new HashMap<>();

    private Testee() {
        verbs.put("open", r -> opened(r, MmioMap.open(r.bytes(2), r.options())));
        verbs.put("anonymous", r -> opened(r, MmioMap.anonymous(r.number(2), r.options())));
        verbs.put("from_handle", r -> opened(r, openHandle(r)));
        verbs.put("into_handle", r -> ok("size", sizeOf(map(r).intoDescriptor())));
        verbs.put("null_path", r -> refused(() -> MmioMap.open((Path) null)));
        verbs.put("size", r -> ok("size", map(r).size()));
        verbs.put("mode", r -> ok("mode", lower(map(r).mode())));
        verbs.put("path", r -> ok("path", Hex.encode(map(r).path())));
        verbs.put("pending", r -> ok("pending", map(r).pending()));
        verbs.put("info", r -> info(map(r).info()));
        verbs.put("resize", r -> resize(map(r), r.number(2), r.number(3)));
        verbs.put("resize_start", this::startResize);
        verbs.put("join", r -> jobs.remove(r.text(1)).get());
        verbs.put("close", r -> done(() -> map(r).close()));
        verbs.put("view", r -> viewed(r, borrow(r)));
        verbs.put("run", r -> viewed(r, borrowCells(r)));
        verbs.put("get", r -> get(view(r), r.number(2), r.count(3)));
        verbs.put("put", r -> done(() -> view(r).put(r.number(2), r.bytes(3))));
        verbs.put("adler", r -> ok("adler", add(new Adler32(), view(r)).getValue()));
        verbs.put("address", r -> ok("address", view(r).address()));
        verbs.put("release", r -> done(view(r)::close));
        verbs.put("release_elsewhere", r -> done(() -> elsewhere(view(r)::close)));
        verbs.put("walk", r -> walk(map(r), r.number(2), r.option("fill")));
        verbs.put("read", r -> ok("hex", Hex.encode(read(r))));
        verbs.put("read_adler", r -> ok("adler", add(new Adler32(), read(r)).getValue()));
        verbs.put("write", r -> done(() -> map(r).write(r.number(2), r.bytes(3))));
        verbs.put("write_pattern", r -> done(() -> map(r).write(r.number(2), pattern(r))));
        verbs.put("read_within", r -> ok("hex", Hex.encode(read(r))));
        verbs.put("write_within", r -> done(() -> write(r)));
        verbs.put("read_beside_writes", r -> besideWrites(map(r), r.number(2), false));
        verbs.put("write_beside_writes", r -> besideWrites(map(r), r.number(2), true));
        verbs.put("flush", this::flush);
        verbs.put("flush_range", this::flushRange);
        verbs.put("policy", this::setPolicy);
        verbs.put("await_flushed", r -> done(() -> awaitFlushed(map(r))));
        verbs.put("rewrite_lost", this::rewriteLost);
        verbs.put("acknowledge_loss", r -> done(() -> map(r).acknowledgeLoss()));
        verbs.put("atomic", r -> r.text(2).equals("32") ? atomic32(r) : atomic64(r));
        verbs.put("guard", Testee::setGuard);
        verbs.put("guard_now", r -> ok("guard", lower(Mmio.faultGuard())));
        verbs.put("check_faults", r -> done(() -> map(r).checkFaults()));
        verbs.put("page_size", r -> ok("value", Mmio.pageSize()));
        verbs.put("map_granularity", r -> ok("value", Mmio.mapGranularity()));
        verbs.put("max_size", r -> ok("value", Mmio.maxSize()));
        verbs.put("version", r -> ok("version", Mmio.versionString()));
        verbs.put("status_name", this::statusName);
        verbs.put("has", r -> ok("value", Mmio.has((int) r.number(1)) ? 1 : 0));
    }

    public static void main(String[] args) throws IOException {
        Testee testee = new Testee();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Request request = new Request(line);
            Verb verb = testee.verbs.getOrDefault(request.text(0), r -> "unsupported");
            out.println(answer(() -> verb.carryOut(request)));
        }
    }

    private static String answer(Callable<String> step) {
        try {
            return step.call();
        } catch (ReadOnlyBufferException e) {
            return err("MMIO_ERR_MODE", e);
        } catch (MmioFaultException e) {
            return err("MMIO_ERR_FAULT", e)
                    + ("\toffset=" + e.error().offset())
                    + ("\tdone=" + e.done())
                    + ("\tcause=" + lower(e.faultCause()));
        } catch (Exception e) {
            String status =
                    e instanceof MmioFailure
                            ? Mmio.statusName(((MmioFailure) e).error().statusNumber())
                            : "EXCEPTION";
            return err(status, e);
        }
    }

    /** Size of the file that a descriptor is open on, which is closed. */
    private static long sizeOf(FileDescriptor file) throws IOException {
        try (FileInputStream stream = new FileInputStream(file)) {
            return stream.getChannel().size();
        }
    }

    /** How Java refuses {@code null}, which is an argument that is wrong. */
    private static String refused(Callable<?> call) throws Exception {
        try {
            call.call();
            return "ok";
        } catch (NullPointerException e) {
            return err("MMIO_ERR_INVALID", e);
        }
    }

    /** A step that has nothing to tell. */
    private interface Step {
        void run() throws Exception;
    }

    private static String done(Step step) throws Exception {
        step.run();
        return "ok";
    }

    private static String ok(Object... fields) {
        StringBuilder answer = new StringBuilder("ok");
        for (int i = 0; i < fields.length; i += 2) {
            answer.append('\t').append(fields[i]).append('=').append(fields[i + 1]);
        }
        return answer.toString();
    }

    private static String err(String status, Object message) {
        return "err\t" + status + "\t" + message.toString().replaceAll("[\t\r\n]", " ");
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private MmioMap map(Request r) {
        return maps.get(r.text(1));
    }

    private View view(Request r) {
        return views.get(r.text(1));
    }

    private String opened(Request r, MmioMap map) {
        maps.put(r.text(1), map);
        return ok("size", map.size(), "mode", lower(map.mode()));
    }

    private static MmioMap openHandle(Request r) throws IOException {
        String path = new String(r.bytes(2), StandardCharsets.UTF_8);
        try (RandomAccessFile file = new RandomAccessFile(path, r.option("access"))) {
            return MmioMap.open(file.getFD(), path, r.options());
        }
    }

    private static String setGuard(Request r) throws MmioException {
        FaultGuard guard = r.guard(1);
        if (guard == null) {
            return "unsupported";
        }
        Mmio.setFaultGuard(guard);
        return ok();
    }

    private static String info(MapInfo info) {
        return ok(
                "kind", lower(info.kind()),
                "mode", lower(info.mode()),
                "size", info.size(),
                "views", info.views(),
                "pending", info.pending(),
                "holders", info.holders(),
                "faults", info.faults());
    }

    private static String resize(MmioMap map, long size, long timeout) throws MmioException {
        if (timeout < 0) {
            map.resize(size);
        } else if (timeout > 0) {
            map.resize(size, Duration.ofMillis(timeout));
        } else if (!map.tryResize(size)) {
            return BUSY;
        }
        return ok("size", map.size());
    }

    private String startResize(Request r) {
        MmioMap map = maps.get(r.text(2));
        FutureTask<String> job =
                new FutureTask<>(() -> answer(() -> resize(map, r.number(3), r.number(4))));
        jobs.put(r.text(1), job);
        new Thread(job).start();
        return "ok";
    }

    private View borrow(Request r) throws MmioException {
        MmioMap map = maps.get(r.text(2));
        return r.option("write") != null
                ? map.writableView(r.number(3), r.number(4))
                : map.view(r.number(3), r.number(4));
    }

    private View borrowCells(Request r) throws MmioException {
        MmioMap map = maps.get(r.text(2));
        return r.text(5).equals("32")
                ? map.intCells(r.number(3), r.number(4))
                : map.longCells(r.number(3), r.number(4));
    }

    private String viewed(Request r, View view) {
        views.put(r.text(1), view);
        return ok("size", view.size());
    }

    private static String get(View view, long offset, int size) {
        byte[] bytes = new byte[size];
        view.get(offset, bytes);
        return ok("hex", Hex.encode(bytes));
    }

    private static Adler32 add(Adler32 sum, View view) {
        byte[] block = new byte[1 << 16];
        for (long at = 0; at < view.size(); at += block.length) {
            byte[] part = Arrays.copyOf(block, (int) Math.min(block.length, view.size() - at));
            view.get(at, part);
            sum.update(part);
        }
        return sum;
    }

    private static Adler32 add(Adler32 sum, byte[] bytes) {
        sum.update(bytes);
        return sum;
    }

    private static void elsewhere(Runnable step) throws InterruptedException {
        Thread thread = new Thread(step);
        thread.start();
        thread.join();
    }

    private static String walk(MmioMap map, long chunkSize, String fill) throws MmioException {
        Adler32 sum = new Adler32();
        long last = 0;
        try (Walk walk = fill != null ? map.writableWalk(chunkSize) : map.walk(chunkSize)) {
            for (View chunk : walk) {
                if (fill != null) {
                    byte[] bytes = new byte[(int) chunk.size()];
                    Arrays.fill(bytes, (byte) Integer.parseInt(fill));
                    chunk.put(0, bytes);
                }
                last = chunk.size();
                add(sum, chunk);
            }
            return ok("count", walk.chunkCount(), "last", last, "adler", sum.getValue());
        }
    }

    private byte[] read(Request r) throws MmioException {
        byte[] bytes = new byte[r.count(3)];
        long timeout = r.text(0).equals("read_within") ? r.number(4) : -1;
        read(map(r), r.number(2), bytes, timeout);
        return bytes;
    }

    private void write(Request r) throws MmioException {
        write(map(r), r.number(2), r.bytes(3), r.number(4));
    }

    private static void read(MmioMap map, long offset, byte[] bytes, long timeout)
            throws MmioException {
        if (timeout < 0) {
            map.read(offset, bytes);
        } else {
            map.read(offset, bytes, Duration.ofMillis(timeout));
        }
    }

    private static void write(MmioMap map, long offset, byte[] bytes, long timeout)
            throws MmioException {
        if (timeout < 0) {
            map.write(offset, bytes);
        } else {
            map.write(offset, bytes, Duration.ofMillis(timeout));
        }
    }

    /** Copies the last byte until that fails, while another thread writes the whole map. */
    private static String besideWrites(MmioMap map, long timeout, boolean writes) throws Exception {
        AtomicBoolean isOver = new AtomicBoolean();
        FutureTask<Void> writer = new FutureTask<>(() -> writeUntil(map, isOver), null);
        new Thread(writer).start();
        try {
            byte[] last = new byte[1];
            while (true) {
                if (writes) {
                    write(map, map.size() - 1, last, timeout);
                } else {
                    read(map, map.size() - 1, last, timeout);
                }
            }
        } finally {
            isOver.set(true);
            writer.get();
        }
    }

    private static void writeUntil(MmioMap map, AtomicBoolean isOver) {
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) map.size());
        try {
            while (!isOver.get()) {
                map.write(0, bytes.duplicate());
            }
        } catch (MmioException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] pattern(Request r) {
        byte[] bytes = new byte[r.count(3)];
        long x = r.number(4);
        for (int i = 0; i < bytes.length; i++) {
            x = x * 16807 % 2147483647;
            bytes[i] = (byte) x;
        }
        return bytes;
    }

    private String flush(Request r) throws Exception {
        FlushLevel level = r.level(2);
        return level == null ? "unsupported" : done(() -> map(r).flush(level));
    }

    private String flushRange(Request r) throws Exception {
        FlushLevel level = r.level(4);
        return level == null
                ? "unsupported"
                : done(() -> map(r).flush(r.number(2), r.number(3), level));
    }

    private String setPolicy(Request r) throws Exception {
        FlushPolicy policy = r.policy(2);
        long amount = r.length() > 3 ? r.number(3) : 0;
        return policy == null ? "unsupported" : done(() -> map(r).setPolicy(policy, amount));
    }

    private static void awaitFlushed(MmioMap map) {
        while (map.pending() != 0) {
            Thread.onSpinWait();
        }
    }

    private String rewriteLost(Request r) throws Exception {
        FlushLevel level = r.level(2);
        return level == null ? "unsupported" : done(() -> map(r).rewriteLost(level));
    }

    private String atomic32(Request r) throws Exception {
        MmioMap map = map(r);
        String operation = r.text(3);
        long offset = r.number(4);
        if (operation.equals("load")) {
            return ok("value", Integer.toUnsignedString(map.loadInt(offset)));
        }
        int value = (int) r.number(5);
        if (operation.equals("store")) {
            return done(() -> map.storeInt(offset, value));
        }
        int before =
                operation.equals("compare_exchange")
                        ? map.compareAndExchangeInt(offset, value, (int) r.number(6))
                        : INT_UPDATES.get(operation).apply(map, offset, value);
        return ok("before", Integer.toUnsignedString(before));
    }

    private String atomic64(Request r) throws Exception {
        MmioMap map = map(r);
        String operation = r.text(3);
        long offset = r.number(4);
        if (operation.equals("load")) {
            return ok("value", Long.toUnsignedString(map.loadLong(offset)));
        }
        long value = r.number(5);
        if (operation.equals("store")) {
            return done(() -> map.storeLong(offset, value));
        }
        long before =
                operation.equals("compare_exchange")
                        ? map.compareAndExchangeLong(offset, value, r.number(6))
                        : LONG_UPDATES.get(operation).apply(map, offset, value);
        return ok("before", Long.toUnsignedString(before));
    }

    private String statusName(Request r) {
        String name = Mmio.statusName((int) r.number(1));
        return ok("name", name != null ? name : "");
    }
}
