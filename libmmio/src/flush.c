/* SPDX-License-Identifier: Apache-2.0 */
/* Making bytes durable, and counting those that are not known to be. */
#include "flush.h"

#include "loss.h"
#include "pending.h"
#include "system.h"

uint64_t mmio_map_pending(const mmio_map *map)
{
    return map == NULL || atomic_load(&map->is_closed) ? 0 : mmio__pending_count(map);
}

/* Any flush of a map's file. A failure is remembered before anybody can take the silence of the
 * system for success. */
static int32_t ask(mmio_map *map, void *base, uint64_t offset, uint64_t size,
                   mmio__os_flush_level level)
{
    mmio__flight flight;
    mmio__flight_begin(&map->flights, &flight);
    const int32_t code = mmio__os_flush(map->handle, base, offset, size, level);
    if (code != 0) {
        mmio__lose(map, code);
    } else if (level != MMIO__OS_FLUSH_START) {
        atomic_fetch_add_explicit(&map->flushes, 1, memory_order_relaxed);
    }
    mmio__flight_end(&map->flights, &flight);
    return code;
}

static int32_t flush_whole(mmio_map *map, mmio__os_flush_level level)
{
    const uint64_t pending = mmio__pending_take(map);
    atomic_store(&map->policy_count, 0);
    const int32_t code = ask(map, NULL, 0, 0, level);
    if (code != 0) {
        mmio__pending_give_back(map, pending);
    }
    return code;
}

int32_t mmio__flush_map(mmio_map *map, mmio__os_flush_level level)
{
    if (level == MMIO__OS_FLUSH_START) {
        return ask(map, NULL, 0, 0, level);
    }
    int32_t code;
    bool is_full = level == MMIO__OS_FLUSH_FULL;
    if (mmio__flights_lead(&map->flights, &is_full, &code)) {
        code = flush_whole(map, is_full ? MMIO__OS_FLUSH_FULL : MMIO__OS_FLUSH_DATA);
        mmio__flights_led(&map->flights, code);
    }
    return code;
}

int32_t mmio__flush_pages(mmio_map *map, uint8_t *data, uint64_t offset, uint64_t size,
                          mmio__os_flush_level level)
{
    const uint64_t before = mmio__page_offset(data);
    return ask(map, data - before, map->origin + offset - before, size + before, level);
}

mmio_status mmio__flush_outcome(const mmio__call *call, const mmio_map *map, bool had_lost,
                                int32_t code, const char *what)
{
    if (code != 0 && !had_lost) {
        return mmio__fail_system(call, code, what);
    }
    return mmio__lost_code(map) != 0 ? mmio__fail_lost(call, map, mmio_map_size(map)) : MMIO_OK;
}

/* As a size: all of it, be it nothing. */
#define WHOLE_MAP UINT64_MAX

/* With the range held, or the file if it is the whole map, which keeps the region mapped and the
 * file open. */
static mmio_status flush_held(const mmio__call *call, mmio_map *map, mmio__hold *hold,
                              uint64_t offset, uint64_t size, mmio__os_flush_level level)
{
    mmio_status status = MMIO_OK;
    if (map->counts_pending && size != 0) {
        const bool had_lost = mmio__lost_code(map) != 0;
        const bool is_whole = size == WHOLE_MAP || size == mmio_map_size(map);
        const int32_t code = is_whole ? mmio__flush_map(map, level)
                                      : mmio__flush_pages(map, hold->data, offset, size, level);
        status = mmio__flush_outcome(call, map, had_lost, code, "cannot flush");
    }
    mmio__hold_release(hold);
    return status;
}

static mmio_status check_flush(const mmio__call *call, const mmio_map *map, uint32_t level,
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
    mmio_status status = check_flush(&call, map, level, &os_level);
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
    mmio_status status = check_flush(&call, map, level, &os_level);
    if (status != MMIO_OK) {
        return status;
    }
    mmio__hold hold;
    status = mmio__hold_take(&call, map, offset, size, &hold);
    return status == MMIO_OK ? flush_held(&call, map, &hold, offset, size, os_level) : status;
}
