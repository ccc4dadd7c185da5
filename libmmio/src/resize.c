/* SPDX-License-Identifier: Apache-2.0 */
/* Growing and shrinking. */

#include "base/memory.h"
#include "map.h"
#include "os/os.h"
#include "system.h"

/* Growing beyond the reservation sets this much aside for the next times. */
#define MOVED_RESERVE_FACTOR 2u

static mmio_status fail_closed(const mmio__call *call)
{
    return mmio__fail(call, MMIO_ERR_CLOSED, "the map is closed");
}

static int32_t extend_file(const mmio_map *map, uint64_t old_size, uint64_t new_size)
{
    return map->allocates ? mmio__os_file_allocate(map->handle, old_size, new_size - old_size)
                          : mmio__os_file_resize(map->handle, new_size);
}

/* The new bytes are within the region already: publishing the size is all. */
static mmio_status grow_in_place(const mmio__call *call, mmio_map *map, uint64_t new_size)
{
    mmio__lock_take(&map->gate);
    const bool is_closed = atomic_load(&map->is_closed);
    if (!is_closed) {
        atomic_store(&map->size, new_size);
    }
    mmio__unlock(&map->gate);
    return is_closed ? fail_closed(call) : MMIO_OK;
}

/* Map the file anew, as long as it is now, and retire the old region. */
static mmio_status grow_by_moving(const mmio__call *call, mmio_map *map, uint64_t new_size)
{
    mmio__region *region = mmio__allocate(sizeof *region);
    if (region == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for one more region");
    }
    const int32_t code = mmio__region_map(region, map, new_size,
                                          mmio__multiply_saturated(new_size, MOVED_RESERVE_FACTOR));
    if (code != 0) {
        mmio__free(region);
        return mmio__fail_system(call, code, "cannot map the longer file");
    }

    mmio__lock_take(&map->gate);
    mmio__region *old = map->region;
    const bool is_closed = atomic_load(&map->is_closed);
    if (!is_closed) {
        atomic_fetch_add(&map->regions, 1);
        atomic_fetch_add(&map->lives, 1);
        map->region = region;
        atomic_store(&map->base, region->base);
        atomic_store(&map->size, new_size);
    }
    mmio__unlock(&map->gate);

    if (is_closed) {
        mmio__os_unmap(region->base, region->length);
        mmio__free(region);
        return fail_closed(call);
    }
    mmio__region_retire(old);
    return MMIO_OK;
}

static mmio_status grow(const mmio__call *call, mmio_map *map, uint64_t old_size, uint64_t new_size)
{
    const int32_t code = extend_file(map, old_size, new_size);
    mmio_status status = MMIO_OK;
    if (code != 0) {
        status = mmio__fail_system(call, code, "cannot extend the file");
    } else if (new_size <= map->region->length) {
        status = grow_in_place(call, map, new_size);
    } else {
        status = grow_by_moving(call, map, new_size);
    }
    if (status != MMIO_OK) {
        (void)mmio__os_file_resize(map->handle, old_size);
    }
    return status;
}

static const char *why_not_clear(mmio_status status)
{
    switch (status) {
    case MMIO_ERR_DEADLOCK:
        return "only the calling thread's own views reach beyond the new size";
    case MMIO_ERR_CLOSED:
        return "the map is closed";
    default:
        return "a view reaches beyond the new size";
    }
}

static mmio_status shrink(const mmio__call *call, mmio_map *map, uint64_t new_size,
                          mmio__deadline deadline)
{
    const mmio_status status = mmio__regions_lock_clear(map, new_size, deadline);
    if (status != MMIO_OK) {
        return mmio__fail(call, status, "%s", why_not_clear(status));
    }
    const int32_t code = mmio__os_file_resize(map->handle, new_size);
    if (code == 0) {
        atomic_store(&map->size, new_size);
    }
    mmio__unlock(&map->gate);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot cut the file");
}

/* With the file held, so that it stays open whoever shuts the map down meanwhile. */
static mmio_status resize_held(const mmio__call *call, mmio_map *map, uint64_t new_size,
                               mmio__deadline deadline)
{
    const uint64_t old_size = mmio_map_size(map);
    if (new_size == old_size) {
        return MMIO_OK;
    }
    return new_size > old_size ? grow(call, map, old_size, new_size)
                               : shrink(call, map, new_size, deadline);
}

static mmio_status resize_locked(const mmio__call *call, mmio_map *map, uint64_t new_size,
                                 mmio__deadline deadline)
{
    mmio__hold file;
    mmio_status status = mmio__hold_file(call, map, &file);
    if (status == MMIO_OK) {
        status = resize_held(call, map, new_size, deadline);
        mmio__hold_release(&file);
    }
    return status;
}

mmio_status mmio_map_resize(mmio_map *map, uint64_t new_size, int64_t timeout_ms, mmio_error *error)
{
    const mmio__call call = {"mmio_map_resize", mmio_map_path(map), error};
    if (map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    }
    mmio_status status = mmio__check_open(&call, map);
    if (status != MMIO_OK) {
        return status;
    }
    if (map->mode != MMIO_MODE_RW) {
        return mmio__fail(&call, MMIO_ERR_MODE, "only an RW map can be resized");
    }
    if (new_size == 0) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "size 0 is not allowed");
    }
    if (new_size > mmio_max_size()) {
        return mmio__fail_too_large(&call, new_size, mmio_max_size());
    }

    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    if (!mmio__lock_until(&map->resizing, deadline)) {
        return mmio__fail(&call, deadline == MMIO__NO_WAIT ? MMIO_ERR_BUSY : MMIO_ERR_TIMEOUT,
                          "another resize of the map is under way");
    }
    status = resize_locked(&call, map, new_size, deadline);
    mmio__unlock(&map->resizing);
    return status;
}
