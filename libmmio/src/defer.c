/* SPDX-License-Identifier: Apache-2.0 */
#include "defer.h"

#include "guard.h"
#include "resize.h"
#include "system.h"

/* Mapping costs as much as a few small reads do. */
#define READS_MOST 4u
#define READ_SIZE_MOST ((uint64_t)64 << 10)

bool mmio__defers_read(mmio_map *map, uint64_t size)
{
    return mmio__is_deferred(map) && size <= READ_SIZE_MOST &&
           atomic_fetch_add(&map->early_reads, 1) < READS_MOST;
}

static mmio_status read_held(const mmio__call *call, const mmio_map *map, uint64_t offset,
                             void *buffer, size_t size)
{
    const uint64_t limit = mmio_map_size(map);
    if (size != 0 && !mmio__range_fits(offset, size, limit)) {
        return mmio__fail_range(call, offset, size, limit);
    }
    size_t done = 0;
    const int32_t code = mmio__os_file_read(map->handle, map->origin + offset, buffer, size, &done);
    if (code == 0 && done == size) {
        return MMIO_OK;
    }
    const mmio_status status = mmio__fail_fault(call, map, offset, size, size - done, false);
    if (code != 0 && call->error != NULL) {
        call->error->os_code = code; /* Also if the bytes can be read by now. */
    }
    return status;
}

mmio_status mmio__deferred_read(const mmio__call *call, mmio_map *map, uint64_t offset,
                                void *buffer, size_t size)
{
    mmio__hold file;
    mmio_status status = mmio__hold_file(call, map, &file);
    if (status == MMIO_OK) {
        status = read_held(call, map, offset, buffer, size);
        mmio__hold_release(&file);
    }
    return status;
}

mmio_status mmio__map_deferred(const mmio__call *call, mmio_map *map)
{
    mmio__hold file;
    mmio_status status = mmio__hold_file(call, map, &file);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__lock_take(&map->resizing);
    if (mmio__is_deferred(map)) {
        status = mmio__resize_follow(call, map, mmio_map_size(map), 0);
    }
    mmio__unlock(&map->resizing);
    mmio__hold_release(&file);
    return status;
}
