// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;

/**
 * The bytes of a path, as the system spells it.
 *
 * <p>A {@code Path} that came from a directory listing holds the name's bytes whatever the locale,
 * but {@code toString()} decodes them and so loses those that are not text in it. Its URI is the
 * one form in which all bytes get out.
 */
final class PathBytes {
    private static final boolean PATHS_ARE_BYTES = File.separatorChar == '/';

    private PathBytes() {}

    static byte[] of(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw new ProviderMismatchException();
        }
        // The empty path is the current directory to toUri(), but no file to the library.
        if (!PATHS_ARE_BYTES || path.toString().isEmpty()) {
            return path.toString().getBytes(StandardCharsets.UTF_8);
        }
        // A relative path is made absolute below the root and so keeps its own bytes only.
        String uri = Path.of("/").resolve(path).toUri().getRawPath();
        int start = path.isAbsolute() ? 0 : 1;
        // toUri() ends a directory with a slash, which would follow a symbolic link.
        int end = uri.length() > 1 && uri.endsWith("/") ? uri.length() - 1 : uri.length();
        return unescaped(uri.substring(start, end));
    }

    private static byte[] unescaped(String uri) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(uri.length());
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c == '%') {
                bytes.write(Integer.parseInt(uri, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        return bytes.toByteArray();
    }
}
