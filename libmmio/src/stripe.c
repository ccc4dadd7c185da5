/* SPDX-License-Identifier: Apache-2.0 */
#include "stripe.h"

#include "base/memory.h"
#include "guard.h"

/* How often a read is tried beside writers before it keeps them out. Long reads lose more by each
 * try and meet more writers. */
#define TRIES_SHORT 16
#define TRIES_LONG 2
#define SHORT_SPAN 2u

static mmio__stripe_span span_of(const mmio__stripes *stripes, uint64_t offset, uint64_t size)
{
    MMIO_ASSERT(size != 0);
    const uint64_t first = offset >> MMIO__STRIPE_BLOCK_SHIFT;
    const uint64_t last = (offset + size - 1) >> MMIO__STRIPE_BLOCK_SHIFT;
    const uint64_t blocks = last - first + 1;
    if (blocks >= stripes->count) {
        return (mmio__stripe_span){0, stripes->count};
    }
    return (mmio__stripe_span){(uint32_t)first & (stripes->count - 1), (uint32_t)blocks};
}

/* Whether the span holds stripe `index`. */
static bool span_holds(const mmio__stripes *stripes, mmio__stripe_span span, uint32_t index)
{
    return ((index - span.first) & (stripes->count - 1)) < span.count;
}

mmio__stripes *mmio__stripes_create(uint64_t map_size)
{
    const uint64_t blocks = (map_size >> MMIO__STRIPE_BLOCK_SHIFT) + 1;
    uint32_t count = 1;
    while (count < blocks && count < MMIO__STRIPES_MAX) {
        count *= 2;
    }
    mmio__stripes *stripes =
        mmio__allocate_lines(sizeof *stripes + count * sizeof stripes->stripe[0]);
    if (stripes == NULL) {
        return NULL;
    }
    stripes->count = count;
    return stripes;
}

static void unlock_below(mmio__stripes *stripes, mmio__stripe_span span, uint32_t end)
{
    for (uint32_t i = 0; i < end; i++) {
        if (span_holds(stripes, span, i)) {
            mmio__unlock(&stripes->stripe[i].lock);
        }
    }
}

/* Always from the lowest stripe up, whatever the range, so that no two lockers wait for each
 * other. */
static bool lock_span(mmio__stripes *stripes, mmio__stripe_span span, mmio__deadline deadline)
{
    if (span.count == 1) {
        return mmio__lock_until(&stripes->stripe[span.first].lock, deadline);
    }
    for (uint32_t i = 0; i < stripes->count; i++) {
        if (span_holds(stripes, span, i) && !mmio__lock_until(&stripes->stripe[i].lock, deadline)) {
            unlock_below(stripes, span, i);
            return false;
        }
    }
    return true;
}

static void unlock_span(mmio__stripes *stripes, mmio__stripe_span span)
{
    if (span.count == 1) {
        mmio__unlock(&stripes->stripe[span.first].lock);
    } else {
        unlock_below(stripes, span, stripes->count);
    }
}

bool mmio__stripes_lock(mmio__stripes *stripes, uint64_t offset, uint64_t size,
                        mmio__deadline deadline)
{
    return lock_span(stripes, span_of(stripes, offset, size), deadline);
}

void mmio__stripes_unlock(mmio__stripes *stripes, uint64_t offset, uint64_t size)
{
    unlock_span(stripes, span_of(stripes, offset, size));
}

static bool all_free(const mmio__stripes *stripes, mmio__stripe_span span, uint32_t *notes)
{
    bool is_free = true;
    for (uint32_t i = 0; i < span.count; i++) {
        const uint32_t index = (span.first + i) & (stripes->count - 1);
        notes[i] = mmio__lock_note(&stripes->stripe[index].lock);
        is_free = is_free && mmio__lock_is_free(notes[i]);
    }
    return is_free;
}

static bool all_unchanged(const mmio__stripes *stripes, mmio__stripe_span span,
                          const uint32_t *notes)
{
    MMIO__FENCE_ACQUIRE();
    for (uint32_t i = 0; i < span.count; i++) {
        const uint32_t index = (span.first + i) & (stripes->count - 1);
        if (!mmio__lock_unchanged(&stripes->stripe[index].lock, notes[i])) {
            return false;
        }
    }
    return true;
}

uint64_t mmio__stripes_read(mmio__stripes *stripes, uint64_t offset, void *to, const void *from,
                            uint64_t size, mmio__deadline deadline)
{
    uint32_t notes[MMIO__STRIPES_MAX];
    const mmio__stripe_span span = span_of(stripes, offset, size);
    const int tries = span.count <= SHORT_SPAN ? TRIES_SHORT : TRIES_LONG;
    for (int i = 0; i < tries; i++) {
        if (all_free(stripes, span, notes)) {
            const uint64_t left = mmio__copy_out(to, from, size);
            if (all_unchanged(stripes, span, notes)) {
                return left;
            }
        }
    }
    if (!lock_span(stripes, span, deadline)) {
        return MMIO__COPY_BUSY;
    }
    const uint64_t left = mmio__copy_out(to, from, size);
    unlock_span(stripes, span);
    return left;
}

void mmio__stripes_reset(mmio__stripes *stripes)
{
    for (uint32_t i = 0; i < stripes->count; i++) {
        mmio__lock_reset(&stripes->stripe[i].lock);
    }
}

void mmio__stripes_pending_add(mmio__stripes *stripes, uint64_t offset, uint64_t size)
{
    const uint64_t block = offset >> MMIO__STRIPE_BLOCK_SHIFT;
    mmio__stripe *stripe = &stripes->stripe[block & (stripes->count - 1)];
    const uint64_t before = atomic_load_explicit(&stripe->pending, memory_order_relaxed);
    atomic_store_explicit(&stripe->pending, before + size, memory_order_release);
}

uint64_t mmio__stripes_recorded(const mmio__stripes *stripes)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < MMIO__TALLIES; i++) {
        sum += atomic_load_explicit(&stripes->tally[i].bytes, memory_order_acquire);
    }
    for (uint32_t i = 0; i < stripes->count; i++) {
        sum += atomic_load_explicit(&stripes->stripe[i].pending, memory_order_acquire);
    }
    return sum;
}
