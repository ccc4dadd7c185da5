/* SPDX-License-Identifier: Apache-2.0 */
#include "exclusive.h"

#include "base/memory.h"

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
                      status == MMIO_ERR_BUSY ? "another copy of these bytes is under way"
                                              : "no memory for the map's first write");
}
