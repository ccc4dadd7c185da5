// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** What was known about a map when it was asked. Immutable. */
public final class MapInfo {
    /** Numbers that the native code writes, in the order of {@link #MapInfo(long[])}. */
    static final int NUMBERS = 10;

    private final Mode mode;
    private final Kind kind;
    private final int holders;
    private final long size;
    private final long reserve;
    private final long pending;
    private final long handle;
    private final long views;
    private final long faults;
    private final int lostCode;

    MapInfo(long[] numbers) {
        mode = Mode.of(numbers[0]);
        kind = Kind.of(numbers[1]);
        holders = (int) numbers[2];
        size = numbers[3];
        reserve = numbers[4];
        pending = numbers[5];
        handle = numbers[6];
        views = numbers[7];
        faults = numbers[8];
        lostCode = (int) numbers[9];
    }

    /**
     * How the map shares its bytes.
     *
     * @return its mode
     */
    public Mode mode() {
        return mode;
    }

    /**
     * What stands behind the map.
     *
     * @return its kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Holders of the C library's handle.
     *
     * @return 1, for the {@link MmioMap} object
     */
    public int holders() {
        return holders;
    }

    /**
     * Size of the map.
     *
     * @return bytes
     */
    public long size() {
        return size;
    }

    /**
     * Address space set aside: up to here growth does not move the map.
     *
     * @return bytes
     */
    public long reserve() {
        return reserve;
    }

    /**
     * As {@link MmioMap#pending()}.
     *
     * @return bytes
     */
    public long pending() {
        return pending;
    }

    /**
     * The map's own file descriptor, or HANDLE on Windows. It stays the map's.
     *
     * @return the system's number for it
     */
    public long handle() {
        return handle;
    }

    /**
     * Live views and walks, buffers that were taken from views, and copies under way.
     *
     * @return their number
     */
    public long views() {
        return views;
    }

    /**
     * Times that zeros took the place of bytes: {@link OnFault#ABSORB}.
     *
     * @return their number
     */
    public long faults() {
        return faults;
    }

    /**
     * The system's code of a loss that {@link MmioMap#flush(FlushLevel)} tells of.
     *
     * @return the code; 0 if nothing was lost
     */
    public int lostCode() {
        return lostCode;
    }
}
