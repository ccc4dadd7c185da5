/* SPDX-License-Identifier: Apache-2.0 */
/* A map's life after opening: holders, closing, and looking at it. */
#include "map.h"

#include <string.h>

#include "append.h"
#include "base/memory.h"
#include "base/options.h"
#include "defer.h"
#include "guard.h"
#include "loss.h"
#include "maps.h"
#include "policy.h"
#include "system.h"

static mmio_status check_closed(const mmio__call *call, const mmio_map *map)
{
    return atomic_load(&map->is_closed) ? mmio__fail(call, MMIO_ERR_CLOSED, "the map is closed")
                                        : MMIO_OK;
}

mmio_status mmio__check_open(const mmio__call *call, const mmio_map *map)
{
    const mmio_status status = check_closed(call, map);
    return status == MMIO_OK && MMIO__UNLIKELY(atomic_load(&map->faults) != 0)
               ? mmio__fail_absorbed(call, map)
               : status;
}

mmio_map *mmio_map_retain(mmio_map *map)
{
    if (map != NULL) {
        atomic_fetch_add(&map->holders, 1);
    }
    return map;
}

void mmio__map_drop_life(mmio_map *map)
{
    if (atomic_fetch_sub(&map->lives, 1) == 1) {
        mmio__maps_remove(map);
        mmio__free(atomic_load_explicit(&map->stripes, memory_order_relaxed));
        mmio__free(map);
    }
}

/* With the gate locked, which it unlocks: from then on nobody can hold a byte of the map. */
static void shut_locked(mmio_map *map)
{
    mmio__region *region = map->region;
    atomic_store(&map->is_closed, true);
    mmio__map_set_size(map, 0);
    mmio__unlock(&map->gate);
    mmio__region_retire(region);
    mmio__regions_wake();
}

bool mmio__map_shut(mmio_map *map)
{
    mmio__lock_take(&map->gate);
    if (atomic_load(&map->is_closed)) {
        mmio__unlock(&map->gate);
        return false;
    }
    shut_locked(map);
    mmio__policy_end(map);
    return true;
}

void mmio_map_close(mmio_map *map)
{
    if (map != NULL && atomic_fetch_sub(&map->holders, 1) == 1) {
        (void)mmio__map_shut(map);
        mmio__map_drop_life(map);
    }
}

mmio_status mmio_map_shutdown(mmio_map *map, mmio_error *error)
{
    const mmio__call call = {"mmio_map_shutdown", mmio_map_path(map), error};
    if (map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    }
    const uint64_t size = mmio_map_size(map);
    if (!mmio__map_shut(map)) {
        return MMIO_OK;
    }
    if (mmio__lost_code(map) != 0) {
        return mmio__fail_lost(&call, map, size);
    }
    /* What was written to the zeros is lost; nobody will ask after this. */
    const bool is_lossy = atomic_load(&map->faults) != 0 && mmio__is_writable(map);
    return is_lossy ? mmio__fail_absorbed(&call, map) : MMIO_OK;
}

/* Without the timer's thread, which uses files too and is nobody to wait for. */
static mmio_status take_handle(const mmio__call *call, mmio_map *map, intptr_t *out_handle)
{
    if (atomic_load(&map->holders) != 1) {
        return mmio__fail(call, MMIO_ERR_BUSY, "the map has other holders");
    }
    const mmio_status status = mmio__regions_lock_clear(map, 0, MMIO__PINS_ALL, MMIO__NO_WAIT);
    if (status != MMIO_OK) {
        return mmio__fail(call, status,
                          status == MMIO_ERR_CLOSED ? "the map is closed"
                                                    : "a view of the map lives");
    }
    const int32_t code = mmio__append_trim(map);
    if (code != 0) {
        mmio__unlock(&map->gate);
        return mmio__fail_system(call, code, "cannot cut the file to what was appended");
    }
    *out_handle = map->handle;
    map->handle = MMIO__OS_NO_HANDLE;
    shut_locked(map);
    return MMIO_OK;
}

