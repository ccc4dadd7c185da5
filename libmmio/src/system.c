/* SPDX-License-Identifier: Apache-2.0 */
#include "system.h"

#include "os/os.h"

mmio_status mmio__fail_system(const mmio__call *call, int32_t code, const char *what)
{
    return mmio__fail_system_as(call, mmio__os_status(code), code, what);
}

mmio_status mmio__fail_system_as(const mmio__call *call, mmio_status status, int32_t code,
                                 const char *what)
{
    char text[128];
    mmio__os_text(code, text, sizeof text);
    if (code < 0) {
        return mmio__fail(call, status, "%s: %s", what, text); /* No code of the system's. */
    }
    return mmio__fail_code(call, status, code, text, what);
}
