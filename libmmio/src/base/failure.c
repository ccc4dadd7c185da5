/* SPDX-License-Identifier: Apache-2.0 */
#include "failure.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* Bytes of a path, so that the numbers behind it are told too. */
#define PATH_TOLD 256u

/* Fills everything but the caller's part of the message and returns where that begins. */
static size_t begin(const mmio__call *call, mmio_status status, int32_t os_code)
{
    mmio_error *error = call->error;
    memset(error, 0, sizeof *error);
    error->status = status;
    error->os_code = os_code;
    const char *path = call->path != NULL ? call->path : "";
    const int length =
        snprintf(error->message, sizeof error->message, "%s: %.*s%s", call->name,
                 (int)mmio__text_cut(path, PATH_TOLD), path, path[0] != '\0' ? ": " : "");
    MMIO_ASSERT(length > 0 && (size_t)length < sizeof error->message);
    return (size_t)length;
}

mmio_status mmio__fail(const mmio__call *call, mmio_status status, const char *format, ...)
{
    if (call->error != NULL) {
        const size_t at = begin(call, status, 0);
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(call->error->message + at, sizeof call->error->message - at, format,
                        arguments);
        va_end(arguments);
    }
    return status;
}

/* Also sets the numbers, which mmio__fail() has just cleared. */
static mmio_status with_numbers(const mmio__call *call, mmio_status status, uint64_t offset,
                                uint64_t size, uint64_t limit)
{
    if (call->error != NULL) {
        call->error->offset = offset;
        call->error->size = size;
        call->error->limit = limit;
    }
    return status;
}

mmio_status mmio__fail_range_of(const mmio__call *call, const char *what, uint64_t offset,
                                uint64_t size, uint64_t limit)
{
    (void)mmio__fail(call, MMIO_ERR_RANGE,
                     "offset %" PRIu64 " + size %" PRIu64 " is beyond %s's size %" PRIu64, offset,
                     size, what, limit);
    return with_numbers(call, MMIO_ERR_RANGE, offset, size, limit);
}

mmio_status mmio__fail_range(const mmio__call *call, uint64_t offset, uint64_t size, uint64_t limit)
{
    return mmio__fail_range_of(call, "the map", offset, size, limit);
}

mmio_status mmio__fail_index(const mmio__call *call, uint64_t index, uint64_t count)
{
    (void)mmio__fail(call, MMIO_ERR_RANGE, "there is no number %" PRIu64 " among %" PRIu64, index,
                     count);
    return with_numbers(call, MMIO_ERR_RANGE, index, 0, count);
}

mmio_status mmio__fail_align(const mmio__call *call, uint64_t offset, uint64_t alignment)
{
    (void)mmio__fail(call, MMIO_ERR_ALIGN, "offset %" PRIu64 " is not a multiple of %" PRIu64,
                     offset, alignment);
    return with_numbers(call, MMIO_ERR_ALIGN, offset, 0, alignment);
}

mmio_status mmio__fail_too_large(const mmio__call *call, uint64_t size, uint64_t limit)
{
    (void)mmio__fail(call, MMIO_ERR_TOO_LARGE,
                     "size %" PRIu64 " is above the largest size %" PRIu64, size, limit);
    return with_numbers(call, MMIO_ERR_TOO_LARGE, 0, size, limit);
}

mmio_status mmio__fail_code(const mmio__call *call, mmio_status status, int32_t os_code,
                            const char *os_text, const char *what)
{
    if (call->error != NULL) {
        const size_t at = begin(call, status, os_code);
        (void)snprintf(call->error->message + at, sizeof call->error->message - at,
                       "%s: %s (system code %" PRId32 ")", what, os_text, os_code);
    }
    return status;
}
