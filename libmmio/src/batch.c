/* SPDX-License-Identifier: Apache-2.0 */
/* Many copies in one call. */
#include "exclusive.h"
#include "mmio/copy.h"
#include "through.h"

/* How far ahead of the copy memory is asked for: the misses of so many entries overlap. */
#define ENTRIES_AHEAD 8

typedef mmio_status (*batch_copy)(const mmio__call *call, mmio_map *map, mmio_io *entry,
                                  uint8_t *place);

static mmio_status read_entry(const mmio__call *call, mmio_map *map, mmio_io *entry, uint8_t *place)
{
    const uint64_t left =
        mmio__shared_copy(map, entry->offset, entry->data, place, entry->size, MMIO__NO_DEADLINE);
    return MMIO__LIKELY(left == 0)
               ? MMIO_OK
               : mmio__copy_status(call, map, entry->offset, entry->size, left, false);
}

static mmio_status put_entry(const mmio__call *call, mmio_map *map, mmio_io *entry, uint8_t *place)
{
    return mmio__exclusive_put(call, map, entry->offset, place, entry->data, (size_t)entry->size);
}

static mmio_status write_entry(const mmio__call *call, mmio_map *map, mmio_io *entry,
                               uint8_t *place)
{
    return mmio__exclusive_copy(call, map, entry->offset, place, entry->data, (size_t)entry->size);
}

/* With `limit` bytes held from `base` on. */
static mmio_status copy_entry(const mmio__call *call, mmio_map *map, mmio_io *entry, uint8_t *base,
                              uint64_t limit, batch_copy copy)
{
    if (entry->size == 0) {
        return MMIO_OK;
    }
    if (entry->data == NULL || entry->reserved != 0) {
        return mmio__fail(call, MMIO_ERR_INVALID, "an entry's data is NULL or its reserved set");
    }
    if (!mmio__range_fits(entry->offset, entry->size, limit)) {
        return mmio__fail_range(call, entry->offset, entry->size, limit);
    }
    return copy(call, map, entry, base + entry->offset);
}

static void ask_ahead(const mmio_io *entries, size_t i, size_t count, const uint8_t *base,
                      uint64_t limit)
{
    if (i + ENTRIES_AHEAD < count && entries[i + ENTRIES_AHEAD].offset < limit) {
        MMIO__PREFETCH(base + entries[i + ENTRIES_AHEAD].offset);
    }
}

static mmio_status copy_all(const mmio__call *call, mmio_map *map, mmio_io *entries, size_t count,
                            uint8_t *base, uint64_t limit, batch_copy copy)
{
    const mmio__call quiet = {call->name, call->path, NULL};
    mmio_status first_failure = MMIO_OK;
    for (size_t i = 0; i < count; i++) {
        ask_ahead(entries, i, count, base, limit);
        const mmio__call *teller = first_failure == MMIO_OK ? call : &quiet;
        entries[i].status = copy_entry(teller, map, &entries[i], base, limit, copy);
        if (first_failure == MMIO_OK) {
            first_failure = entries[i].status;
        }
    }
    return first_failure;
}

static mmio_status apply_policy(const mmio__call *call, mmio_map *map, const mmio_io *entries,
                                size_t count)
{
    if (!mmio__has_policy(map)) {
        return MMIO_OK;
    }
    uint64_t writes = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].status == MMIO_OK && entries[i].size != 0) {
            writes++;
            bytes += entries[i].size;
        }
    }
    return writes != 0 ? mmio__policy_apply(call, map, writes, bytes) : MMIO_OK;
}

static mmio_status run_entries(const mmio__call *call, mmio_map *map, mmio_io *entries,
                               size_t count, batch_copy copy)
{
    const bool is_write = copy != read_entry;
    if (map == NULL || (entries == NULL && count != 0)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map or entries are NULL");
    }
    mmio__hold hold = {NULL, NULL};
    uint64_t limit = 0;
    mmio_status status = mmio__hold_take_all(call, map, is_write, &hold, &limit);
    if (status == MMIO_OK) {
        status = copy_all(call, map, entries, count, hold.data, limit, copy);
        const mmio_status flushed = is_write ? apply_policy(call, map, entries, count) : MMIO_OK;
        mmio__hold_release(&hold);
        return status != MMIO_OK ? status : flushed;
    }
    for (size_t i = 0; i < count; i++) {
        entries[i].status = status;
    }
    return status;
}

mmio_status mmio_map_read_batch(mmio_map *map, mmio_io *entries, size_t count, mmio_error *error)
{
    const mmio__call call = {"mmio_map_read_batch", mmio_map_path(map), error};
    return run_entries(&call, map, entries, count, read_entry);
}

mmio_status mmio_map_write_batch(mmio_map *map, mmio_io *entries, size_t count, mmio_error *error)
{
    const mmio__call call = {"mmio_map_write_batch", mmio_map_path(map), error};
    return run_entries(&call, map, entries, count,
                       count <= MMIO__THROUGH_BATCH_MOST ? put_entry : write_entry);
}