mmio_status mmio_map_into_handle(mmio_map *map, intptr_t *out_handle, mmio_error *error)
{
    const mmio__call call = {"mmio_map_into_handle", mmio_map_path(map), error};
    if (out_handle != NULL) {
        *out_handle = MMIO__OS_NO_HANDLE;
    }
    if (map == NULL || out_handle == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or out_handle is NULL");
    }
    mmio_status status = mmio__check_open(&call, map);
    if (status != MMIO_OK) {
        return status;
    }
    if (map->kind == MMIO_KIND_ANONYMOUS) {
        return mmio__fail(&call, MMIO_ERR_MODE, "an anonymous map has no file");
    }
    if (mmio__lost_code(map) != 0) {
        return mmio__fail_lost(&call, map, mmio_map_size(map));
    }
    mmio__policy_pause(map);
    status = take_handle(&call, map, out_handle);
    if (status == MMIO_OK) {
        mmio__policy_end_paused(map);
    } else {
        mmio__policy_resume(map);
    }
    return status;
}

void mmio__map_describe(mmio_map *map, mmio_map_info *out_info)
{
    const bool is_closed = atomic_load(&map->is_closed);
    *out_info = (mmio_map_info){
        .mode = map->mode,
        .kind = map->kind,
        .holders = atomic_load(&map->holders),
        .size = mmio_map_size(map),
        .pending = mmio_map_pending(map),
        .handle = is_closed ? MMIO__OS_NO_HANDLE : map->handle,
        .flushes = atomic_load(&map->flushes),
        .age_ms = (uint64_t)(mmio__os_now_ns() - map->opened_ns) / 1000000,
        .window_offset = map->origin,
        .appended = mmio__append_end(map),
        .policy_amount = atomic_load(&map->policy_amount),
        .policy = atomic_load(&map->policy),
        .is_writable = !is_closed && mmio__is_writable(map),
        .is_closed = is_closed,
        .lost_code = mmio__lost_code(map),
        .faults = atomic_load(&map->faults),
    };
}

mmio_status mmio_map_get_info(mmio_map *map, mmio_map_info *out_info, mmio_error *error)
{
    const mmio__call call = {"mmio_map_get_info", mmio_map_path(map), error};
    if (out_info == NULL || out_info->struct_size < MMIO__INFO_SIZE_LEAST) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "out_info is NULL or its struct_size too small");
    }
    mmio_map_info info;
    memset(&info, 0, sizeof info);
    const mmio_status status = map != NULL ? check_closed(&call, map)
                                           : mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    if (status == MMIO_OK) {
        mmio__map_describe(map, &info);
        info.views = mmio__regions_pins(map, &info.reserve);
    }
    mmio__info_copy(out_info, out_info->struct_size, &info, sizeof info);
    return status;
}

uint64_t mmio_map_size(const mmio_map *map)
{
    return map != NULL ? atomic_load_explicit(&map->size, memory_order_acquire) : 0;
}

uint32_t mmio_map_mode(const mmio_map *map)
{
    return map != NULL ? map->mode : MMIO_MODE_DEFAULT;
}

const char *mmio_map_path(const mmio_map *map)
{
    return map != NULL ? map->path : NULL;
}

static const char *why_not_writable(const mmio_map *map)
{
    switch (map->mode) {
    case MMIO_MODE_RO:
        return "a map of mode RO is not writable";
    case MMIO_MODE_COW:
        return "a map of mode COW is not writable";
    default:
        return "the map is protected against writing";
    }
}

mmio_status mmio__check_writable(const mmio__call *call, const mmio_map *map)
{
    if (MMIO__LIKELY(mmio__is_writable(map))) {
        return MMIO_OK;
    }
    const mmio_status status = mmio__check_open(call, map);
    return status != MMIO_OK ? status
                             : mmio__fail(call, MMIO_ERR_MODE, "%s", why_not_writable(map));
}

/* Put away what a quick attempt left. */
static void settle(void)
{
    if (mmio__pin_settle()) {
        mmio__regions_reap();
    }
}

