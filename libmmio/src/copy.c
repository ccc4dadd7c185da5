/* SPDX-License-Identifier: Apache-2.0 */
/* Copying bytes out of and into a map, each call as a whole. */
#include "mmio/copy.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "map.h"

static mmio_status fail_busy(const mmio__call *call)
{
    return mmio__fail(call, MMIO_ERR_BUSY, "another copy of these bytes is under way");
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

static inline mmio_status read_range(const char *name, mmio_map *map, uint64_t offset, void *buffer,
                                     size_t size, mmio__deadline deadline, mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    if (MMIO__UNLIKELY(map == NULL || (buffer == NULL && size != 0))) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or buffer is NULL");
    }
    mmio__hold hold;
    mmio_status status = mmio__hold_take(&call, map, offset, size, &hold);
    if (MMIO__UNLIKELY(status != MMIO_OK || size == 0)) {
        return status;
    }
    if (MMIO__UNLIKELY(!copy_out(map, offset, buffer, hold.data, size, deadline))) {
        status = fail_busy(&call);
    }
    mmio__hold_release(&hold);
    return status;
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

static mmio_status copy_in(const mmio__call *call, mmio_map *map, uint64_t offset, void *to,
                           const void *from, size_t size, mmio__deadline deadline)
{
    mmio__stripes *stripes = stripes_of(map);
    if (MMIO__UNLIKELY(stripes == NULL)) {
        return mmio__fail(call, MMIO_ERR_NO_MEMORY, "no memory for the map's first write");
    }
    if (MMIO__UNLIKELY(!mmio__stripes_lock(stripes, offset, size, deadline))) {
        return fail_busy(call);
    }
    mmio__copy_bytes(to, from, size);
    mmio__pending_add(map, offset, size);
    mmio__stripes_unlock(stripes, offset, size);
    return MMIO_OK;
}

static inline mmio_status write_range(const char *name, mmio_map *map, uint64_t offset,
                                      const void *data, size_t size, mmio__deadline deadline,
                                      mmio_error *error)
{
    const mmio__call call = {name, mmio_map_path(map), error};
    if (MMIO__UNLIKELY(map == NULL || (data == NULL && size != 0))) {
        return mmio__fail(&call, MMIO_ERR_INVALID, "the map or data is NULL");
    }
    mmio_status status = size != 0 ? mmio__check_writable(&call, map) : MMIO_OK;
    if (MMIO__UNLIKELY(status != MMIO_OK)) {
        return status;
    }
    mmio__hold hold;
    status = mmio__hold_take(&call, map, offset, size, &hold);
    if (MMIO__UNLIKELY(status != MMIO_OK || size == 0)) {
        return status;
    }
    status = copy_in(&call, map, offset, hold.data, data, size, deadline);
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
