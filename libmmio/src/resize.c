/* SPDX-License-Identifier: Apache-2.0 */
/* Growing and shrinking. */
#include "resize.h"

#include <string.h>

#include "append.h"
#include "base/memory.h"
#include "guard.h"
#include "open.h"
#include "os/os.h"
#include "system.h"

/* Growing beyond the reservation sets this much aside for the next times. */
#define MOVED_RESERVE_FACTOR 2u

static mmio_status fail_closed(const mmio__call *call)
{
    return mmio__fail(call, MMIO_ERR_CLOSED, "the map is closed");
}

/* From one length of the file to another. */
static int32_t extend_file(const mmio_map *map, uint64_t old_length, uint64_t new_length)
{
    return map->allocates ? mmio__os_file_allocate(map->handle, old_length, new_length - old_length)
                          : mmio__os_file_resize(map->handle, new_length);
}

/* With no pin beyond `new_size` and the gate locked. A file of huge pages stays longer than asked:
 * those bytes are cleared, since a later growth shows them again. */
static int32_t cut_file(const mmio_map *map, uint64_t old_size, uint64_t new_size)
{
    const uint64_t new_length = mmio__map_file_size(map, new_size);
    const int32_t code = mmio__os_file_cut(map->handle, new_length);
    if (code == 0) {
        const uint64_t end = old_size < new_length ? old_size : new_length;
        (void)mmio__fill(map->region->base + new_size, 0, end - new_size);
    }
    return code;
}

/* With bytes up to the new size in the region already, publishing it is all. */
static mmio_status follow_in_place(const mmio__call *call, mmio_map *map, uint64_t new_size)
{
    mmio__lock_take(&map->gate);
    const bool is_closed = atomic_load(&map->is_closed);
    if (!is_closed) {
        mmio__map_set_size(map, new_size);
    }
    mmio__unlock(&map->gate);
    return is_closed ? fail_closed(call) : MMIO_OK;
}

/* Map the file anew, as long as it is now, and retire the old region. */
static mmio_status follow_by_moving(const mmio__call *call, mmio_map *map, uint64_t new_size,
                                    uint64_t reserve)
{
    mmio__region *region = mmio__allocate(sizeof *region);
    if (region == NULL) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for one more region");
    }
    const int32_t code = mmio__region_map(region, map, new_size, reserve);
    if (code != 0) {
        mmio__free(region);
        return mmio__fail_system(call, code, "cannot map the file");
    }

    mmio__lock_take(&map->gate);
    mmio__region *old = map->region;
    const bool is_closed = atomic_load(&map->is_closed);
    if (!is_closed) {
        atomic_fetch_add(&map->regions, 1);
        atomic_fetch_add(&map->lives, 1);
        map->region = region;
        atomic_store(&map->base, mmio__region_first_byte(region));
        mmio__map_set_size(map, new_size);
    }
    mmio__unlock(&map->gate);

    if (is_closed) {
        mmio__region_unmap(region);
        mmio__free(region);
        return fail_closed(call);
    }
    mmio__region_retire(old);
    return MMIO_OK;
}

mmio_status mmio__resize_follow(const mmio__call *call, mmio_map *map, uint64_t new_size,
                                uint64_t reserve)
{
    const mmio__region *region = map->region;
    return region->base != NULL && new_size <= region->length - region->lead
               ? follow_in_place(call, map, new_size)
               : follow_by_moving(call, map, new_size, reserve);
}

/* Others may have made the file longer than the map knows. Not so with huge pages, which are one
 * map's own, and whose file is as long as was ever mapped of it. */
static int32_t find_length(const mmio_map *map, uint64_t *out_length)
{
    if (map->file_unit > 1) {
        *out_length = mmio__map_file_size(map, mmio_map_size(map));
        return 0;
    }
    mmio__os_file_facts facts;
    const int32_t code = mmio__os_file_inspect(map->handle, &facts);
    *out_length = code == 0 ? facts.size : 0;
    return code;
}

mmio_status mmio__resize_grow(const mmio__call *call, mmio_map *map, uint64_t new_size)
{
    uint64_t old_length;
    int32_t code = find_length(map, &old_length);
    if (code != 0) {
        return mmio__fail_system(call, code, "cannot look at the file");
    }
    /* What others added is not ours to cut, nor to undo. */
    const uint64_t new_length = mmio__map_file_size(map, new_size);
    const bool is_short = old_length < new_length;
    code = is_short ? extend_file(map, old_length, new_length) : 0;
    const uint64_t reserve = mmio__multiply_saturated(new_size, MOVED_RESERVE_FACTOR);
    const mmio_status status = code == 0 ? mmio__resize_follow(call, map, new_size, reserve)
                                         : mmio__fail_system(call, code, "cannot extend the file");
    if (status != MMIO_OK && is_short) {
        (void)mmio__os_file_resize(map->handle, old_length);
    }
    return status;
}

