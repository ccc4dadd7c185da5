/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Being the only one who changes some bytes of a map by way of this library, so that a read never
 * sees half of the change. What is changed becomes pending.
 */
#ifndef MMIO_EXCLUSIVE_H
#define MMIO_EXCLUSIVE_H

#include "guard.h"
#include "map.h"

mmio__stripes *mmio__exclusive_make_stripes(mmio_map *map);

/* The map's stripes, made by its first writer; NULL without memory. */
static inline mmio__stripes *mmio__exclusive_stripes(mmio_map *map)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    return MMIO__LIKELY(stripes != NULL) ? stripes : mmio__exclusive_make_stripes(map);
}
/* The failure that a status of mmio__exclusive_begin() stands for. */
mmio_status mmio__exclusive_fail(const mmio__call *call, mmio_status status);

/* MMIO_OK, or NO_MEMORY, or BUSY or TIMEOUT at the deadline. The range is held, and its size is not
 * 0. */
static inline mmio_status mmio__exclusive_begin(mmio_map *map, uint64_t offset, uint64_t size,
                                                mmio__deadline deadline)
{
    mmio__stripes *stripes = mmio__exclusive_stripes(map);
    if (MMIO__UNLIKELY(stripes == NULL)) {
        return MMIO_ERR_NO_MEMORY;
    }
    mmio__stripe *stripe = mmio__stripe_of(stripes, offset, size);
    if (MMIO__LIKELY(stripe != NULL && mmio__lock_try(&stripe->lock))) {
        return MMIO_OK;
    }
    return mmio__stripes_lock(stripes, offset, size, deadline) ? MMIO_OK
                                                               : mmio__deadline_status(deadline);
}

/* `written` bytes of the range are changed. */
static inline void mmio__exclusive_end(mmio_map *map, uint64_t offset, uint64_t size,
                                       uint64_t written)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    if (map->counts_pending) {
        mmio__stripes_pending_add(stripes, offset, written);
    }
    mmio__stripe *stripe = mmio__stripe_of(stripes, offset, size);
    if (MMIO__LIKELY(stripe != NULL)) {
        mmio__unlock(&stripe->lock);
    } else {
        mmio__stripes_unlock(stripes, offset, size);
    }
}

/* Copy into a held range; says itself why not. */
mmio_status mmio__exclusive_copy(const mmio__call *call, mmio_map *map, uint64_t offset, void *to,
                                 const void *from, size_t size);
/* The same in the way that is best for the map's policy, which applies right after. */
mmio_status mmio__exclusive_put(const mmio__call *call, mmio_map *map, uint64_t offset, void *to,
                                const void *from, size_t size);

/* Copy out of a held range without seeing half of a change. Returns how much, from the end, could
 * not be read, or MMIO__COPY_BUSY. */
static inline uint64_t mmio__shared_copy(mmio_map *map, uint64_t offset, void *to, const void *from,
                                         uint64_t size, mmio__deadline deadline)
{
    mmio__stripes *stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
    if (stripes == NULL) {
        const uint64_t left = mmio__copy_out(to, from, size);
        MMIO__FENCE_ACQUIRE();
        stripes = atomic_load_explicit(&map->stripes, memory_order_acquire);
        if (MMIO__LIKELY(stripes == NULL)) {
            return left;
        }
        /* The map's first write began meanwhile. */
    }
    const mmio__stripe *stripe = mmio__stripe_of(stripes, offset, size);
    if (MMIO__LIKELY(stripe != NULL)) {
        const uint32_t note = mmio__lock_note(&stripe->lock);
        if (MMIO__LIKELY(mmio__lock_is_free(note))) {
            const uint64_t left = mmio__copy_out(to, from, size);
            MMIO__FENCE_ACQUIRE();
            if (MMIO__LIKELY(mmio__lock_unchanged(&stripe->lock, note))) {
                return left;
            }
        }
    }
    return mmio__stripes_read(stripes, offset, to, from, size, deadline);
}

/* What the answer of a copy without a deadline means. The range is held. */
mmio_status mmio__copy_status(const mmio__call *call, const mmio_map *map, uint64_t offset,
                              uint64_t size, uint64_t answer, bool for_write);

#endif
