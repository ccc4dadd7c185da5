/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing through a map's file instead of its memory.
 *
 * Of a store of 64 bytes the system only knows the piece of its cache that it fell into, and writes
 * back all of that, up to 2 MiB. Of a write to the file it knows the block. So what is flushed soon
 * after is written so. It is the same cache, and the stripes are locked: nobody sees a difference.
 */
#ifndef MMIO_THROUGH_H
#define MMIO_THROUGH_H

#include "guard.h"
#include "policy.h"

/* The most writes that may share a flush: each costs 1 to 3 us where a store costs none. In a batch
 * they mostly fall into as many pieces of the cache. */
#define MMIO__THROUGH_WRITES_MOST 16u
#define MMIO__THROUGH_BATCH_MOST 64u

/* False if it cannot be done, and then perhaps in part. The range is held, and its stripes are
 * locked. */
bool mmio__through(mmio_map *map, uint64_t offset, const void *data, size_t size);
/* The same, false also if the map's policy does not flush soon. */
bool mmio__through_by_policy(mmio_map *map, uint64_t offset, const void *data, size_t size);

/* As mmio_map_write(), by a caller who flushes next. In copy.c. */
mmio_status mmio__write_to_flush(mmio_map *map, uint64_t offset, const void *data, size_t size,
                                 mmio_error *error);

/* Put bytes into a held range whose stripes are locked, in the way that is best for the policy.
 * Returns how many, from the end, could not be put. */
static inline uint64_t mmio__put(mmio_map *map, uint64_t offset, void *to, const void *data,
                                 size_t size)
{
    return MMIO__UNLIKELY(mmio__has_policy(map)) && mmio__through_by_policy(map, offset, data, size)
               ? 0
               : mmio__copy_in(to, data, size);
}

#endif
