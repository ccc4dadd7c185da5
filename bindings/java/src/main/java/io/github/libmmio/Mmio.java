// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/** The library as a whole: its version, and what it and this system can do. */
public final class Mmio {
    static {
        Native.load();
    }

    private Mmio() {}

    /**
     * Version of the library that is running.
     *
     * @return {@code (major << 16) | (minor << 8) | patch}
     */
    public static native int version();

    /**
     * Version of the library that is running, as text.
     *
     * @return "major.minor.patch"
     */
    public static native String versionString();

    /**
     * Name of a status as the C library writes it.
     *
     * @param number a status
     * @return {@code "MMIO_ERR_RANGE"} and so on, or {@code null} for an unknown number
     */
    public static native String statusName(int number);

    /**
     * Size of a memory page: what flushing and paging work in.
     *
     * @return bytes
     */
    public static native long pageSize();

    /**
     * What the system wants file offsets of mappings to be a multiple of. Callers need not care;
     * any offset is accepted.
     *
     * @return bytes
     */
    public static native long mapGranularity();

    /**
     * Largest size a map can be created with or resized to.
     *
     * @return bytes: 128 TiB where pointers have 64 bits
     */
    public static native long maxSize();

    /**
     * Whether this build on this system has a feature.
     *
     * @param feature what to ask for
     * @return true if it has
     */
    public static boolean has(Feature feature) {
        return has(feature.number);
    }

    /**
     * Whether this build on this system has a feature that may be newer than this package.
     *
     * @param number a feature, as numbered by the C library
     * @return true if it has; false also for unknown numbers
     */
    public static native boolean has(int number);

    /**
     * Chooses the guard of the process, for this package and all else that uses the library.
     *
     * <p>Before the program calls this, the environment variable {@code MMIO_FAULT_GUARD} has
     * chosen when the library was loaded: {@code signal}, {@code syscall} or {@code off}. If that
     * is not set, the guard is {@link FaultGuard#SIGNAL} where it works; if it is anything else,
     * opening a map throws {@link MmioArgumentException}.
     *
     * <p>The bytes of maps that were opened under another guard than {@link FaultGuard#SIGNAL} stay
     * unguarded outside of the library's calls.
     *
     * @param guard the guard
     * @throws MmioException {@link Status#UNSUPPORTED} if {@link FaultGuard#SIGNAL} does not work
     *     on this processor
     */
    public static void setFaultGuard(FaultGuard guard) throws MmioException {
        GuardChoice.make(guard);
    }

    /**
     * The guard of the process.
     *
     * @return what was chosen last
     */
    public static FaultGuard faultGuard() {
        return GuardChoice.present();
    }

    static native String statusText(int number);

    static native boolean statusIsRetryable(int number);
}
