// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens every file of a directory, as a listing names it, and tells its size. */
final class OpenEach {
    private OpenEach() {}

    public static void main(String[] args) throws IOException {
        try (DirectoryStream<Path> listing = Files.newDirectoryStream(Path.of(args[0]))) {
            for (Path path : listing) {
                try (MmioMap map = MmioMap.open(path)) {
                    System.out.print(Hex.encode(map.path()) + " " + map.size() + "\n");
                }
            }
        }
    }
}
