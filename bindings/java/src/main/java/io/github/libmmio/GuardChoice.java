// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.util.Locale;

/** Who chooses the guard of the process: the environment, until the program does. */
final class GuardChoice {
    private static final String VARIABLE = "MMIO_FAULT_GUARD";

    /** What is wrong with the environment's choice, or {@code null}. */
    private static volatile String refusal;

    private GuardChoice() {}

    /**
     * Called when the library has been loaded. The JVM's own handlers are in place by then, as they
     * must be: they take the place of earlier ones.
     */
    static void makeByEnvironment() {
        String name = System.getenv(VARIABLE);
        boolean isDefault = name == null || name.isEmpty();
        try {
            FaultGuard guard = isDefault ? FaultGuard.SIGNAL : named(name);
            if (guard != FaultGuard.OFF) {
                set(guard.number);
            }
        } catch (MmioException | MmioArgumentException e) {
            if (!isDefault) { // By default there is none where it does not work.
                refusal = e.getMessage();
            }
        }
    }

    private static FaultGuard named(String name) {
        for (FaultGuard guard : FaultGuard.values()) {
            if (guard.name().toLowerCase(Locale.ROOT).equals(name)) {
                return guard;
            }
        }
        throw Failures.invalid(
                String.format(
                        "the environment variable %s is \"%s\", but must be signal, syscall or off",
                        VARIABLE, name));
    }

    static void make(FaultGuard guard) throws MmioException {
        set(guard.number);
        refusal = null;
    }

    /** Begins whatever makes a map: none is made under a guard that nobody has asked for. */
    static void check() {
        String reason = refusal;
        if (reason != null) {
            throw Failures.invalid(reason);
        }
    }

    static FaultGuard present() {
        return FaultGuard.values()[now()];
    }

    private static native void set(int number) throws MmioException;

    private static native int now();
}
