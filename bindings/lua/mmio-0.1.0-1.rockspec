-- SPDX-License-Identifier: Apache-2.0
-- With libmmio as a part of the module: needs a C compiler only. The other is mmio-system.
local release = "0.1.0"
rockspec_format = "3.0"
package = "mmio"
version = release .. "-1"
source = {
    url = "https://github.com/libmmio/libmmio/releases/download/v" .. release ..
        "/mmio-lua-" .. release .. ".tar.gz",
    dir = "mmio-lua-" .. release,
}
description = {
    summary = "Memory-mapped files",
    detailed = "Zero-copy views, atomics and resizing of memory-mapped files, by libmmio.",
    license = "Apache-2.0",
}
supported_platforms = {"linux"}
dependencies = {"lua >= 5.1"}
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
                "bundled/keep_loaded.c",
                "bundled/mmio.c",
            },
            defines = {"MMIO_STATIC"},
            incdirs = {"bundled"},
            libraries = {"dl", "pthread"},
        },
    },
}
