/* SPDX-License-Identifier: Apache-2.0 */
#include "pending.h"

#include "flush.h"

void mmio__pending_add_shared(mmio_map *map, uint64_t size)
{
    atomic_fetch_add(&map->recorded, size);
    /* From the next time on there is a tally, if there is memory for it. */
    (void)mmio__exclusive_stripes(map);
    if (atomic_load(&map->policy) == MMIO_POLICY_EVERY_MILLIS && !mmio__timer_arm(map)) {
        (void)mmio__flush_map(map, MMIO__OS_FLUSH_DATA); /* The map keeps what it fails with. */
    }
}

static uint64_t recorded(const mmio_map *map)
{
    const mmio__stripes *stripes = atomic_load(&map->stripes);
    return atomic_load(&map->recorded) + (stripes != NULL ? mmio__stripes_recorded(stripes) : 0);
}

uint64_t mmio__pending_count(const mmio_map *map)
{
    /* In this order, the second is never behind the first. */
    const uint64_t flushed = atomic_load(&map->flushed);
    return recorded(map) - flushed;
}

uint64_t mmio__pending_take(mmio_map *map)
{
    const uint64_t now = recorded(map);
    uint64_t flushed = atomic_load(&map->flushed);
    while (flushed < now && !atomic_compare_exchange_weak(&map->flushed, &flushed, now)) {
    }
    return flushed < now ? now - flushed : 0;
}

void mmio__pending_give_back(mmio_map *map, uint64_t size)
{
    atomic_fetch_sub(&map->flushed, size);
}
