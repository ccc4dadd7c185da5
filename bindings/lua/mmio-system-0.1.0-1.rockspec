-- SPDX-License-Identifier: Apache-2.0
-- With the libmmio that is installed. The one that needs none is mmio.
local release = "0.1.0"
rockspec_format = "3.0"
package = "mmio-system"
version = release .. "-1"
source = {
    url = "https://github.com/libmmio/libmmio/releases/download/v" .. release ..
        "/mmio-lua-" .. release .. ".tar.gz",
    dir = "mmio-lua-" .. release,
}
description = {
    summary = "Memory-mapped files, by the system's libmmio",
    detailed = "Zero-copy views, atomics and resizing of memory-mapped files, by libmmio.",
    license = "Apache-2.0",
}
supported_platforms = {"linux"}
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
                "src/constants.c",
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
