/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store and then a load, in this order, without a fence of one's own.
 *
 * Two threads each store one thing and then load the other's. At least one of them must see what
 * the other stored, which plain stores and loads do not give. The side that does it often keeps to
 * plain stores where the system can fence all threads at once, and the side that does it seldom has
 * it do so. Elsewhere the first side stores by an exchange instead.
 */
#ifndef MMIO_FENCE_H
#define MMIO_FENCE_H

#include <stdatomic.h>
#include <stdbool.h>

/* True until the system is known to fence all threads. */
extern _Atomic bool mmio__fences_each;

/* Ask the system, before the first pin; cheap when called again. */
void mmio__fences_prepare(void);

/* For the seldom side, between its store and its load. */
void mmio__fence_others(void);

/* Whether the often side must store by an exchange. */
static inline bool mmio__must_fence_each(void)
{
    return atomic_load_explicit(&mmio__fences_each, memory_order_relaxed);
}

#endif
