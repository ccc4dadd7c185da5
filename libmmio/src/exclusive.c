/* SPDX-License-Identifier: Apache-2.0 */
#include "exclusive.h"

#include "base/bytes.h"
#include "base/memory.h"

mmio__stripes *mmio__exclusive_stripes(mmio_map *map)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    if (MMIO__LIKELY(stripes != NULL)) {
        return stripes;
    }
    mmio__stripes *created = mmio__stripes_create(mmio_map_size(map));
    if (created != NULL && !atomic_compare_exchange_strong(&map->stripes, &stripes, created)) {
        mmio__free(created);
        return stripes;
    }
    return created;
}

mmio_status mmio__exclusive_fail(const mmio__call *call, mmio_status status)
{
    return mmio__fail(call, status, "%s",
                      status == MMIO_ERR_BUSY ? "another copy of these bytes is under way"
                                              : "no memory for the map's first write");
}

bool mmio__shared_copy(mmio_map *map, uint64_t offset, void *to, const void *from, uint64_t size,
                       mmio__deadline deadline)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    if (stripes == NULL) {
        mmio__copy_bytes(to, from, (size_t)size);
        MMIO__FENCE_ACQUIRE();
        stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
        if (MMIO__LIKELY(stripes == NULL)) {
            return true;
        }
        /* The map's first write began meanwhile. */
    }
    return mmio__stripes_read(stripes, offset, to, from, size, deadline);
}
