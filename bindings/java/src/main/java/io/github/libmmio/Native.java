// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.lang.ref.Cleaner;

/** The native library, and the cleaner that gives back what it handed out. */
final class Native {
    static final Cleaner CLEANER = Cleaner.create();

    private static final String PATH_PROPERTY = "io.github.libmmio.library";
    private static final String NAME = "mmiojni";

    static {
        String path = System.getProperty(PATH_PROPERTY);
        try {
            if (path != null) {
                System.load(path);
            } else {
                System.loadLibrary(NAME);
            }
        } catch (UnsatisfiedLinkError e) {
            throw explained(e, path);
        }
        GuardChoice.makeByEnvironment();
    }

    private Native() {}

    /** Loads the library when called first. Every class that can be the first calls this. */
    static void load() {}

    private static UnsatisfiedLinkError explained(UnsatisfiedLinkError cause, String path) {
        String library = path != null ? path : System.mapLibraryName(NAME);
        UnsatisfiedLinkError error =
                new UnsatisfiedLinkError(
                        String.format(
                                "libmmio: cannot load %s (%s). Set the system property %s to the"
                                        + " library's absolute path, or put its directory on"
                                        + " java.library.path; libmmio itself must be where the"
                                        + " system's loader finds it",
                                library, cause.getMessage(), PATH_PROPERTY));
        error.initCause(cause);
        return error;
    }
}
