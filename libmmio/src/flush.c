/* SPDX-License-Identifier: Apache-2.0 */
/* Making bytes durable, and counting those that are not known to be. */
#include "flush.h"

#include "os/os.h"
#include "pending.h"
#include "system.h"

uint64_t mmio_map_pending(const mmio_map *map)
{
    return map == NULL || atomic_load(&map->is_closed) ? 0 : mmio__pending_count(map);
}

static int32_t flush_all(mmio_map *map, mmio__os_flush_level level)
{
    if (level == MMIO__OS_FLUSH_START) {
        return mmio__os_flush(map->handle, NULL, 0, 0, level);
    }
    const uint64_t pending = mmio__pending_take(map);
    atomic_store(&map->policy_count, 0);
    const int32_t code = mmio__os_flush(map->handle, NULL, 0, 0, level);
    if (code != 0) {
        mmio__pending_give_back(map, pending);
    } else {
        atomic_fetch_add_explicit(&map->flushes, 1, memory_order_relaxed);
    }
    return code;
}

int32_t mmio__flush_map(mmio_map *map)
{
    return flush_all(map, MMIO__OS_FLUSH_DATA);
}

int32_t mmio__flush_take_kept(mmio_map *map)
{
    return atomic_load_explicit(&map->kept_code, memory_order_relaxed) != 0
               ? atomic_exchange(&map->kept_code, 0)
               : 0;
}

static int32_t flush_pages(mmio_map *map, uint8_t *data, uint64_t offset, uint64_t size,
                           mmio__os_flush_level level)
{
    const uint64_t before = (uintptr_t)data % mmio_page_size();
    const int32_t code = mmio__os_flush(map->handle, data - before, map->origin + offset - before,
                                        size + before, level);
    if (code == 0 && level != MMIO__OS_FLUSH_START) {
        atomic_fetch_add_explicit(&map->flushes, 1, memory_order_relaxed);
    }
    return code;
}

/* As a size: all of it, be it nothing. */
#define WHOLE_MAP UINT64_MAX

/* With the range held, or the file if it is the whole map, which keeps the region mapped and the
 * file open. */
static mmio_status flush_held(const mmio__call *call, mmio_map *map, mmio__hold *hold,
                              uint64_t offset, uint64_t size, mmio__os_flush_level level)
{
    int32_t code = 0;
    if (map->counts_pending && size != 0) {
        const bool is_whole = offset == 0 && (size == WHOLE_MAP || size == mmio_map_size(map));
        code = is_whole ? flush_all(map, level) : flush_pages(map, hold->data, offset, size, level);
        if (code == 0) {
            code = mmio__flush_take_kept(map);
        }
    }
    mmio__hold_release(hold);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot flush");
}

static mmio_status check(const mmio__call *call, const mmio_map *map, uint32_t level,
                         mmio__os_flush_level *out_level)
{
    if (map == NULL) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map is NULL");
    }
    switch (level) {
    case MMIO_FLUSH_DATA:
        *out_level = MMIO__OS_FLUSH_DATA;
        return MMIO_OK;
    case MMIO_FLUSH_START:
        *out_level = MMIO__OS_FLUSH_START;
        return MMIO_OK;
    case MMIO_FLUSH_FULL:
        *out_level = MMIO__OS_FLUSH_FULL;
        return MMIO_OK;
    default:
        return mmio__fail(call, MMIO_ERR_INVALID, "flush level %u is unknown", (unsigned)level);
    }
}

mmio_status mmio_map_flush(mmio_map *map, uint32_t level, mmio_error *error)
{
    const mmio__call call = {"mmio_map_flush", mmio_map_path(map), error};
    mmio__os_flush_level os_level = MMIO__OS_FLUSH_DATA;
    mmio_status status = check(&call, map, level, &os_level);
    if (status != MMIO_OK) {
        return status;
    }
    /* Whatever its size: what was written may have been cut since, but it is not pending then. */
    mmio__hold file;
    status = mmio__hold_file(&call, map, &file);
    return status == MMIO_OK ? flush_held(&call, map, &file, 0, WHOLE_MAP, os_level) : status;
}

mmio_status mmio_map_flush_range(mmio_map *map, uint64_t offset, uint64_t size, uint32_t level,
                                 mmio_error *error)
{
    const mmio__call call = {"mmio_map_flush_range", mmio_map_path(map), error};
    mmio__os_flush_level os_level = MMIO__OS_FLUSH_DATA;
    mmio_status status = check(&call, map, level, &os_level);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__hold hold;
    status = mmio__hold_take(&call, map, offset, size, &hold);
    return status == MMIO_OK ? flush_held(&call, map, &hold, offset, size, os_level) : status;
}
