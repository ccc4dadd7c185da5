/* SPDX-License-Identifier: Apache-2.0 */
#include "exclusive.h"

#include "base/memory.h"
#include "through.h"

mmio__stripes *mmio__exclusive_make_stripes(mmio_map *map)
{
    mmio__stripes *stripes = NULL;
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
                      status == MMIO_ERR_NO_MEMORY ? "no memory for the map's first write"
                                                   : "another copy of these bytes is under way");
}

mmio_status mmio__copy_status(const mmio__call *call, const mmio_map *map, uint64_t offset,
                              uint64_t size, uint64_t answer, bool for_write)
{
    MMIO_ASSERT(answer != MMIO__COPY_BUSY);
    return MMIO__LIKELY(answer == 0) ? MMIO_OK
                                     : mmio__fail_fault(call, map, offset, size, answer, for_write);
}

typedef uint64_t (*putter)(mmio_map *map, uint64_t offset, void *to, const void *from, size_t size);

static mmio_status put_alone(const mmio__call *call, mmio_map *map, uint64_t offset, void *to,
                             const void *from, size_t size, putter put)
{
    const mmio_status status = mmio__exclusive_begin(map, offset, size, MMIO__NO_DEADLINE);
    if (status != MMIO_OK) {
        return mmio__exclusive_fail(call, status);
    }
    const uint64_t left = put(map, offset, to, from, size);
    mmio__exclusive_end(map, offset, size, size - left);
    return mmio__copy_status(call, map, offset, size, left, true);
}

static uint64_t store(mmio_map *map, uint64_t offset, void *to, const void *from, size_t size)
{
    (void)map;
    (void)offset;
    return mmio__copy_in(to, from, size);
}

mmio_status mmio__exclusive_copy(const mmio__call *call, mmio_map *map, uint64_t offset, void *to,
                                 const void *from, size_t size)
{
    return put_alone(call, map, offset, to, from, size, store);
}

mmio_status mmio__exclusive_put(const mmio__call *call, mmio_map *map, uint64_t offset, void *to,
                                const void *from, size_t size)
{
    return put_alone(call, map, offset, to, from, size, mmio__put);
}
