-- SPDX-License-Identifier: Apache-2.0
rockspec_format = "3.0"
package = "mmio"
version = "0.1.0-1"
source = {
    url = "file://libmmio-0.1.0.tar.gz",
    dir = "libmmio-0.1.0/bindings/lua",
}
description = {
    summary = "Memory-mapped files",
    detailed = "Zero-copy views, atomics and resizing of memory-mapped files, by libmmio.",
    license = "Apache-2.0",
}
dependencies = {"lua >= 5.1"}
external_dependencies = {
    MMIO = {header = "mmio.h", library = "mmio"},
}
build = {
    type = "builtin",
    modules = {
        mmio = {
            sources = {
                "src/atomic.c",
                "src/fault.c",
                "src/flush.c",
                "src/lmmio.c",
                "src/map.c",
                "src/open.c",
                "src/options.c",
                "src/values.c",
                "src/view.c",
            },
            incdirs = {"$(MMIO_INCDIR)"},
            libdirs = {"$(MMIO_LIBDIR)"},
            libraries = {"mmio"},
        },
    },
}
