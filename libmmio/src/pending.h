/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting what must be flushed.
 *
 * What is recorded only ever grows: a flush remembers up to where it has come. So recording is a
 * plain store to a place of the thread's own, and nothing recorded beside a flush is lost.
 */
#ifndef MMIO_PENDING_H
#define MMIO_PENDING_H

#include "exclusive.h"

void mmio__pending_add_shared(mmio_map *map, uint64_t size);

/* Bytes recorded that no flush has taken. */
uint64_t mmio__pending_count(const mmio_map *map);
/* Take them, before the system is asked to flush; and give them back if it failed. */
uint64_t mmio__pending_take(mmio_map *map);
void mmio__pending_give_back(mmio_map *map, uint64_t size);

/* Record bytes as written, other than by the calls of copy.h. The map is held, or the caller's. */
static inline void mmio__pending_add(mmio_map *map, uint64_t size)
{
    if (!map->counts_pending || size == 0) {
        return;
    }
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    const mmio__pin_table *own = mmio__own_pins;
    if (MMIO__UNLIKELY(stripes == NULL || own == NULL || own->number >= MMIO__TALLIES ||
                       atomic_load_explicit(&map->policy, memory_order_relaxed) != 0)) {
        mmio__pending_add_shared(map, size);
        return;
    }
    _Atomic uint64_t *tally = &stripes->tally[own->number].bytes;
    const uint64_t before = atomic_load_explicit(tally, memory_order_relaxed);
    atomic_store_explicit(tally, before + size, memory_order_release);
}

#endif
