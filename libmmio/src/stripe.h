/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stripes: how a read never sees half of a write.
 *
 * A map's bytes fall into blocks of 64 KiB, and block n belongs to stripe n modulo their number. A
 * write locks the stripes of its blocks, lowest first. A read locks nothing: it notes the stripes,
 * copies, and copies again if one has changed. A map that was never written through
 * mmio_map_write() has no stripes, and its reads look at none.
 */
#ifndef MMIO_STRIPE_H
#define MMIO_STRIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "lock.h"

#define MMIO__STRIPE_BLOCK_SHIFT 16
#define MMIO__STRIPES_MAX 64u

/* A cache line each, so that writers of different stripes do not meet. The count of pending bytes
 * is here for the same reason; only who holds the lock changes it. */
typedef struct mmio__stripe {
    _Alignas(MMIO__CACHE_LINE) mmio__lock lock;
    _Atomic uint64_t pending;
} mmio__stripe;

/* Pending bytes that one thread records without a lock. */
typedef struct mmio__tally {
    _Alignas(MMIO__CACHE_LINE) _Atomic uint64_t bytes;
} mmio__tally;

#define MMIO__TALLIES 8u

typedef struct mmio__stripes {
    uint32_t count; /* A power of two. */
    mmio__tally tally[MMIO__TALLIES];
    mmio__stripe stripe[];
} mmio__stripes;

/* The stripes of a range: `count` of them from `first` on, wrapping around. */
typedef struct mmio__stripe_span {
    uint32_t first;
    uint32_t count;
} mmio__stripe_span;

/* The stripe of a range within one block; NULL if it reaches into several. */
static inline mmio__stripe *mmio__stripe_of(mmio__stripes *stripes, uint64_t offset, uint64_t size)
{
    const uint64_t block = offset >> MMIO__STRIPE_BLOCK_SHIFT;
    return MMIO__LIKELY(block == (offset + size - 1) >> MMIO__STRIPE_BLOCK_SHIFT)
               ? &stripes->stripe[block & (stripes->count - 1)]
               : NULL;
}

/* As many as a map of this size can use; NULL without memory. Freed with mmio__free(). */
mmio__stripes *mmio__stripes_create(uint64_t map_size);

/* Lock all stripes of a range, or none: false if one was not to be had by the deadline. */
bool mmio__stripes_lock(mmio__stripes *stripes, uint64_t offset, uint64_t size,
                        mmio__deadline deadline);
void mmio__stripes_unlock(mmio__stripes *stripes, uint64_t offset, uint64_t size);

/* As the answer of a copy: a writer was in the way until the deadline. */
#define MMIO__COPY_BUSY UINT64_MAX

/* Copy out of a map's range without tearing a write. Returns how much, from the end, could not be
 * read, or MMIO__COPY_BUSY. */
uint64_t mmio__stripes_read(mmio__stripes *stripes, uint64_t offset, void *to, const void *from,
                            uint64_t size, mmio__deadline deadline);

/* Record bytes of a range as written. The caller has locked its stripes. */
void mmio__stripes_pending_add(mmio__stripes *stripes, uint64_t offset, uint64_t size);

/* All bytes ever recorded. */
uint64_t mmio__stripes_recorded(const mmio__stripes *stripes);

/* Free the locks of threads that are gone for ever. */
void mmio__stripes_reset(mmio__stripes *stripes);

#endif