/* With the gate locked and nobody looking at what goes; unlocks the gate. */
static mmio_status cut(const mmio__call *call, mmio_map *map, uint64_t new_size)
{
    const int32_t code = cut_file(map, mmio_map_size(map), new_size);
    if (code == 0) {
        mmio__map_set_size(map, new_size);
        atomic_store(&map->append_end, MMIO__APPENDED_NOTHING);
    }
    mmio__unlock(&map->gate);
    return code == 0 ? MMIO_OK : mmio__fail_system(call, code, "cannot cut the file");
}

/* Resize without waiting for views. A shrink that would have to answers BUSY, and no record yet. */
static mmio_status resize_held(const mmio__call *call, mmio_map *map, uint64_t new_size)
{
    /* The size first: if it is 0 because the map was shut down, that shows after. */
    const uint64_t old_size = mmio_map_size(map);
    mmio_status status = mmio__check_open(call, map);
    if (status == MMIO_OK && new_size < old_size) {
        status = mmio__regions_lock_clear(map, new_size, MMIO__PINS_ALL, MMIO__NO_WAIT);
        return status == MMIO_OK ? cut(call, map, new_size) : status;
    }
    if (status == MMIO_OK && new_size > old_size) {
        status = mmio__resize_grow(call, map, new_size);
    }
    if (status == MMIO_OK) {
        /* The next append goes behind what the caller wants the size to be. */
        atomic_store(&map->append_end, MMIO__APPENDED_NOTHING);
    }
    return status;
}

static mmio_status resize_once(const mmio__call *call, mmio_map *map, uint64_t new_size,
                               mmio__deadline deadline)
{
    if (!mmio__lock_until(&map->resizing, deadline)) {
        return mmio__deadline_status(deadline);
    }
    const mmio_status status = resize_held(call, map, new_size);
    mmio__unlock(&map->resizing);
    return status;
}

/* Wait until no view reaches beyond the new size, with nothing locked, so that others can grow the
 * map; then cut it before a new one comes. BUSY: others resize it at that moment, or have. */
static mmio_status shrink_when_clear(const mmio__call *call, mmio_map *map, uint64_t new_size,
                                     mmio__deadline deadline)
{
    mmio_status status = mmio__regions_lock_clear(map, new_size, MMIO__PINS_ALL, deadline);
    if (status != MMIO_OK) {
        return status;
    }
    if (!mmio__lock_try(&map->resizing)) {
        mmio__unlock(&map->gate);
        return MMIO_ERR_BUSY;
    }
    if (new_size < mmio_map_size(map)) {
        status = cut(call, map, new_size);
    } else {
        mmio__unlock(&map->gate);
        status = MMIO_ERR_BUSY;
    }
    mmio__unlock(&map->resizing);
    return status;
}

static mmio_status fail_shrink(const mmio__call *call, mmio_status status)
{
    switch (status) {
    case MMIO_ERR_BUSY:
    case MMIO_ERR_TIMEOUT:
        return mmio__fail(call, status,
                          "a view reaches beyond the new size, or the map is being "
                          "resized");
    case MMIO_ERR_DEADLOCK:
        return mmio__fail(call, status,
                          "only the calling thread's own views reach beyond the new size");
    case MMIO_ERR_CLOSED:
        return fail_closed(call);
    default:
        return status;
    }
}

mmio_status mmio__check_resizable(const mmio__call *call, const mmio_map *map)
{
    const mmio_status status = mmio__check_open(call, map);
    if (status != MMIO_OK) {
        return status;
    }
    if (map->mode != MMIO_MODE_RW) {
        return mmio__fail(call, MMIO_ERR_MODE, "only an RW map can be resized");
    }
    if (map->is_window) {
        return mmio__fail(call, MMIO_ERR_MODE, "a window cannot be resized");
    }
    return mmio__check_writable(call, map);
}

mmio_status mmio_map_resize(mmio_map *map, uint64_t new_size, int64_t timeout_ms, mmio_error *error)
{
    const mmio__call call = {"mmio_map_resize", mmio_map_path(map), error};
    if (map == NULL) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map is NULL");
    }
    mmio_status status = mmio__check_resizable(&call, map);
    if (status != MMIO_OK) {
        return status;
    }
    status = mmio__check_size(&call, new_size);
    if (status != MMIO_OK) {
        return status;
    }

    /* From here on the file stays open, whoever shuts the map down meanwhile. */
    mmio__hold file;
    status = mmio__hold_file(&call, map, &file);
    if (status != MMIO_OK) {
        return status;
    }
    const mmio__deadline deadline = mmio__deadline_after(timeout_ms);
    do {
        status = resize_once(&call, map, new_size, deadline);
        if (status == MMIO_ERR_BUSY && deadline != MMIO__NO_WAIT) {
            status = shrink_when_clear(&call, map, new_size, deadline);
        }
    } while (status == MMIO_ERR_BUSY && deadline != MMIO__NO_WAIT);
    mmio__hold_release(&file);
    return fail_shrink(&call, status);
}
