/* SPDX-License-Identifier: Apache-2.0 */
/* Copying bytes out of and into a map, each call as a whole. */
#include "mmio/copy.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "map.h"

static MMIO__NOINLINE mmio_status fail_busy(const char *name, mmio_map *map, mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    return mmio__fail(&call, MMIO_ERR_BUSY, "another copy of these bytes is under way");
}

/* False if writers were in the way until the deadline. */
static bool copy_out(mmio_map *map, uint64_t offset, void *to, const void *from, size_t size,
                     mmio__deadline deadline)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    if (stripes == NULL) {
        mmio__copy_bytes(to, from, size);
        MMIO__FENCE_ACQUIRE();
        stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
        if (MMIO__LIKELY(stripes == NULL)) {
            return true;
        }
        /* The map's first write began meanwhile. */
    }
    return mmio__stripes_read(stripes, offset, to, from, size, deadline);
}

static MMIO__NOINLINE mmio_status hold_to_read(const mmio__call *call, mmio_map *map,
                                               uint64_t offset, const void *buffer, size_t size,
                                               mmio__hold *out_hold)
{
    if (map == NULL || (buffer == NULL && size != 0)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map or buffer is NULL");
    }
    return mmio__hold_take(call, map, offset, size, out_hold);
}

static inline mmio_status read_range(const char *name, mmio_map *map, uint64_t offset, void *buffer,
                                     size_t size, mmio__deadline deadline, mmio_error *error)
{
    mmio__hold hold;
    if (MMIO__UNLIKELY(map == NULL || buffer == NULL ||
                       !mmio__hold_try(map, offset, size, &hold))) {
        const mmio__call call = {name, mmio_map_path(map), error};
        const mmio_status status = hold_to_read(&call, map, offset, buffer, size, &hold);
        if (status != MMIO_OK || size == 0) {
            return status;
        }
    }
    const bool is_copied = copy_out(map, offset, buffer, hold.data, size, deadline);
    mmio__hold_release(&hold);
    return MMIO__LIKELY(is_copied) ? MMIO_OK : fail_busy(name, map, error);
}

/* The map's stripes, made by its first writer; NULL without memory. */
static mmio__stripes *stripes_of(mmio_map *map)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    if (MMIO__LIKELY(stripes != NULL)) {
        return stripes;
    }
    mmio__stripes *created = mmio__stripes_create(mmio_map_size(map));
    if (created != NULL && !atomic_compare_exchange_strong(&map->stripes, &stripes, created)) {
        free(created);
        return stripes;
    }
    return created;
}

static MMIO__NOINLINE mmio_status hold_to_write(const mmio__call *call, mmio_map *map,
                                                uint64_t offset, const void *data, size_t size,
                                                mmio__hold *out_hold)
{
    if (map == NULL || (data == NULL && size != 0)) {
        return mmio__fail(call, MMIO_ERR_INVALID, "the map or data is NULL");
    }
    const mmio_status status = size != 0 ? mmio__check_writable(call, map) : MMIO_OK;
    return status != MMIO_OK ? status : mmio__hold_take(call, map, offset, size, out_hold);
}

static MMIO__NOINLINE mmio_status fail_stripes(const char *name, mmio_map *map, mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    return mmio__fail(&call, MMIO_ERR_NO_MEMORY, "no memory for the map's first write");
}

static inline mmio_status write_range(const char *name, mmio_map *map, uint64_t offset,
                                      const void *data, size_t size, mmio__deadline deadline,
                                      mmio_error *error)
{
    mmio__hold hold;
    if (MMIO__UNLIKELY(map == NULL || data == NULL || !map->is_writable ||
                       !mmio__hold_try(map, offset, size, &hold))) {
        const mmio__call call = {name, mmio_map_path(map), error};
        const mmio_status status = hold_to_write(&call, map, offset, data, size, &hold);
        if (status != MMIO_OK || size == 0) {
            return status;
        }
    }
    mmio_status status = MMIO_OK;
    mmio__stripes *stripes = stripes_of(map);
    if (MMIO__UNLIKELY(stripes == NULL)) {
        status = fail_stripes(name, map, error);
    } else if (MMIO__UNLIKELY(!mmio__stripes_lock(stripes, offset, size, deadline))) {
        status = fail_busy(name, map, error);
    } else {
        mmio__copy_bytes(hold.data, data, size);
        if (map->counts_pending) {
            mmio__stripes_pending_add(stripes, offset, size);
        }
        mmio__stripes_unlock(stripes, offset, size);
    }
    mmio__hold_release(&hold);
    return status;
}

mmio_status mmio_map_read(mmio_map *map, uint64_t offset, void *buffer, size_t size,
                          mmio_error *error)
{
    return read_range("mmio_map_read", map, offset, buffer, size, MMIO__NO_DEADLINE, error);
}

mmio_status mmio_map_try_read(mmio_map *map, uint64_t offset, void *buffer, size_t size,
                              mmio_error *error)
{
    return read_range("mmio_map_try_read", map, offset, buffer, size, MMIO__NO_WAIT, error);
}

mmio_status mmio_map_write(mmio_map *map, uint64_t offset, const void *data, size_t size,
                           mmio_error *error)
{
    return write_range("mmio_map_write", map, offset, data, size, MMIO__NO_DEADLINE, error);
}

mmio_status mmio_map_try_write(mmio_map *map, uint64_t offset, const void *data, size_t size,
                               mmio_error *error)
{
    return write_range("mmio_map_try_write", map, offset, data, size, MMIO__NO_WAIT, error);
}