static mmio_status hold_range(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                              bool for_write, mmio__hold *out_hold)
{
    *out_hold = (mmio__hold){NULL, NULL};
    for (;;) {
        settle();
        /* The size first: it is 0 only after the map was marked as closed. */
        const uint64_t limit = mmio_map_size(map);
        mmio_status status = mmio__check_open(call, map);
        if (status == MMIO_OK && for_write) {
            status = mmio__check_writable(call, map);
        }
        if (status != MMIO_OK || size == 0) {
            return status;
        }
        if (!mmio__range_fits(offset, size, limit)) {
            return mmio__fail_range(call, offset, size, limit);
        }
        if (MMIO__UNLIKELY(mmio__is_deferred(map))) {
            status = mmio__map_deferred(call, map);
            if (status != MMIO_OK) {
                return status;
            }
        }
        if (!mmio__pin_make_room()) {
            return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for one more view");
        }
        if (mmio__hold_try(map, offset, size, for_write, out_hold)) {
            return MMIO_OK;
        }
        /* Before waiting for those who may wait for it. */
        settle();
        mmio__lock_await(&map->gate);
    }
}

mmio_status mmio__hold_take(const mmio__call *call, mmio_map *map, uint64_t offset, uint64_t size,
                            mmio__hold *out_hold)
{
    return hold_range(call, map, offset, size, false, out_hold);
}

mmio_status mmio__hold_take_writable(const mmio__call *call, mmio_map *map, uint64_t offset,
                                     uint64_t size, mmio__hold *out_hold)
{
    return hold_range(call, map, offset, size, true, out_hold);
}

mmio_status mmio__hold_take_to_write(const mmio__call *call, mmio_map *map, uint64_t offset,
                                     uint64_t size, mmio__hold *out_hold)
{
    return hold_range(call, map, offset, size, size != 0, out_hold);
}

mmio_status mmio__hold_file(const mmio__call *call, mmio_map *map, mmio__hold *out_hold)
{
    *out_hold = (mmio__hold){NULL, NULL};
    for (;;) {
        const uint32_t note = mmio__lock_note(&map->gate);
        const mmio_status status = mmio__check_open(call, map);
        if (status != MMIO_OK) {
            return status;
        }
        if (!mmio__pin_make_room()) {
            return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for one more view");
        }
        uint8_t *base = atomic_load_explicit(&map->base, memory_order_acquire);
        /* The region of an empty file is held by its own place in memory: see census_of(). */
        const uintptr_t start = base != NULL ? (uintptr_t)base : (uintptr_t)&map->first_region;
        mmio__hold hold = {base, mmio__pin_next()};
        if (mmio__pin_announce(hold.pin, &map->gate, note, start, start + 1)) {
            *out_hold = hold;
            return MMIO_OK;
        }
        mmio__hold_release(&hold);
        mmio__lock_await(&map->gate);
    }
}

mmio_status mmio__hold_take_up_to(const mmio__call *call, mmio_map *map, uint64_t offset,
                                  bool for_write, mmio__hold *out_hold, uint64_t *size)
{
    /* A shrink between asking the size and holding it makes the range too long: ask again. */
    const mmio__call quiet = {call->name, call->path, NULL};
    const uint64_t most = *size;
    mmio_status status;
    do {
        const uint64_t limit = mmio_map_size(map);
        const uint64_t rest = offset < limit ? limit - offset : 0;
        *size = rest < most ? rest : most;
        status = hold_range(&quiet, map, offset, *size, for_write, out_hold);
    } while (status == MMIO_ERR_RANGE);
    if (status == MMIO_ERR_MODE) {
        return mmio__fail(call, status, "%s", why_not_writable(map));
    }
    return status == MMIO_OK ? status : mmio__fail(call, status, "%s", mmio_status_text(status));
}

mmio_status mmio__hold_take_all(const mmio__call *call, mmio_map *map, bool for_write,
                                mmio__hold *out_hold, uint64_t *out_size)
{
    *out_size = UINT64_MAX;
    return mmio__hold_take_up_to(call, map, 0, for_write, out_hold, out_size);
}
