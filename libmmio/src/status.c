/* SPDX-License-Identifier: Apache-2.0 */
/* Names and texts of the statuses. */
#include <stddef.h>

#include "mmio/base.h"

typedef struct status_entry {
    const char *name;
    const char *text;
} status_entry;

#define ENTRY(status, text) [-(status)] = {#status, text}

static const status_entry entries[] = {
    ENTRY(MMIO_OK, "success"),
    ENTRY(MMIO_ERR_INVALID, "invalid argument"),
    ENTRY(MMIO_ERR_CLOSED, "the map is closed"),
    ENTRY(MMIO_ERR_RANGE, "range beyond the map"),
    ENTRY(MMIO_ERR_MODE, "not allowed in the map's mode"),
    ENTRY(MMIO_ERR_ALIGN, "offset is misaligned"),
    ENTRY(MMIO_ERR_TOO_LARGE, "size is too large"),
    ENTRY(MMIO_ERR_NOT_FOUND, "file not found"),
    ENTRY(MMIO_ERR_EXISTS, "file exists"),
    ENTRY(MMIO_ERR_ACCESS, "access denied"),
    ENTRY(MMIO_ERR_NOT_FILE, "not a regular file"),
    ENTRY(MMIO_ERR_NO_SPACE, "no space left"),
    ENTRY(MMIO_ERR_NO_MEMORY, "out of memory or address space"),
    ENTRY(MMIO_ERR_LIMIT, "too many files or mappings"),
    ENTRY(MMIO_ERR_BUSY, "in use"),
    ENTRY(MMIO_ERR_TIMEOUT, "timed out"),
    ENTRY(MMIO_ERR_DEADLOCK, "would wait for the caller itself"),
    ENTRY(MMIO_ERR_IO, "input/output error"),
    ENTRY(MMIO_ERR_UNSUPPORTED, "not supported here"),
    ENTRY(MMIO_ERR_FAULT, "bytes are gone from under the map"),
    ENTRY(MMIO_ERR_CANCELLED, "cancelled"),
    ENTRY(MMIO_ERR_FORKED, "left with the parent process"),
    ENTRY(MMIO_ERR_LOST, "written bytes were lost"),
};

#define ENTRY_COUNT ((int32_t)(sizeof entries / sizeof entries[0]))

static const status_entry *find_status(mmio_status status)
{
    return status <= 0 && status > -ENTRY_COUNT ? &entries[-status] : NULL;
}

const char *mmio_status_name(mmio_status status)
{
    const status_entry *entry = find_status(status);
    return entry != NULL ? entry->name : NULL;
}

const char *mmio_status_text(mmio_status status)
{
    const status_entry *entry = find_status(status);
    return entry != NULL ? entry->text : "unknown status";
}

int32_t mmio_status_is_retryable(mmio_status status)
{
    return status == MMIO_ERR_BUSY || status == MMIO_ERR_TIMEOUT;
}
