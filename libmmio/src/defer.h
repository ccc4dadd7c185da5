/* SPDX-License-Identifier: Apache-2.0 */
/* Maps that are mapped when they have to be: MMIO_OPEN_DEFER. */
#ifndef MMIO_DEFER_H
#define MMIO_DEFER_H

#include "map.h"

/* Whether the map has bytes, and they are not mapped yet. It may be mapped right after. */
static inline bool mmio__is_deferred(const mmio_map *map)
{
    return atomic_load_explicit(&map->base, memory_order_acquire) == NULL &&
           mmio_map_size(map) != 0;
}

/* Whether one more copy of this size is to read the file instead. Counts it. */
bool mmio__defers_read(mmio_map *map, uint64_t size);
/* Copy bytes out of the file. */
mmio_status mmio__deferred_read(const mmio__call *call, mmio_map *map, uint64_t offset,
                                void *buffer, size_t size);

/* Map it, if it is not. */
mmio_status mmio__map_deferred(const mmio__call *call, mmio_map *map);

#endif
