/* SPDX-License-Identifier: Apache-2.0 */
/* How a call says what went wrong. */
#ifndef MMIO_BASE_FAILURE_H
#define MMIO_BASE_FAILURE_H

#include "compiler.h"
#include "mmio/base.h"

/* A public call under way: what its messages name, and where they go. */
typedef struct mmio__call {
    const char *name;  /* The public function. */
    const char *path;  /* The map's path or label; NULL or "" if there is none. */
    mmio_error *error; /* The caller's record, or NULL. */
} mmio__call;

/* Each of these fills the record, if there is one, and returns the status given or implied. The
 * format says what the call was about: "size 0 is not allowed". */
mmio_status mmio__fail(const mmio__call *call, mmio_status status, const char *format, ...)
    MMIO__PRINTF(3, 4);
mmio_status mmio__fail_range(const mmio__call *call, uint64_t offset, uint64_t size,
                             uint64_t limit);
mmio_status mmio__fail_index(const mmio__call *call, uint64_t index, uint64_t count);
/* The same where something else than the map sets the limit: "the segment". */
mmio_status mmio__fail_range_of(const mmio__call *call, const char *what, uint64_t offset,
                                uint64_t size, uint64_t limit);
mmio_status mmio__fail_align(const mmio__call *call, uint64_t offset, uint64_t alignment);
mmio_status mmio__fail_too_large(const mmio__call *call, uint64_t size, uint64_t limit);
/* As mmio__fail(), with the system's code and its text behind. */
mmio_status mmio__fail_code(const mmio__call *call, mmio_status status, int32_t os_code,
                            const char *os_text, const char *what);

#endif
