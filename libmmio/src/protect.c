/* SPDX-License-Identifier: Apache-2.0 */
/* Forbidding writes through a map that could take them, and allowing them again. */
#include "map.h"
#include "os/os.h"
#include "system.h"

static mmio_status fail_protect(const mmio__call *call, mmio_status status)
{
    switch (status) {
    case MMIO_ERR_CLOSED:
        return mmio__fail(call, status, "the map is closed");
    case MMIO_ERR_DEADLOCK:
        return mmio__fail(call, status, "only the calling thread's own views are for writing");
    default:
        return mmio__fail(call, status, "a view for writing lives, or the map is being resized");
    }
}

/* With the gate locked, and nobody writing if that is to be forbidden. */
static int32_t protect_locked(mmio_map *map, bool is_writable)
{
    const mmio__region *region = map->region;
    const int32_t code =
        region->base != NULL ? mmio__os_protect(region->base, region->length, is_writable) : 0;
    if (code == 0) {
        atomic_store(&map->is_writable, is_writable);
    }
    return code;
}

/* With `resizing` locked: the present region stays the only one. Regions that were left behind have
 * no views for writing either once the gate is clear. */
static mmio_status protect(const mmio__call *call, mmio_map *map, bool is_writable,
                           mmio__deadline deadline)
{
    /* Pins for writing do not matter to who allows it. */
    const uint64_t beyond = is_writable ? UINT64_MAX : 0;
    const mmio_status status = mmio__regions_lock_clear(map, beyond, MMIO__PINS_WRITING, deadline);
    if (status != MMIO_OK) {
        return fail_protect(call, status);
    }
    const int32_t code = protect_locked(map, is_writable);
    mmio__unlock(&map->gate);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot change the protection");
}

mmio_status mmio_map_protect(mmio_map *map, uint32_t protection, int64_t timeout_ms,
                             mmio_error *error)
{
    const mmio__call call = {"mmio_map_protect", mmio_map_path(map), error};
    if (map == NULL || protection > MMIO_PROTECT_NONE) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL, or protection %u is unknown",
                          (unsigned)protection);
    }
    mmio_status status = mmio__check_open(&call, map);
    if (status != MMIO_OK) {
        return status;
    }
    const bool is_writable = protection == MMIO_PROTECT_NONE;
    if (is_writable && map->mode != MMIO_MODE_RW && map->mode != MMIO_MODE_COW_RW) {
        return mmio__fail(&call, MMIO_ERR_MODE, "the map was not opened for writing");
    }
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    if (!mmio__lock_until(&map->resizing, deadline)) {
        return fail_protect(&call, mmio__deadline_status(deadline));
    }
    status = protect(&call, map, is_writable, deadline);
    mmio__unlock(&map->resizing);
    return status;
}
