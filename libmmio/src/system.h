/* SPDX-License-Identifier: Apache-2.0 */
/* A failed call of the system as a failure of ours. */
#ifndef MMIO_SYSTEM_H
#define MMIO_SYSTEM_H

#include "base/failure.h"

/* `what` says what was being done: "cannot map the file". */
mmio_status mmio__fail_system(const mmio__call *call, int32_t code, const char *what);
/* The same, where the caller knows better what the code means. */
mmio_status mmio__fail_system_as(const mmio__call *call, mmio_status status, int32_t code,
                                 const char *what);

#endif
