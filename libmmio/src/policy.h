/* SPDX-License-Identifier: Apache-2.0 */
/* Flushing by itself: after writes, and every so often. */
#ifndef MMIO_POLICY_H
#define MMIO_POLICY_H

#include "map.h"

mmio_status mmio__policy_set(const mmio__call *call, mmio_map *map, uint32_t policy,
                             uint64_t amount);

/* The map was shut: it has no policy any more. */
void mmio__policy_end(mmio_map *map);

/* Keep the timer's thread away from a map until one of the next two is called: it is not in the
 * middle of a flush when this returns. */
void mmio__policy_pause(mmio_map *map);
void mmio__policy_resume(mmio_map *map);
void mmio__policy_end_paused(mmio_map *map);

/* What the policy says to writes that were just made. */
mmio_status mmio__policy_apply(const mmio__call *call, mmio_map *map, uint64_t writes,
                               uint64_t bytes);

static inline bool mmio__has_policy(const mmio_map *map)
{
    return atomic_load_explicit(&map->policy, memory_order_relaxed) != MMIO_POLICY_MANUAL;
}

/* After a call that writes, with the map held. The status is that of the flush, if there was one.
 */
static inline mmio_status mmio__policy_wrote(const mmio__call *call, mmio_map *map, uint64_t writes,
                                             uint64_t bytes)
{
    return MMIO__LIKELY(!mmio__has_policy(map)) ? MMIO_OK
                                                : mmio__policy_apply(call, map, writes, bytes);
}

#endif
